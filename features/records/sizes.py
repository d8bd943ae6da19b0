"""How large a corpus and its parts are: creators, rows and bytes of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from features.records.contract import CREATORS
from features.records.files import NDJSON, ending, tables_in
from features.records.handed import Extras, names_of
from features.records.problems import Problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from features.records.contract import Table


@dataclass(frozen=True)
class Size:
    """Limits of a part: creators, and rows and bytes of text, of which it may hold shares that sum up to one.

    A creator with more than that is a part of its own. Of NDJSON all bytes count as text, and rows do not.
    Where several processes work on a folder of tables, as many of its last parts are dealt out in smaller ones, so that
    all of them end at about the same time.
    """

    creators: int
    rows: int
    text: int
    processes: int = 1

    def share(self, rows: int, text: int) -> float:
        """How much of a part that is; above 1 it is too much."""
        return rows / self.rows + text / self.text


def fits(source: Path, size: Size) -> bool:
    """Whether a corpus is one part, as far as its files tell without being read; what cannot be read is one too."""
    if source.is_file() and ending(source) not in NDJSON:
        return True
    if source.is_file():
        with source.open("rb") as file:
            return source.stat().st_size <= size.text and sum(1 for _ in file) <= size.creators
    held = 0.0
    for table, path in tables_in(source, Extras("warn", labels=False), Problems()) if source.is_dir() else ():
        own = _rows(path)
        if own > (size.creators if table is CREATORS else size.rows):
            return False
        held += size.share(own, _text(path, table))
    return held <= 1


def texts_of(schema: Mapping[str, pl.DataType], table: Table) -> list[str]:
    """The columns of a table's file that hold text which is not an id."""
    known = names_of(table, labels=False)
    return [name for name, dtype in schema.items() if dtype == pl.String and name in known and name not in table.key]


def text_bytes(texts: Sequence[str]) -> pl.Expr:
    """Row by row the bytes of text in these columns."""
    sizes = (pl.col(name).str.len_bytes().fill_null(0).cast(pl.Int64) for name in texts)
    return pl.sum_horizontal(pl.lit(0, pl.Int64), *sizes).alias("text")


def _rows(path: Path) -> int:
    import pyarrow.lib
    import pyarrow.parquet as pq

    try:
        if ending(path) == ".csv":
            with path.open("rb") as file:
                return sum(1 for _ in file)
        return int(pq.read_metadata(path).num_rows)
    except (pyarrow.lib.ArrowException, OSError):
        return 0


def _text(path: Path, table: Table) -> int:
    """Bytes of text in a table's file."""
    if ending(path) == ".csv":
        return path.stat().st_size
    try:
        plan = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        return int(plan.select(text_bytes(texts_of(plan.collect_schema(), table))).sum().collect().item() or 0)
    except (pl.exceptions.PolarsError, OSError):
        return 0
