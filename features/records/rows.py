"""One table by itself: a file under any name, a folder of such files put together, or the table of a records folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from features.errors import Problem, printable
from features.records import files
from features.records.check import REFUSED, Checker
from features.records.contract import AUDIENCE, CREATORS, TABLES
from features.records.handed import Extras, Handed
from features.records.nested import Flattener
from features.records.parquet_files import parquet_names
from features.records.problems import Problems
from features.records.read import admitted, read
from features.records.times import latest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from features.records.contract import Table

SOURCE = "source"
"""The column that `read_rows` adds: which file a row stood in, without its ending."""

ENDINGS = (*files.ENDINGS, *files.NDJSON)


def read_rows(source: Path, table: Table, *, labels: bool = False, now: datetime | None = None) -> pl.DataFrame:
    """Read one table without its creators, and check every value.

    Args:
        source: A Parquet, CSV or NDJSON file under any name; a folder of such files, which are put together; a
            folder of records or an NDJSON file of creators, of which only this table is read.
        table: The table's contract.
        labels: Read the label columns too.
        now: When the future begins.

    Returns:
        The contract's columns and a last one, `source`: the name of the file without its ending. A folder's file
        without any key column is another table and left out, named in a RecordsWarning.

    Raises:
        RecordsError: All problems found; keys are unique within a file.
        NotFoundError: There is no such path.
    """
    files.must_exist(source)
    if files.ending(source) in files.NDJSON and _holds_creators(source, table):
        return read(source, labels=labels, now=now)[table.name].with_columns(pl.lit(source.stem).alias(SOURCE))
    problems, extras = Problems(), Extras("warn", labels=labels)
    parts = [_part(path, table, extras, problems, now) for path in _paths(source, table, extras)]
    extras.warn()
    found = [part for part in parts if part is not None]
    if not problems.total and not sum(part.height for part in found):
        problems.add_unreadable(Problem(table.name, f"there are no rows of this table in {source.name}"))
    if problems.total:
        raise problems.error()
    return pl.concat(found)


def creators_beside(source: Path, *columns: str) -> pl.DataFrame | None:
    """Columns of the creators that a folder of records or an NDJSON file of creators holds beside the rows of a table.

    None where there are none. Raises RecordsError where they are refused.
    """
    if files.ending(source) in files.NDJSON and _holds_creators(source, AUDIENCE):
        return read(source).creators.select(columns)
    if source.is_dir() and any((source / f"{CREATORS.name}{ending}").is_file() for ending in ENDINGS):
        return read_rows(source, CREATORS).select(columns)
    return None


def _paths(source: Path, table: Table, extras: Extras) -> list[Path]:
    """The files to read: that of the table's own name where there is one, else all that hold its key."""
    if source.is_file():
        return [source]
    shown = sorted(path for path in source.iterdir() if not path.name.startswith("."))
    own = [path for path in shown if path.stem == table.name and files.ending(path) in ENDINGS and path.is_file()]
    if own:
        return own
    strange = [path for path in shown if path.stem not in TABLES]  # the others: of a records folder without this table
    kept = [path for path in strange if files.ending(path) in ENDINGS and _has_key(path, table)]
    extras.others.update(printable(path.name) for path in strange if path not in kept)
    return kept


def _has_key(path: Path, table: Table) -> bool:
    if files.ending(path) == ".parquet":
        try:
            names = set(parquet_names(path))
        except (OSError, pl.exceptions.PolarsError):
            return True  # reading it reports what is wrong
        return not names.isdisjoint(table.key)
    return True


def _holds_creators(path: Path, table: Table) -> bool:
    """Whether the lines are creators with their tables nested, rather than rows of this table."""
    for lines in files.json_lines(path, table, Problems()):
        return any(isinstance(line, dict) and table.key[-1] not in line and "platform" in line for _, line in lines)
    return False


def _part(path: Path, table: Table, extras: Extras, problems: Problems, now: datetime | None) -> pl.DataFrame | None:
    """The rows of one file, or None where it cannot be read."""
    checker = Checker(problems, latest(now), labels=extras.labels, by_line=files.ending(path) in files.NDJSON)
    frames = [checker.read(handed) for handed in _handed(path, table, extras, problems)]
    if not frames:
        return None
    frame = checker.unique(pl.concat(frames), table)
    if frame[REFUSED].any():
        return None
    return admitted(frame, table).with_columns(pl.lit(path.stem).alias(SOURCE))


def _handed(path: Path, table: Table, extras: Extras, problems: Problems) -> Iterator[Handed]:
    if files.ending(path) in files.NDJSON:
        flattener = Flattener(extras, problems, by_line=True)
        for lines in files.json_lines(path, table, problems):
            yield flattener.rows(table, lines)
        return
    if files.ending(path) not in files.ENDINGS:
        problems.add_unreadable(files.unknown_kind(table, path))
        return
    given = files.from_file(path, table, extras, problems)
    if given is not None:
        yield given
