"""Files that `bonafide score` wrote, read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from features.errors import RecordsError
    from models.moves import Moves, Scores

BATCH_ROWS = 2_000
MOVES = "moves.ndjson"
TEXTS = ("creator_id", "band", "platform", "tier", "language")
"""Columns of text; all others but `reasons` hold numbers."""


def tell_moves(previous: Path, out: Path) -> None:
    """Say who moved between bands from one file of scores to another, and write it to a file beside `out`."""
    from bonafide.output import say, write_frame
    from bonafide.progress import waiting

    with waiting(f"Comparing with {previous}"):
        found = moves_between(previous, out)
    beside = out.with_name(f"{out.name}.{MOVES}")
    write_frame(found.frame, beside)
    for sentence in found.sentences:
        say(sentence)
    say(f"Who moved, who is new and who is gone is in {beside}")


def moves_between(previous: Path, out: Path) -> Moves:
    """What changed from one file of scores to another."""
    from models.moves import moves

    return moves(scores_of(previous), scores_of(out))


def check_previous(path: Path, out: Path) -> None:
    """Refuse what is no file of scores to compare `out` with, before any work is done.

    Raises:
        UsageError: It is none, or would be replaced.
        NotFoundError: There is no such file.
        RecordsError: It cannot be read.
    """
    from bonafide.output import check_ending
    from features.errors import NotFoundError, UsageError

    check_ending(path)
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}")
    if path.resolve() == out.resolve():
        raise UsageError(f"{path} would be replaced by the output; name another file for one of them")
    needed = {"creator_id", "band", "risk_score"}
    first = next(iter(scores_of(path)(sorted(needed))), None)
    if first is None or not needed <= set(first.columns):
        raise UsageError(f"{path} has no scores that `bonafide score` wrote: creator_id, band or risk_score is missing")


def scores_of(path: Path) -> Scores:
    """The rows of a file of scores, a few thousand at a time; RecordsError where it turns out to be none."""
    read = {".parquet": _parquet, ".csv": _csv, ".ndjson": _ndjson}[path.suffix.lower()]
    return lambda columns: read(path, columns)


def is_scored(path: Path) -> bool:
    """Whether a file holds scores, going by its ending; of NDJSON, which holds records too, by its first line."""
    from features.errors import RecordsError

    if path.suffix.lower() != ".ndjson":
        return path.suffix.lower() in (".parquet", ".csv") and path.is_file()
    try:
        first = next(iter(scores_of(path)(["probability"])), None) if path.is_file() else None
    except RecordsError:
        return False
    return first is not None and first.width > 0


def _parquet(path: Path, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    import polars as pl
    import pyarrow.lib
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as rows:
            wanted = [name for name in columns if name in rows.schema_arrow.names]
            for batch in rows.iter_batches(BATCH_ROWS, columns=wanted):
                yield pl.DataFrame(pl.from_arrow(batch)).cast({name: _type(name) for name in wanted})
    except (pyarrow.lib.ArrowException, pl.exceptions.PolarsError, OSError):
        raise _refused(path, None) from None


def _ndjson(path: Path, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    import orjson

    with path.open("rb") as file:
        yield from _frames(_sound(path, map(orjson.loads, file), columns), columns)


def _csv(path: Path, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    import csv

    csv.field_size_limit(2**30)  # reasons are long
    with path.open(encoding="utf-8", newline="") as file:
        rows = ({name: value or None for name, value in row.items()} for row in csv.DictReader(file))
        yield from _frames(_sound(path, rows, columns), columns)


def _sound(path: Path, rows: Iterator[dict[str, object]], columns: Sequence[str]) -> Iterator[dict[str, object]]:
    """The values of these columns, row by row; RecordsError, naming the row, where one is not what `score` writes."""
    import csv
    from itertools import count

    for number in count():
        try:
            row = next(rows, None)
            known = None if row is None else {name: _plain(name, row[name]) for name in columns if name in row}
        except (csv.Error, LookupError, TypeError, ValueError):
            raise _refused(path, number) from None
        if known is None:
            return
        yield known


def _frames(rows: Iterator[dict[str, object]], columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The rows with the types that comparing needs."""
    from itertools import islice

    import polars as pl

    while some := list(islice(rows, BATCH_ROWS)):
        there = [name for name in columns if name in some[0]]
        yield pl.DataFrame([pl.Series(name, [row.get(name) for row in some], dtype=_type(name)) for name in there])


def _type(name: str) -> pl.DataType:
    import polars as pl

    if name == "reasons":
        return pl.List(pl.Struct({"signal": pl.String(), "points": pl.Float64()}))
    return pl.String() if name in TEXTS else pl.Float64()


def _plain(name: str, value: Any) -> object:  # noqa: ANN401 - whatever a file holds
    """The value as its column has it; TypeError, ValueError or LookupError where it is something else."""
    import orjson

    if value is None:
        return None
    if name == "reasons":
        value = orjson.loads(value) if isinstance(value, str) else value
        return [{"signal": str(one["signal"]), "points": float(one["points"])} for one in value]
    if name not in TEXTS:
        return float(value)
    if not isinstance(value, str):
        raise TypeError
    return value


def _refused(path: Path, row: int | None) -> RecordsError:
    from features.errors import Problem, RecordsError

    said = f"{path.name} is no {path.suffix.lower()} file of scores as `bonafide score` writes them"
    return RecordsError([Problem("scores", said, row=row)])
