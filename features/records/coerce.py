"""One column as it was handed in, read as what the contract says it holds.

`from_series` is the one door to the rules of each kind; Python lists are turned into Series and go through it too.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, cast

import polars as pl

from features.records import times
from features.records.contract import Kind
from features.records.kinds import READERS, Refusals, expected, from_text, missing, nulls, spoilt, whole_digits
from features.records.plain import BROKEN, plain
from features.records.sound import sound
from features.records.text_lists import text_lists

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from features.records.contract import Column

PLAIN_TYPES: dict[type, pl.DataType | type[pl.DataType]] = {
    type(None): pl.Null,
    bool: pl.Boolean,
    int: pl.Int64,
    float: pl.Float64,
    str: pl.String,
    list: pl.List(pl.String),
}


class Reading(NamedTuple):
    """A column read: canonical values, null where refused, and for each reason the rows that it refuses."""

    values: pl.Series
    refused: Refusals


def from_series(series: pl.Series, column: Column, latest: datetime, *, written: bool = False) -> Reading:
    """Read a Series of any type. `written` says that it holds text as CSV does, whatever the column's kind."""
    if isinstance(series.dtype, pl.Object):
        return from_list(series.to_list(), column, latest)
    if isinstance(series.dtype, pl.Categorical | pl.Enum):
        series = series.cast(pl.String)
    if isinstance(series.dtype, pl.Decimal):
        series = whole_digits(series) if column.kind == Kind.ID else series.cast(pl.Float64)
    if written and (mask := missing(series, column.kind)).any():
        series = series.set(mask, None)
    given = series
    lost = spoilt(series, column.kind) if written else []
    for _, mask in lost:
        series = series.set(mask, None)
    if written:
        series = from_text(series, column.kind)
    if series.dtype.is_float() and series.is_nan().any():
        given = given.zip_with(~series.is_nan().fill_null(False), pl.Series([None], dtype=given.dtype))
        series = series.fill_nan(None)
    if given.null_count() == given.len():
        return Reading(nulls(column, series.len()), [])
    values, refused = READERS[column.kind](series, column)
    if column.kind in (Kind.TIME, Kind.DATE):
        first, last = (times.FIRST, latest) if column.kind == Kind.TIME else (times.FIRST.date(), latest.date())
        refused += [(times.FUTURE, values > last), (times.TOO_EARLY, values < first)]
    return _sift(values.alias(column.name), given, expected(column), lost + refused)


def from_list(values: Sequence[object], column: Column, latest: datetime) -> Reading:
    """Read a list of Python values: at once where all are of one type, else one type after the other."""
    if (series := sound(values, column, latest)) is not None:
        return Reading(series, [])
    types = set(map(type, values))
    types.discard(type(None))
    if len(types) <= 1 and (series := _of_one_type(values, types.pop() if types else type(None))) is not None:
        return from_series(series, column, latest)
    return _from_mixed([plain(value, column.kind) for value in values], column, latest)


def _of_one_type(values: Sequence[object], kind: type) -> pl.Series | None:
    """The Series of values that are all of one plain type; None where there is no such Series."""
    if kind is list:  # Polars takes gigabytes to find out what lists of lists of lists ... hold
        return _of_texts(values)
    dtype = PLAIN_TYPES.get(kind)
    if dtype is None:
        return None
    try:
        return pl.Series(values, dtype=dtype, strict=True)
    except (OverflowError, TypeError, UnicodeEncodeError, pl.exceptions.PolarsError):
        return None


def _of_texts(values: Sequence[object]) -> pl.Series | None:
    """The Series of lists that hold nothing but text; None where one holds something else."""
    lists = cast("Sequence[list[str | None] | None]", values)
    if not set(map(type, chain.from_iterable(own for own in lists if own))) <= {str, type(None)}:
        return None
    try:
        return text_lists("", lists)
    except UnicodeEncodeError:
        return None


def _from_mixed(values: list[object], column: Column, latest: datetime) -> Reading:
    read = nulls(column, len(values))
    broken = pl.Series([value is BROKEN for value in values], dtype=pl.Boolean)
    refused = [(expected(column), broken)] if broken.any() else []
    kinds = {type(value) for value in values if value is not None and value is not BROKEN}
    for kind in sorted(kinds, key=str):
        dtype = PLAIN_TYPES.get(kind)
        alike = [value if type(value) is kind else None for value in values]
        part = from_series(pl.Series(alike, dtype=dtype, strict=True), column, latest)
        read = read.zip_with(read.is_not_null(), part.values)
        refused += part.refused
    return Reading(read, refused)


def _sift(values: pl.Series, given: pl.Series, otherwise: str, refused: Refusals) -> Reading:
    """Null what is refused; what turned null on the way without a reason is refused with `otherwise`."""
    found = [(message, mask.fill_null(False)) for message, mask in refused if mask.any()]
    if values.null_count() != given.null_count():
        lost = values.is_null() & given.is_not_null()
        for _, mask in found:
            lost = lost & ~mask
        if lost.any():
            found.append((otherwise, lost))
    for _, mask in found:
        values = values.zip_with(~mask, pl.Series([None], dtype=values.dtype))
    return Reading(values, found)
