"""Records in: the one door that every source comes through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import polars as pl

from features.errors import Problem
from features.records import files, handed
from features.records.check import PLACES, REFUSED, Checker
from features.records.contract import BRIEFS, CREATORS, TABLES, Table
from features.records.handed import Batch, Extra, Extras
from features.records.nested import Flattener
from features.records.problems import Problems
from features.records.tables import Tables, empty, ordered
from features.records.times import latest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    import pandas as pd

    Frame = pl.DataFrame | pl.LazyFrame | pd.DataFrame
    Source = str | Path | Mapping[str, Frame] | Sequence[Mapping[str, object]]

NO_CREATORS = "there are no creators"
_HINTS = {
    **dict.fromkeys(files.ENDINGS, "; name the folder that it lies in"),
    ".json": "; write one creator a line to an .ndjson file, or convert an export",
}
"""What to hand in instead, by the ending of what was handed in."""


@dataclass(frozen=True)
class Refused:
    """The rows that lenient reading left out, and why."""

    problems: tuple[Problem, ...]

    def ndjson(self) -> str:
        """A line a problem: table, row, line or record, column, ids and message."""
        return "".join(orjson.dumps(asdict(problem)).decode() + "\n" for problem in self.problems)


def read(source: Source, *, labels: bool = False, now: datetime | None = None, extra: Extra = "warn") -> Tables:
    """Read records and check all of them.

    `source` is a folder of tables or an NDJSON file by its path, frames by table name, or a list of records
    with their tables nested. `labels` reads label columns, label tables and briefs too. `now` is when the
    future begins. `extra="refuse"` makes a problem of every field that the contract does not have.

    Raises RecordsError with all problems found, NotFoundError where there is no such path.
    """
    problems, extras = Problems(), Extras(extra, labels)
    tables = _read(source, now, extras, problems, skip=False)
    extras.warn()
    if problems.total:
        raise problems.error()
    return tables


def read_lenient(source: Source, *, labels: bool = False, now: datetime | None = None) -> tuple[Tables, Refused]:
    """Read records as `read` does, but leave out the rows that are refused, with all that hangs on them.

    Of rows with the same key the first stays. Raises RecordsError where a whole table cannot be read, or
    where no creator is left.
    """
    problems, extras = Problems(most_alike=None), Extras("warn", labels)
    tables = _read(source, now, extras, problems, skip=True)
    extras.warn()
    if problems.unreadable or not tables.creators.height:
        raise problems.error()
    return tables, Refused(tuple(problems.in_order()))


def _read(source: Source, now: datetime | None, extras: Extras, problems: Problems, *, skip: bool) -> Tables:
    path = Path(source) if isinstance(source, str | Path) else None
    by_line = path is not None and files.ending(path) in files.NDJSON
    checker = Checker(problems, latest(now), labels=extras.labels, by_line=by_line, skip=skip)
    frames = checked(_batches(path or source, extras, problems), checker)
    if not problems.total and (CREATORS.name not in frames or not frames[CREATORS.name].height):
        problems.add_unreadable(Problem(CREATORS.name, NO_CREATORS))
    return tables_of(frames, labels=extras.labels)


def checked(batches: Iterable[Batch], checker: Checker) -> dict[str, pl.DataFrame]:
    """Every table of the batches, put together, with every value read and every row that is refused marked."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for batch in batches:
        for name, frame in checker.admit(batch).items():
            parts.setdefault(name, []).append(frame)
    return checker.relate({name: _whole(parts[name]) for name in TABLES if name in parts})


def _whole(parts: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(parts, rechunk=True) if len(parts) > 1 else parts[0].rechunk()


def tables_of(frames: Mapping[str, pl.DataFrame], *, labels: bool) -> Tables:
    """The rows of checked tables that were not refused; tables that are not there have no rows."""
    kept = {name: admitted(frame, TABLES[name]) for name, frame in frames.items()}
    return Tables(**{name: kept.get(name, empty(table, labels=labels)) for name, table in TABLES.items()})


def admitted(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The rows that were not refused, without their places."""
    if frame[REFUSED].any():
        frame = frame.filter(~pl.col(REFUSED))
    return ordered(pl.DataFrame([series for series in frame if series.name not in PLACES]), table)


def _batches(source: Path | Source, extras: Extras, problems: Problems) -> Iterator[Batch]:
    if isinstance(source, Path):
        yield from _from_path(source, extras, problems)
    elif isinstance(source, Mapping):
        yield handed.from_frames(source, extras, problems)
    elif isinstance(source, Sequence):
        yield Flattener(extras, problems, by_line=False).batch(list(enumerate(source)))
    else:
        raise TypeError(f"records are a path, a mapping of frames or a list of objects, not {type(source).__name__}")


def _from_path(path: Path, extras: Extras, problems: Problems) -> Iterator[Batch]:
    files.must_exist(path)
    if path.is_dir():
        yield files.from_folder(path, extras, problems)
    elif files.ending(path) in files.NDJSON:
        flattener = Flattener(extras, problems, by_line=True)
        for records in files.json_lines(path, CREATORS, problems):
            yield flattener.batch(records)
    else:
        hint = _HINTS.get(files.ending(path), "")
        problems.add_unreadable(
            Problem(CREATORS.name, f"{path.name} is neither a folder of tables nor an .ndjson file{hint}")
        )


def read_briefs(
    source: str | Path | Frame | Sequence[Mapping[str, object]], *, now: datetime | None = None, extra: Extra = "warn"
) -> pl.DataFrame:
    """Read and check briefs: an NDJSON, Parquet or CSV file by its path, a frame, or a list of objects.

    Raises RecordsError with all problems found, NotFoundError where there is no such path.
    """
    problems = Problems()
    extras = Extras(extra, labels=True)
    path = Path(source) if isinstance(source, str | Path) else None
    by_line = path is not None and files.ending(path) in files.NDJSON
    checker = Checker(problems, latest(now), labels=True, by_line=by_line)
    parts = [checker.read(given) for given in _briefs(path or source, extras, problems)]
    frame = checker.unique(pl.concat(parts), BRIEFS) if parts else empty(BRIEFS, labels=True)
    if not problems.total and not frame.height:
        problems.add_unreadable(Problem(BRIEFS.name, "there are no briefs"))
    extras.warn()
    if problems.total:
        raise problems.error()
    return admitted(frame, BRIEFS)


def _briefs(source: object, extras: Extras, problems: Problems) -> Iterator[handed.Handed]:
    if isinstance(source, Path) and files.ending(source) in files.NDJSON:
        flattener = Flattener(extras, problems, by_line=True)
        for records in files.json_lines(source, BRIEFS, problems):
            yield flattener.rows(BRIEFS, records)
        return
    if isinstance(source, Sequence):
        yield Flattener(extras, problems, by_line=False).rows(BRIEFS, list(enumerate(source)))
        return
    if isinstance(source, Path) and source.is_file() and files.ending(source) not in files.ENDINGS:
        problems.add_unreadable(files.unknown_kind(BRIEFS, source))
        return
    if isinstance(source, Path):
        given = files.from_file(source, BRIEFS, extras, problems)
    else:
        given = handed.from_frame(BRIEFS, source, extras, problems)
    if given is not None:
        yield given
