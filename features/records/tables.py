"""The canonical records: one Polars frame a table, exactly as the contract writes it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from features.records.contract import RECORD_TABLES, TABLES, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

KEEP_ORDER = ("creators", "briefs")
"""Tables whose rows stay as they were given, so that outputs follow the input; the others are sorted by key."""


@dataclass(frozen=True, eq=False)
class Tables:
    """Checked records: every column of the contract, in its order and type; absent columns are all null.

    `creators` and `briefs` keep the order they were given in, the others are sorted by their key. A table
    that was not given has no rows. Label columns are there only when the records were read with labels.
    """

    creators: pl.DataFrame
    posts: pl.DataFrame
    follower_history: pl.DataFrame
    comments: pl.DataFrame
    audience: pl.DataFrame
    audits: pl.DataFrame
    niches: pl.DataFrame
    matches: pl.DataFrame
    briefs: pl.DataFrame

    @classmethod
    def from_frames(cls, frames: Mapping[str, pl.DataFrame], *, labels: bool = True) -> Tables:
        """Take frames whose values are known to be right: fill absent columns, cast, sort. Values are not checked.

        Raises KeyError for a table or column that the contract does not have.
        """
        unknown = [name for name in frames if name not in TABLES]
        if unknown:
            raise KeyError(f"no such table: {', '.join(unknown)}")
        return cls(**{name: _canonical(frames.get(name), table, labels) for name, table in TABLES.items()})

    def __eq__(self, other: object) -> bool:
        """Equal when every table holds the same rows in the same order."""
        if not isinstance(other, Tables):
            return NotImplemented
        return all(mine.equals(other[name]) for name, mine in self.items())

    __hash__ = None  # type: ignore[assignment]  # frames cannot be hashed

    def __getitem__(self, name: str) -> pl.DataFrame:
        """The table of that name; KeyError when the contract has none."""
        if name not in TABLES:
            raise KeyError(name)
        frame: pl.DataFrame = getattr(self, name)
        return frame

    def items(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Each table's name and frame, in the order of the contract."""
        for field in fields(self):
            yield field.name, self[field.name]

    def select(self, creator_ids: Sequence[str]) -> Tables:
        """The record tables of these creators, in the order of `creators`; labels and briefs are left out."""
        wanted = pl.Series("creator_id", creator_ids, dtype=pl.String)
        chosen = {table.name: _of(self[table.name], wanted) for table in RECORD_TABLES}
        return Tables(**{name: chosen.get(name, frame.clear()) for name, frame in self.items()})

    def pandas(self) -> dict[str, pd.DataFrame]:
        """Every table as a pandas frame; counts with nulls become floats with NaN, as pandas has them."""
        return {name: frame.to_pandas() for name, frame in self.items()}


def _of(frame: pl.DataFrame, creator_ids: pl.Series) -> pl.DataFrame:
    return frame.filter(pl.col("creator_id").is_in(creator_ids.implode()))


def _canonical(frame: pl.DataFrame | None, table: Table, labels: bool) -> pl.DataFrame:
    schema = table.schema(labels=labels)
    if frame is None:
        return empty(table, labels=labels)
    unknown = [name for name in frame.columns if name not in table.schema(labels=True)]
    if unknown:
        raise KeyError(f"the table {table.name} has no column {', '.join(unknown)}")
    absent = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns]
    return ordered(frame.with_columns(absent).select(schema.names()).cast(schema), table)


@cache
def _empty(name: str, labels: bool) -> pl.DataFrame:
    return TABLES[name].empty(labels=labels)


def empty(table: Table, *, labels: bool) -> pl.DataFrame:
    """The table without a row; made once, as building a frame from a schema is slow beside reading one record."""
    return _empty(table.name, labels).clone()


def ordered(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Sort by the table's key, but leave creators and briefs as they were given."""
    if table.name in KEEP_ORDER or frame.height < 2:
        return frame
    first, *_, last = (frame[name] for name in table.key)
    if first.n_unique() == 1 and last.is_sorted():
        return frame
    return frame.sort(table.key)
