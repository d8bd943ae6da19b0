"""Files that `bonafide score` wrote, read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from models.moves import Moves, Scores

BATCH_ROWS = 2_000
MOVES = "moves.ndjson"


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
    """The rows of a file of scores, a few thousand at a time."""
    read = {".parquet": _parquet, ".csv": _csv, ".ndjson": _ndjson}[path.suffix.lower()]
    return lambda columns: read(path, columns)


def _parquet(path: Path, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    import polars as pl
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as rows:
        wanted = [name for name in columns if name in rows.schema_arrow.names]
        for batch in rows.iter_batches(BATCH_ROWS, columns=wanted):
            yield pl.DataFrame(pl.from_arrow(batch))


def _ndjson(path: Path, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    from itertools import islice

    import orjson

    with path.open("rb") as file:
        while lines := list(islice(file, BATCH_ROWS)):
            yield _frame([orjson.loads(line) for line in lines], columns)


def _csv(path: Path, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    import csv
    from itertools import islice

    import orjson

    csv.field_size_limit(2**30)  # reasons are long
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        while some := list(islice(rows, BATCH_ROWS)):
            for row in some:
                if row.get("reasons"):
                    row["reasons"] = orjson.loads(row["reasons"])
            yield _frame(
                [{name: value if value != "" else None for name, value in row.items()} for row in some], columns
            )


def _frame(rows: list[dict[str, Any]], columns: Sequence[str]) -> pl.DataFrame:
    """The rows with the types that comparing needs."""
    import polars as pl

    points = pl.List(pl.Struct({"signal": pl.String(), "points": pl.Float64()}))
    types = {"creator_id": pl.String(), "band": pl.String(), "risk_score": pl.Float64(), "reasons": points}
    values = {name: [_plain(name, row.get(name)) for row in rows] for name in columns if name in rows[0]}
    return pl.DataFrame([pl.Series(name, cells, dtype=types[name]) for name, cells in values.items()])


def _plain(name: str, value: object) -> object:
    if isinstance(value, list):
        return [{"signal": one["signal"], "points": one["points"]} for one in value]
    return float(str(value)) if name == "risk_score" and value is not None else value
