"""What holds beyond single values: keys are there and unique, and every row belongs to a creator."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from features.distinct import all_differ
from features.errors import Problem
from features.records.coerce import from_list, from_series
from features.records.contract import CREATORS, TABLES
from features.records.kinds import nulls

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from features.records.contract import Column, Table
    from features.records.handed import Batch, Handed
    from features.records.problems import Problems

PLACES = ROW, RECORD, LINE, REFUSED = "#row", "#record", "#line", "#refused"
"""Columns that travel with a table until it is admitted: where a row stood, and whether it is refused. Tables that were
read off CSV alone have `LINE`."""
FIRST_LINE = 2
"""Of the first row below a header, as spreadsheets and editors count."""

MISSING = "is missing"
MISSING_COLUMN = "the column is missing"
DUPLICATE = "an earlier row has the same key"
ORPHAN = "no creator has this creator_id"
FALLEN = "its creator is refused"


class Checker:
    """Reads tables as they were handed in and reports everything wrong with them."""

    def __init__(
        self, problems: Problems, latest: datetime, *, labels: bool, by_line: bool = False, skip: bool = False
    ) -> None:
        """`by_line`: records are known by their line in a file; `skip`: rows that fall with another are named too."""
        self.problems = problems
        self.latest = latest
        self.labels = labels
        self.by_line = by_line
        self.skip = skip

    def admit(self, batch: Batch) -> dict[str, pl.DataFrame]:
        """Each table of the batch with every value read; refused values are null and their rows marked."""
        admitted: dict[str, pl.DataFrame] = {}
        for name, handed in batch.items():
            parents = None
            if handed.parents is not None:
                ids = admitted[CREATORS.name]["creator_id"].to_list()
                parents = pl.Series("creator_id", [ids[parent] for parent in handed.parents], dtype=pl.String)
            admitted[name] = self.read(handed, parents)
        return admitted

    def read(self, handed: Handed, parents: pl.Series | None = None) -> pl.DataFrame:
        """One table with every value read; `parents` are the creators that nested rows belong to."""
        table = handed.table
        columns: list[pl.Series] = []
        refused: list[tuple[str | None, str, pl.Series]] = []
        for column in table.columns:
            if column.label and not self.labels:
                continue
            if parents is not None and column.name == "creator_id":
                columns.append(parents)
                continue
            values, found = self._column(handed, column)
            columns.append(values)
            refused += [(column.name, message, mask) for message, mask in found]
        unmarked = pl.Series(REFUSED, [False]).new_from_index(0, handed.height)
        frame = pl.DataFrame([*columns, *_places(handed), unmarked])
        for name, message, mask in refused:
            frame = self.refuse(frame, table, message, mask, name)
        return frame

    def _column(self, handed: Handed, column: Column) -> tuple[pl.Series, list[tuple[str, pl.Series]]]:
        given = handed.columns.get(column.name)
        if given is None:
            if column.required:
                unread = f"; columns of other names are {', '.join(handed.unread)}" if handed.unread else ""
                self.problems.add_unreadable(Problem(handed.table.name, MISSING_COLUMN + unread, column=column.name))
            return nulls(column, handed.height), []
        if isinstance(given, pl.Series):
            values, refused = from_series(given, column, self.latest, written=handed.written)
        else:
            values, refused = from_list(given, column, self.latest)
        if column.required and values.null_count():
            missing = values.is_null()
            for _, mask in refused:
                missing = missing & ~mask
            if missing.any():
                refused = [*refused, (MISSING, missing)]
        return values, refused

    def relate(self, frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """The tables with duplicate keys and orphans marked too; `creators` must be the first of them."""
        related: dict[str, pl.DataFrame] = {}
        for name, frame in frames.items():
            table = TABLES[name]
            known = related.get(CREATORS.name)
            if known is not None and known["creator_id"].null_count() < known.height and "creator_id" in table.key:
                frame = self._belong(frame, table, known)
            related[name] = self.unique(frame, table)
        return related

    def _belong(self, frame: pl.DataFrame, table: Table, creators: pl.DataFrame) -> pl.DataFrame:
        """Mark the rows of creators that are refused, and the rows of no creator at all."""
        gone = creators.filter(REFUSED) if creators[REFUSED].any() else creators.clear()
        if frame[RECORD].null_count() < frame.height:
            fallen = frame[RECORD].is_in(gone[RECORD].implode()) if gone.height else None
        else:
            unknown = ~frame["creator_id"].is_in(creators["creator_id"].implode())
            frame = self.refuse(frame, table, ORPHAN, unknown, "creator_id")
            kept = creators.filter(~pl.col(REFUSED))["creator_id"]
            fallen = ~unknown & ~frame["creator_id"].is_in(kept.implode()) if gone.height else None
        if self.skip and fallen is not None and fallen.any():
            return self.refuse(frame, table, FALLEN, fallen, None)
        return frame

    def unique(self, frame: pl.DataFrame, table: Table) -> pl.DataFrame:
        """Mark every row whose key an earlier row has; when skipping, only rows that stay count as earlier.

        Rows nested in records are compared within their record: of a creator listed twice, only that is told.
        """
        key = list(table.key)
        if table.name != CREATORS.name and "creator_id" in table.key and frame[RECORD].null_count() < frame.height:
            key.append(RECORD)
        if all_differ(frame[table.key[-1]]):
            return frame
        if not frame.select(key).is_duplicated().any():
            return frame
        counts = pl.all_horizontal(pl.col(key).is_not_null())
        if self.skip:
            counts &= ~pl.col(REFUSED)
        later = frame.select(counts & (counts.cum_sum().over(key) > 1)).to_series()
        return self.refuse(frame, table, f"{DUPLICATE} ({', '.join(table.key)})", later, None)

    def refuse(
        self, frame: pl.DataFrame, table: Table, message: str, mask: pl.Series, column: str | None
    ) -> pl.DataFrame:
        """Mark the rows where `mask` holds and report a problem for each."""
        count = int(mask.sum())
        if not count:
            return frame
        self.problems.add_alike(self._problems(frame.filter(mask), table, message, column), count)
        return frame.with_columns(frame[REFUSED] | mask)

    def _problems(self, rows: pl.DataFrame, table: Table, message: str, column: str | None) -> Iterator[Problem]:
        line = LINE if LINE in rows.columns else RECORD if self.by_line else None
        for place in rows.iter_rows(named=True):
            yield Problem(
                table.name,
                message,
                row=place[ROW],
                column=column,
                ids=tuple(_shown(place[name]) for name in table.key if place[name] is not None),
                line=None if line is None else place[line],
                record=None if self.by_line else place[RECORD],
            )


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _places(handed: Handed) -> list[pl.Series]:
    """Where each row stood: in its own table, and in which record or line; null where there is no such place."""
    none = pl.Series([None], dtype=pl.Int64).new_from_index(0, handed.height)
    if handed.records is None:
        stood = pl.Series(ROW, range(handed.height) if handed.rows is None else handed.rows, dtype=pl.Int64)
        if handed.written:
            return [none.alias(ROW), none.alias(RECORD), (stood + FIRST_LINE).alias(LINE)]
        return [stood, none.alias(RECORD)]
    rows = none if handed.rows is None else pl.Series(handed.rows, dtype=pl.Int64)
    return [rows.alias(ROW), pl.Series(RECORD, handed.records, dtype=pl.Int64)]
