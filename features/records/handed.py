"""Tables as they are handed in: columns of any type, with the place that each row came from."""

from __future__ import annotations

import re
import sys
import warnings
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal

import polars as pl

from features.errors import Problem, RecordsWarning, printable
from features.records.contract import CREATORS, LABEL_TABLES, RECORD_TABLES, TABLES, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from features.records.problems import Problems

Extra = Literal["warn", "refuse"]
TWICE = "the column is there more than once"
MOST_NAMES = 10
MOST_KEPT = 10_000
"""Names of columns left out of a table that are remembered."""

NESTED = tuple(table for table in (*RECORD_TABLES[1:], *LABEL_TABLES))
"""The tables that stand inside a creator's record."""


@dataclass(frozen=True)
class Handed:
    """One table as it was handed in.

    `unread` are columns that the contract does not have, the first of them.
    `rows` is each row's place in the table that it stood in, None where that is its place here. Of tables
    nested in records, `records` says for each row which record (index or line) it came from and `parents`
    at which row of `creators` that record is.
    """

    table: Table
    columns: Mapping[str, pl.Series | Sequence[object]]
    height: int
    written: bool = False
    unread: tuple[str, ...] = ()
    rows: Sequence[int] | pl.Series | None = None
    records: Sequence[int] | pl.Series | None = None
    parents: Sequence[int] | None = None


Batch = dict[str, Handed]
"""Tables handed in together; `creators` first."""


def names_of(table: Table, *, labels: bool) -> list[str]:
    """The names of a table's columns."""
    return [column.name for column in table.columns if labels or not column.label]


@dataclass
class Extras:
    """What was handed in and the contract does not have: named once in a warning, or a problem each."""

    mode: Extra
    labels: bool
    columns: dict[str, set[str]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)

    def known(self, table: Table, *, nested: bool = False) -> frozenset[str]:
        """The names that a row of the table may carry without being told of."""
        names = frozenset(names_of(table, labels=self.labels or self.mode == "warn"))
        return names - {"creator_id"} if nested else names

    def tables(self) -> frozenset[str]:
        """The names of tables that may be there without being told of."""
        nested = NESTED if self.labels or self.mode == "warn" else RECORD_TABLES[1:]
        return frozenset(table.name for table in nested)

    def add(self, table: str, names: Iterable[object]) -> None:
        """Take note of columns that a table has too many."""
        kept = self.columns.setdefault(table, set())
        kept.update(printable(str(name)) for name in islice(names, max(0, MOST_KEPT - len(kept))))

    def warn(self) -> None:
        """Name everything that was left out, in one RecordsWarning."""
        parts = [f"{table}: {_list(names)}" for table, names in self.columns.items() if names]
        if parts:
            parts = [f"columns that the contract does not have ({'; '.join(parts)})"]
        if self.others:
            parts.append(f"files or tables of other names ({_list(self.others)})")
        if parts:
            meant = self._meant()
            hint = f"; the contract writes {_list(meant)}" if meant else ""
            warnings.warn(f"left out: {', and '.join(parts)}{hint}", RecordsWarning, stacklevel=3)

    def _meant(self) -> set[str]:
        """Columns of the contract that differ from those left out only in capitals, spaces and hyphens."""
        return {
            meant
            for table, names in self.columns.items()
            for name in names
            if (meant := _plain(name)) != name and meant in names_of(TABLES[table], labels=True)
        }


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _list(names: set[str]) -> str:
    shown = sorted(names)
    more = f" and {len(shown) - MOST_NAMES} more" if len(shown) > MOST_NAMES else ""
    return ", ".join(shown[:MOST_NAMES]) + more


def from_frame(table: Table, frame: object, extras: Extras, problems: Problems) -> Handed | None:
    """A pandas or Polars frame as handed in; None with a problem where it is neither."""
    columns: list[tuple[str, pl.Series | list[object]]]
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, pl.DataFrame):
        columns = [(series.name, series) for series in frame.get_columns()]
    elif (pandas := sys.modules.get("pandas")) and isinstance(frame, pandas.DataFrame):
        columns = [(str(name), _from_pandas(frame.iloc[:, place])) for place, name in enumerate(frame.columns)]
    else:
        problems.add_unreadable(Problem(table.name, "expected a pandas or Polars frame"))
        return None
    return from_columns(table, columns, len(frame), extras, problems)


def from_columns(
    table: Table,
    columns: Sequence[tuple[str, pl.Series | list[object]]],
    height: int,
    extras: Extras,
    problems: Problems,
    *,
    written: bool = False,
) -> Handed:
    """A table of named columns; names that come twice are a problem, names unknown to the contract are left out."""
    wanted = names_of(table, labels=extras.labels)
    kept: dict[str, pl.Series | Sequence[object]] = {}
    for name, values in columns:
        if name in kept:
            problems.add_unreadable(Problem(table.name, TWICE, column=name))
        elif name in wanted:
            kept[name] = values
    unknown = [name for name, _ in columns if name not in extras.known(table)]
    if extras.mode == "warn":
        extras.add(table.name, unknown)
    else:
        for name in unknown:
            problems.add_unreadable(Problem(table.name, "unknown field", column=printable(name)))
    return Handed(table, kept, height, written=written, unread=tuple(map(printable, unknown[:MOST_NAMES])))


def _from_pandas(series: pd.Series) -> pl.Series | list[object]:
    if getattr(series.dtype, "tz", None) is not None:
        series = series.dt.tz_convert(None)  # to UTC without a zone, which is how such times are read
    if series.dtype != object:
        try:
            return pl.from_pandas(series)
        except (TypeError, ValueError, ImportError, NotImplementedError, pl.exceptions.PolarsError):
            pass  # a type that Arrow does not have, such as periods: read value by value
    values: list[object] = series.tolist()
    return values


def from_frames(source: Mapping[str, object], extras: Extras, problems: Problems) -> Batch:
    """A mapping of frames by table name as handed in."""
    batch: Batch = {}
    for name, table in TABLES.items():
        if name in source and (extras.labels or table in RECORD_TABLES):
            handed = from_frame(table, source[name], extras, problems)
            if handed is not None:
                batch[name] = handed
    unknown = [printable(str(name)) for name in source if name not in TABLES]
    if extras.mode == "warn":
        extras.others.update(unknown)
    else:
        for name in unknown:
            problems.add_unreadable(Problem(name, "no such table"))
    if CREATORS.name not in source:
        problems.add_unreadable(Problem(CREATORS.name, "the table is missing"))
    return batch
