"""Values that are plainly right, read at once: what a record sent by another program is made of, nearly always.

Only a quicker way to the same answer: whatever is not plainly right is left to `features.records.coerce`, which finds
out what is wrong with it. Python's own checks take microseconds for the few values of one record, Polars' ten times
as long.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.records.contract import Kind
from features.records.kinds import nulls
from features.records.plain import MOST_EXACT
from features.records.prose import as_people_wrote
from features.records.text_lists import text_lists
from features.records.times import FIRST, UTC_TIME

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from features.records.contract import Column

MOST_VALUES = 1_000
"""Beyond this Polars is the quicker one."""

_TIME = re.compile(r"((?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?:Z|\+00:00)", re.ASCII).fullmatch
_DAY = re.compile(r"(?!0000)\d{4}-\d\d-\d\d", re.ASCII).fullmatch


def sound(values: Sequence[object], column: Column, latest: datetime) -> pl.Series | None:
    """The column's Series where every value is null or plainly what the column holds; None where that takes a look.

    Args:
        values: As JSON gives them.
        column: What they should be.
        latest: The last time that is not in the future.
    """
    reader = _READERS.get(column.kind)
    if reader is None or len(values) > MOST_VALUES:
        return None
    given = [value for value in values if value is not None]
    if not given:
        return nulls(column, len(values))
    if set(map(type, given)) != {_TYPES[column.kind]}:
        return None
    try:
        return reader(values, given, column, latest)
    except (ValueError, OverflowError, UnicodeEncodeError, pl.exceptions.PolarsError):
        return None


def _text(values: Sequence[str | None], _given: list[str], column: Column, _latest: datetime) -> pl.Series | None:
    if column.prose:
        values = as_people_wrote(values)
    if column.without:
        values = [None if value is None else value.removeprefix(column.without) for value in values]
    return pl.Series(column.name, values, dtype=pl.String)


def _id(values: Sequence[object], given: list[str], column: Column, _latest: datetime) -> pl.Series | None:
    return pl.Series(column.name, values, dtype=pl.String) if all(given) else None


def _choice(values: Sequence[object], given: list[str], column: Column, _latest: datetime) -> pl.Series | None:
    return pl.Series(column.name, values, dtype=pl.String) if set(given) <= set(column.choices) else None


def _count(values: Sequence[object], given: list[int], column: Column, _latest: datetime) -> pl.Series | None:
    most = MOST_EXACT if column.most is None else column.most
    return pl.Series(column.name, values, dtype=pl.Int64) if min(given) >= 0 and max(given) <= most else None


def _share(values: Sequence[object], given: list[float], column: Column, _latest: datetime) -> pl.Series | None:
    within = all(0.0 <= value <= 1.0 for value in given)
    return pl.Series(column.name, values, dtype=pl.Float64) if within else None


def _flag(values: Sequence[object], _given: list[bool], column: Column, _latest: datetime) -> pl.Series | None:
    return pl.Series(column.name, values, dtype=pl.Boolean)


def _texts(
    values: Sequence[list[str] | None], given: list[list[str]], column: Column, _latest: datetime
) -> pl.Series | None:
    plain = set(map(type, chain.from_iterable(given))) <= {str}
    return text_lists(column.name, values) if plain else None


def _time(values: Sequence[object], given: list[str], column: Column, latest: datetime) -> pl.Series | None:
    found = [None if value is None else _TIME(str(value)) for value in values]
    if sum(match is not None for match in found) != len(given):
        return None
    texts = ["NaT" if match is None else match[1] for match in found]
    return _moments(texts, column, "us", np.datetime64(latest.replace(tzinfo=None), "us"))


def _date(values: Sequence[object], given: list[str], column: Column, latest: datetime) -> pl.Series | None:
    if not all(map(_DAY, given)):
        return None
    texts = ["NaT" if value is None else str(value) for value in values]
    return _moments(texts, column, "D", np.datetime64(latest.date(), "D"))


def _moments(texts: list[str], column: Column, unit: str, last: np.datetime64) -> pl.Series | None:
    moments = np.array(texts, dtype=f"datetime64[{unit}]")
    if ((moments > last) | (moments < _FIRST)).any():
        return None
    # Their numbers are taken up sooner than times are; but these have no null.
    series = pl.Series(column.name, moments if np.isnat(moments).any() else moments.view(np.int64))
    return series.cast(UTC_TIME if unit == "us" else pl.Date)


_FIRST = np.datetime64(FIRST.replace(tzinfo=None))

_TYPES: dict[Kind, type] = {
    Kind.ID: str,
    Kind.TEXT: str,
    Kind.CHOICE: str,
    Kind.COUNT: int,
    Kind.SHARE: float,
    Kind.FLAG: bool,
    Kind.TIME: str,
    Kind.DATE: str,
    Kind.TEXTS: list,
}

_READERS: dict[Kind, Callable[..., pl.Series | None]] = {
    Kind.ID: _id,
    Kind.TEXT: _text,
    Kind.CHOICE: _choice,
    Kind.COUNT: _count,
    Kind.SHARE: _share,
    Kind.FLAG: _flag,
    Kind.TIME: _time,
    Kind.DATE: _date,
    Kind.TEXTS: _texts,
}
