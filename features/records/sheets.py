"""Tables as CSV files that came without a folder, as a browser sends them: read in memory, never put on a disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from features.errors import Problem, printable
from features.records.check import Checker
from features.records.contract import CREATORS, RECORD_TABLES
from features.records.files import from_csv
from features.records.handed import Batch, Extras
from features.records.problems import Problems
from features.records.read import NO_CREATORS, checked, tables_of
from features.records.times import latest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from features.records.tables import Tables

NAMES = ", ".join(f"{table.name}.csv" for table in RECORD_TABLES)


@dataclass(frozen=True)
class Sheets:
    """Checked tables, and the columns of the files that the contract does not have, as `table.column`."""

    tables: Tables
    left_out: tuple[str, ...]


def read_sheets(files: Iterable[tuple[str, bytes]], *, now: datetime | None = None) -> Sheets:
    """Read CSV files, each a table that its name says (`creators.csv`), and check all of them as `read` does.

    Raises RecordsError with all problems found; a file that is named after no table is one.
    """
    problems, extras = Problems(), Extras("warn", labels=False)
    batch = _handed(files, extras, problems)
    frames = checked([batch], Checker(problems, latest(now), labels=False, by_line=False, skip=False))
    if not problems.total and (CREATORS.name not in frames or not frames[CREATORS.name].height):
        problems.add_unreadable(Problem(CREATORS.name, NO_CREATORS))
    if problems.total:
        raise problems.error()
    left_out = (f"{table}.{name}" for table, names in extras.columns.items() for name in sorted(names))
    return Sheets(tables_of(frames, labels=False), tuple(left_out))


def _handed(files: Iterable[tuple[str, bytes]], extras: Extras, problems: Problems) -> Batch:
    tables = {table.name: table for table in RECORD_TABLES}
    batch: Batch = {}
    for name, content in files:
        shown, table = printable(name), tables.get(PurePath(name.lower()).stem)
        if table is None or not name.lower().endswith(".csv"):
            problems.add_unreadable(Problem(CREATORS.name, f"{shown} is none of the tables {NAMES}"))
        elif table.name in batch:
            problems.add_unreadable(Problem(table.name, f"{shown} is handed in more than once"))
        elif not content:
            problems.add_unreadable(Problem(table.name, f"{shown} is empty"))
        elif (handed := from_csv(shown, content, table, extras, problems)) is not None:
            batch[table.name] = handed
    if CREATORS.name not in batch and not problems.total:
        problems.add_unreadable(Problem(CREATORS.name, "creators.csv, which says who they are, is not among them"))
    return {name: batch[name] for name in tables if name in batch}
