"""A table's Parquet file: its columns, its rows, and why it cannot be read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import polars as pl

from features.errors import Problem, printable
from features.records.handed import TWICE, Handed, from_columns, names_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from features.records.contract import Table
    from features.records.handed import Extras
    from features.records.problems import Problems

MOST_DIGITS = 38
"""Of a decimal that Polars reads."""
TOO_LONG = f"holds decimals of more than {MOST_DIGITS} digits; write whole numbers, or floats"


def from_parquet(path: Path, table: Table, extras: Extras, problems: Problems) -> Handed | None:
    """One table's Parquet file as handed in; None with what is wrong with it where it cannot be read."""
    try:
        schema = parquet_schema(path)
        wanted = [name for name in schema if name in names_of(table, labels=extras.labels)]
        if long := long_decimals(schema, wanted):
            for name in long:
                problems.add_unreadable(Problem(table.name, TOO_LONG, column=name))
            return None
        frame = pl.read_parquet(path, columns=wanted, glob=False, hive_partitioning=False)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError):
        _report(path, table, problems)
        return None
    read: dict[str, pl.Series | list[object]] = {series.name: series for series in frame.get_columns()}
    return from_columns(table, [(name, read.get(name, [])) for name in schema], frame.height, extras, problems)


def parquet_schema(path: Path) -> pl.Schema:
    """The columns of a Parquet file and their types; OSError or PolarsError where it cannot be read.

    `polars.read_parquet_schema` takes brackets in the names of folders for a pattern.
    """
    return pl.scan_parquet(path, glob=False, hive_partitioning=False).collect_schema()


def parquet_names(path: Path) -> list[str]:
    """The columns of a Parquet file; OSError or PolarsError where it cannot be read."""
    return parquet_schema(path).names()


def long_decimals(schema: Mapping[str, pl.DataType], wanted: list[str]) -> list[str]:
    """Those of the wanted columns whose decimals are too long for Polars, which tells only when it reads them."""
    types = ((name, schema[name]) for name in wanted)
    return [name for name, dtype in types if isinstance(dtype, pl.Decimal) and (dtype.precision or 0) > MOST_DIGITS]


def unreadable(path: Path, table: Table) -> Problem:
    """That a table's file cannot be read."""
    return Problem(table.name, f"{path.name} is not a Parquet file that can be read")


def _report(path: Path, table: Table, problems: Problems) -> None:
    """Say why a file cannot be read: the names that stand there twice, else that it is so."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        twice = [name for name, many in Counter(pq.read_schema(path).names).items() if many > 1]
    except (pa.ArrowException, OSError):
        twice = []
    for name in twice:
        problems.add_unreadable(Problem(table.name, TWICE, column=printable(name)))
    if not twice:
        problems.add_unreadable(unreadable(path, table))
