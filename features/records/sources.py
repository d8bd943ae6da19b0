"""The tables of a corpus as Parquet files, which are read some rows at a time."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from features.errors import Problem, RecordsError
from features.parquet import open_parquet
from features.records.check import Checker
from features.records.coerce import from_series
from features.records.contract import CREATORS
from features.records.files import BOM, csv_heading, ending, from_file, tables_in
from features.records.handed import Extras, Handed, from_columns, names_of
from features.records.parquet_files import long_decimals, parquet_schema, unreadable
from features.records.quotes import misplaced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from features.records.contract import Table
    from features.records.problems import Problems

BATCH_ROWS = 131_072
"""Rows of a table that are in memory at a time while it is cut."""


@dataclass(frozen=True)
class Source:
    """One table's file as Parquet, whatever it was."""

    table: Table
    file: Path
    names: tuple[str, ...]
    written: bool

    @property
    def largest_piece(self) -> int:
        """Rows of its largest row group."""
        import pyarrow.parquet as pq

        facts = pq.read_metadata(self.file)
        return max((facts.row_group(number).num_rows for number in range(facts.num_row_groups)), default=0)

    def batches(self, columns: list[str]) -> Iterator[pl.DataFrame]:
        """The rows in order, some at a time; RecordsError where they cannot be read."""
        import pyarrow as pa

        try:
            with open_parquet(self.file) as rows:
                for batch in rows.iter_batches(BATCH_ROWS, columns=columns):
                    yield pl.DataFrame(pl.from_arrow(batch))
        except (pa.ArrowException, OSError) as error:
            raise RecordsError([unreadable(self.file, self.table)]) from error


def sources(source: Path, folder: Path, end: datetime, extras: Extras, problems: Problems) -> Iterator[Source]:
    """The record tables of a folder as Parquet files; what cannot be read or lacks a column is a problem."""
    for table, path in tables_in(source, extras, problems):
        found = _as_parquet(table, path, folder)
        if found is None:
            if from_file(path, table, extras, problems) is not None:  # else it said what is wrong
                problems.add_unreadable(Problem(table.name, f"{path.name} cannot be turned into Parquet"))
            continue
        nothing = [(name, pl.Series(name, [], dtype=pl.String)) for name in found.names]
        handed = from_columns(table, nothing, 0, extras, problems, written=found.written)
        Checker(problems, end, labels=False).read(Handed(table, handed.columns, 0, unread=handed.unread))
        yield found


def _as_parquet(table: Table, path: Path, folder: Path) -> Source | None:
    """The table's file as it is, or CSV turned into it; None where it cannot be read."""
    if not path.is_file() or not path.stat().st_size:
        return None
    try:
        if ending(path) != ".csv":
            schema = parquet_schema(path)
            known = [name for name in schema if name in names_of(table, labels=False)]
            return None if long_decimals(schema, known) else Source(table, path, tuple(schema), written=False)
        with path.open(encoding="utf-8-sig", newline="") as file:
            names, separator, missing = csv_heading(file)
        if _misquoted(path, separator):
            return None
        copy = folder / f"{table.name}.parquet"
        plan = pl.scan_csv(
            path,
            separator=separator,
            infer_schema=False,
            new_columns=[str(place) for place in range(len(names))],  # names may come twice, or be empty
            raise_if_empty=False,
            null_values=missing,
            glob=False,
        )
        wanted = (name for name in names_of(table, labels=False) if name in names)
        plan = plan.select(pl.col(str(names.index(name))).alias(name) for name in wanted)
        plan.sink_parquet(copy, compression="lz4")
    except (pl.exceptions.PolarsError, OSError, csv.Error, ValueError):
        return None
    return Source(table, copy, tuple(names), written=True)


def _misquoted(path: Path, separator: str) -> bool:
    with path.open("rb") as file:
        if file.read(len(BOM)) != BOM:
            file.seek(0)
        return misplaced(file, separator) is not None


def creator_ids(frame: pl.DataFrame, written: bool, end: datetime) -> pl.Series:
    """Whose rows these are, as the contract writes ids; null where that cannot be read."""
    return from_series(frame["creator_id"], CREATORS.column("creator_id"), end, written=written).values
