"""The rows of a request as plain lists by creator, and the figures that are taken of such lists."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from features.records.hashes import runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Row = dict[str, Any]
Signals = dict[str, float | None]
Number = float | None

DAY = 86_400_000_000
"""Microseconds."""

WINDOWS: tuple[tuple[Literal["7d", "30d", "90d", "180d", "365d"], int], ...] = (
    ("7d", 7),
    ("30d", 30),
    ("90d", 90),
    ("180d", 180),
    ("365d", 365),
)


def by_creator(frame: pl.DataFrame, names: Sequence[str]) -> dict[str, Row]:
    """Lists of these columns by creator; times as microseconds and days as days, which are quick to compare."""
    if not frame.height:
        return {}
    lists = {name: _plain(frame[name]).to_list() for name in names}
    return {
        creator: {name: values[rows] for name, values in lists.items()} for creator, rows in runs(frame["creator_id"])
    }


def _plain(column: pl.Series) -> pl.Series:
    """Times as microseconds and dates as days."""
    return column.cast(pl.Int64) if column.dtype.is_temporal() else column


def why(fields: Mapping[str, object], reason: str) -> dict[str, str]:
    """The reason for each figure that is null."""
    return {name: reason for name, value in fields.items() if value is None}


def known(values: Iterable[Any]) -> list[Any]:
    """The values without nulls."""
    return [value for value in values if value is not None]


def middle(values: Sequence[Number]) -> Number:
    """The median of the values that are known."""
    there = known(values)
    return float(median(there)) if there else None


def over(part: Number, whole: int | None) -> Number:
    """Part over whole; None where one is not known or the whole is 0."""
    return None if part is None or not whole else part / whole


def total_ratio(ones: Sequence[int | None], others: Sequence[int | None]) -> Number:
    """Sum over sum, of the posts of which both are known."""
    known = [(a, b) for a, b in zip(ones, others, strict=True) if a is not None and b is not None]
    below = sum(b for _, b in known)
    return sum(a for a, _ in known) / below if below else None
