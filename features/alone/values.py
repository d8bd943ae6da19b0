"""A column in NumPy: its values, and which of them are known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import DTypeLike, NDArray

    Flags = NDArray[np.bool_]

Single = Any
"""One value that stands beside all rows: a number, a Boolean, a text, a list, a moment of NumPy, or None for null.

Most of what signals are made of is counted first and then weighed, and Python weighs two numbers sooner than NumPy.
"""


class Values:
    """Values of a column.

    Attributes:
        data: Booleans, int64, float64, datetime64, or objects (texts and lists); anything where one is not known.
        known: Which values are known; None where all are.
    """

    __slots__ = ("data", "known")

    def __init__(self, data: NDArray[Any], known: Flags | None = None) -> None:
        self.data = data
        self.known = known

    def there(self) -> NDArray[Any]:
        """The values that are known."""
        return self.data if self.known is None else self.data[self.known]


def taken(column: pl.Series) -> Values:
    """A column of Polars."""
    nulls, dtype = column.null_count(), column.dtype
    if isinstance(dtype, pl.String):
        texts = np.array(column.to_list(), dtype=object)
        return Values(texts, np.array([text is not None for text in texts]) if nulls else None)
    if not nulls:
        data = column.to_numpy()
        return Values(data.astype(np.int64) if data.dtype.kind in "iu" and data.dtype != np.int64 else data)
    if nulls == len(column):
        return Values(np.zeros(nulls, dtype=_plain(dtype)), np.zeros(nulls, dtype=np.bool_))
    # With nulls Polars hands out NaN for them, and numbers as floats; counts are exact as such.
    flags = isinstance(dtype, pl.Boolean)
    data = (column.cast(pl.UInt8) if flags else column).to_numpy()
    known = ~np.isnan(data)
    if flags:
        return Values(data == 1, known)
    return Values(np.where(known, data, 0).astype(np.int64) if dtype.is_integer() else data, known)


def given(values: Values) -> pl.Series:
    """A column for Polars."""
    column = pl.Series(values.data)
    if values.known is None or values.known.all():
        return column
    return column.zip_with(pl.Series(values.known), pl.Series([None], dtype=column.dtype))


def _plain(dtype: pl.DataType) -> DTypeLike:
    """What NumPy calls it."""
    if dtype == pl.Boolean:
        return np.bool_
    if dtype.is_temporal():
        return "M8[D]" if dtype == pl.Date else "M8[us]"
    return np.int64 if dtype.is_integer() else np.float64


class Columns:
    """The columns of a frame, each taken when it is asked for first."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.height = frame.height
        self._frame = frame
        self._taken: dict[str, Values] = {}

    def __getitem__(self, name: str) -> Values:
        """The column of that name."""
        if name not in self._taken:
            self._taken[name] = taken(self._frame.get_column(name))
        return self._taken[name]


def singles(row: Mapping[str, Any]) -> dict[str, Single]:
    """A row of Polars, times and days as moments of NumPy."""
    return {name: _moment(value) if isinstance(value, date) else value for name, value in row.items()}


def _moment(value: date) -> np.datetime64:
    if isinstance(value, datetime):
        return np.datetime64(value.astimezone(UTC).replace(tzinfo=None), "us")
    return np.datetime64(value, "D")


def single(value: object) -> Single:
    """A value of a column, or of a row of Polars, as one that stands by itself."""
    if isinstance(value, np.datetime64 | np.timedelta64) or not isinstance(value, np.generic):
        return value
    return value.item()


def where(values: Values) -> Flags:
    """Which values are known, one a value."""
    return np.ones(len(values.data), dtype=np.bool_) if values.known is None else values.known


def unknown(like: Values) -> Values:
    """A column of nulls."""
    return Values(like.data, np.zeros(len(like.data), dtype=np.bool_))


def both(left: Values, right: Values) -> Flags | None:
    """Which rows are known in both; None where all are."""
    if left.known is None:
        return right.known
    return left.known if right.known is None else left.known & right.known


def holds(flag: Values) -> Flags:
    """Null counts as false."""
    return flag.data if flag.known is None else flag.data & flag.known
