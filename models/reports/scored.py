"""Files that `bonafide score` wrote, read again: some rows at a time, and of their columns those that are asked for."""

from __future__ import annotations

import csv
from itertools import count, islice
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl
import pyarrow.lib

from features.csv_values import allow_values_of
from features.errors import NotFoundError, Problem, RecordsError
from features.parquet import open_parquet
from features.records.files import ending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from models.reports.moves import Scores

TABLE = "scores"
BATCH_ROWS = 2_000
LONGEST_VALUE = 2**30
"""Characters of a value in CSV: reasons are long."""
TEXTS = ("creator_id", "band", "platform", "tier", "language")
"""Columns of text; all others but `reasons` hold numbers."""
REASONS = pl.List(pl.Struct({"signal": pl.String(), "points": pl.Float64()}))


def scores_of(path: Path) -> Scores:
    """The rows of a file of scores; RecordsError, while they are read, where it turns out to be none.

    Raises:
        NotFoundError: There is no such file.
        RecordsError: Its ending is not one of those that `bonafide score` writes.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}")
    read = _READERS.get(ending(path))
    if read is None:
        raise refused(f"{path.name} is not a .parquet, .csv or .ndjson file")
    return lambda columns: read(path, columns)


def refused(message: str, column: str | None = None, row: int | None = None) -> RecordsError:
    """What is wrong with a file of scores."""
    return RecordsError([Problem(TABLE, message, row=row, column=column)])


def _parquet(path: Path, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    try:
        with open_parquet(path) as rows:
            wanted = [name for name in columns if name in rows.schema_arrow.names]
            for batch in rows.iter_batches(BATCH_ROWS, columns=wanted):
                frame = pl.DataFrame(pl.from_arrow(batch))
                yield pl.DataFrame([_typed(path, frame, name) for name in wanted])
    except (pyarrow.lib.ArrowException, OSError):
        raise _no_scores(path) from None


def _typed(path: Path, frame: pl.DataFrame, name: str) -> pl.Series:
    try:
        return frame.select(pl.col(name).cast(_type(name))).to_series()
    except pl.exceptions.PolarsError:
        raise _no_scores(path, name) from None


def _ndjson(path: Path, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    with path.open("rb") as file:
        yield from _frames(_sound(path, map(orjson.loads, file), columns), columns)


def _csv(path: Path, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    allow_values_of(LONGEST_VALUE)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = ({name: value or None for name, value in row.items()} for row in csv.DictReader(file))
        yield from _frames(_sound(path, rows, columns), columns)


_READERS: dict[str, Callable[[Path, Sequence[str]], Iterator[pl.DataFrame]]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".ndjson": _ndjson,
}


def _sound(path: Path, rows: Iterator[dict[str, object]], columns: Sequence[str]) -> Iterator[dict[str, object]]:
    """The values of these columns, row by row; RecordsError, naming the row, where one is not what `score` writes."""
    for number in count():
        name = None
        try:
            row = next(rows, None)
            if row is None:
                return
            known = {}
            for name in columns:
                if name in row:
                    known[name] = _plain(name, row[name])
        except (csv.Error, LookupError, TypeError, ValueError):
            raise _no_scores(path, name, number) from None
        yield known


def _frames(rows: Iterator[dict[str, object]], columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The rows with the types that their columns have."""
    while some := list(islice(rows, BATCH_ROWS)):
        there = [name for name in columns if name in some[0]]
        yield pl.DataFrame([pl.Series(name, [row.get(name) for row in some], dtype=_type(name)) for name in there])


def _type(name: str) -> pl.DataType:
    if name == "reasons":
        return REASONS
    return pl.String() if name in TEXTS else pl.Float64()


def _plain(name: str, value: Any) -> object:  # noqa: ANN401 - whatever a file holds
    """The value as its column has it; TypeError, ValueError or LookupError where it is something else."""
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


def _no_scores(path: Path, column: str | None = None, row: int | None = None) -> RecordsError:
    said = f"{path.name} is no {ending(path)} file of scores as `bonafide score` writes them"
    return refused(said, column, row)
