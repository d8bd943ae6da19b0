"""How a Series of each kind is read: its values in the contract's type, null where refused, and the rows refused.

What turns null without a reason of its own is refused by the caller as not what was expected.
"""

from __future__ import annotations

import sys
from datetime import time
from functools import cache
from typing import TYPE_CHECKING

import orjson
import polars as pl

from features.records import times
from features.records.contract import POLARS_TYPES, Column, Kind
from features.records.plain import MOST_EXACT, canonical_weights
from features.records.prose import as_written

if TYPE_CHECKING:
    from collections.abc import Callable

EXPECTED = {
    Kind.ID: "expected an id: text that is not empty, or a whole number",
    Kind.TEXT: "expected text",
    Kind.CHOICE: "expected one of",
    Kind.COUNT: "expected a whole number such as 12500",
    Kind.SHARE: "expected a number from 0 to 1 such as 0.35",
    Kind.MONEY: "expected a number such as 249.5",
    Kind.FLAG: "expected true or false",
    Kind.TIME: "expected a time such as 2024-05-31 or 2024-05-31T12:00:00Z",
    Kind.DATE: "expected a date such as 2024-05-31",
    Kind.TEXTS: "expected a list of texts",
    Kind.WEIGHTS: "expected an object of names and finite numbers",
}
NEGATIVE = "is negative"
TOO_LARGE = "is larger than allowed"
LOST_DIGITS = "is a number too large to be exact; hand ids over as text"
THOUSANDS = "may be thousands or a fraction: write the whole number alone, such as 12500"

Refusals = list[tuple[str, pl.Series]]
"""For each reason, a mask of the rows that it refuses."""

Read = tuple[pl.Series, Refusals]


def expected(column: Column) -> str:
    """What the column holds, as said to whoever sent something else."""
    if column.kind == Kind.CHOICE:
        return f"{EXPECTED[column.kind]} {', '.join(column.choices)}"
    return EXPECTED[column.kind]


def nulls(column: Column, length: int) -> pl.Series:
    """The column with nothing in it."""
    return _null(column.kind).new_from_index(0, length).alias(column.name)


@cache
def _null(kind: Kind) -> pl.Series:
    return pl.Series([None], dtype=POLARS_TYPES[kind])


def _nothing(series: pl.Series, column: Column) -> pl.Series:
    """All null: the Series is of a type that such a column cannot be read from."""
    return nulls(column, series.len())


def _read_id(series: pl.Series, column: Column) -> Read:
    if series.dtype == pl.String:
        return series, [(expected(column), series == "")] if series.min() == "" else []
    if series.dtype.is_integer():
        return series.cast(pl.String), []
    if series.dtype.is_float():
        whole = series == series.floor()
        exact = MOST_EXACT if series.dtype == pl.Float64 else 2**24
        inexact = whole & series.is_finite() & (series.abs() >= exact)
        digits = series.cast(pl.Int64, strict=False).cast(pl.String)
        return digits.zip_with(whole, pl.Series([None], dtype=pl.String)), [(LOST_DIGITS, inexact)]
    return _nothing(series, column), []


def whole_digits(series: pl.Series) -> pl.Series:
    """Whole decimals as their digits, as databases hand long ids over; fractions as the empty text, which is no id."""
    parts = series.cast(pl.String).str.extract_groups(r"^(?<whole>-?\d+)(?:\.(?<rest>0*))?$").struct.unnest()
    return parts["whole"].fill_null("").set(series.is_null(), None)


def _read_text(series: pl.Series, column: Column) -> Read:
    if series.dtype != pl.String:
        return _nothing(series, column), []
    if column.prose:
        return as_written(series), []
    return (series.str.strip_prefix(column.without) if column.without else series), []


def _read_choice(series: pl.Series, column: Column) -> Read:
    if series.dtype != pl.String:
        return _nothing(series, column), []
    choices = pl.Enum(column.choices)
    known = series.cast(choices, strict=False)
    if known.null_count() > series.null_count():  # to fold the case of every row costs more than to look
        known = series.str.to_lowercase().cast(choices, strict=False)
    return known.cast(pl.String), []


def _within(series: pl.Series, least: float, most: float) -> bool:
    """Whether every value lies within the two; True where there are none. Far quicker than building masks."""
    low, high = series.min(), series.max()
    return not isinstance(low, int | float) or not isinstance(high, int | float) or (least <= low and high <= most)


def _read_count(series: pl.Series, column: Column) -> Read:
    if not (series.dtype.is_integer() or series.dtype.is_float()):
        return _nothing(series, column), []
    most = MOST_EXACT if column.most is None else column.most
    whole = series.cast(pl.Int64, strict=False)
    if (
        whole.null_count() == series.null_count()
        and _within(whole, 0, most)
        and (whole.cast(series.dtype) == series).all()
    ):
        return whole, []
    if whole.null_count() == series.null_count() and series.dtype.is_integer():
        series = whole  # a narrower type cannot be compared with the largest count
    fraction = (series != series.floor()) | series.is_infinite()
    too_large = TOO_LARGE if column.most is None else f"{TOO_LARGE}: at most {most}"
    refused = [
        (expected(column), fraction),
        (NEGATIVE, (series < 0) & ~fraction),
        (too_large, (series > most) & ~fraction),
    ]
    return whole, refused


def _read_number(series: pl.Series, column: Column) -> Read:
    if not (series.dtype.is_float() or series.dtype.is_integer()):
        return _nothing(series, column), []
    numbers = series.cast(pl.Float64)
    if _within(numbers, 0, 1 if column.kind == Kind.SHARE else sys.float_info.max):
        return numbers, []
    if column.kind == Kind.SHARE:
        return numbers, [(expected(column), (numbers < 0) | (numbers > 1))]
    infinite = numbers.is_infinite()
    return numbers, [(expected(column), infinite), (NEGATIVE, (numbers < 0) & ~infinite)]


def _read_flag(series: pl.Series, column: Column) -> Read:
    if series.dtype == pl.Boolean:
        return series, []
    if series.dtype.is_integer() or series.dtype.is_float():
        return series == 1, [(expected(column), (series != 0) & (series != 1))]
    return _nothing(series, column), []


def _read_time(series: pl.Series, column: Column) -> Read:
    if series.dtype == pl.String:
        series = times.parse(series)
    elif not isinstance(series.dtype, pl.Datetime | pl.Date):
        return _nothing(series, column), []
    return times.normalise(series), []


def _read_date(series: pl.Series, column: Column) -> Read:
    if series.dtype == pl.String:
        days = times.parse_days(series)
        if days.null_count() == series.null_count():
            return days, []
    moments, _ = _read_time(series, column)
    if moments.dtype == pl.Date:
        return moments, []
    return moments.dt.date(), [(expected(column), moments.dt.time() != time())]


def _read_texts(series: pl.Series, column: Column) -> Read:
    if isinstance(series.dtype, pl.Array):
        series = series.arr.to_list()
    if not isinstance(series.dtype, pl.List):
        return _nothing(series, column), []
    if not isinstance(series.dtype.inner, pl.String | pl.Null | pl.Categorical | pl.Enum):
        return _nothing(series, column), []
    texts = series.cast(column.dtype)
    holed = texts.to_frame("texts").select(pl.col("texts").list.eval(pl.element().is_null()).list.any())
    return texts, [(expected(column), holed.to_series())]


def _read_weights(series: pl.Series, column: Column) -> Read:
    if not isinstance(series.dtype, pl.String | pl.Struct):
        return _nothing(series, column), []
    return pl.Series([canonical_weights(value) for value in series.to_list()], dtype=pl.String), []


READERS: dict[Kind, Callable[[pl.Series, Column], Read]] = {
    Kind.ID: _read_id,
    Kind.TEXT: _read_text,
    Kind.CHOICE: _read_choice,
    Kind.COUNT: _read_count,
    Kind.SHARE: _read_number,
    Kind.MONEY: _read_number,
    Kind.FLAG: _read_flag,
    Kind.TIME: _read_time,
    Kind.DATE: _read_date,
    Kind.TEXTS: _read_texts,
    Kind.WEIGHTS: _read_weights,
}


DATABASE_NULLS = ("", r"\N", "NULL")
"""A missing value in CSV: of who quotes every cell, of dumps of MySQL and PostgreSQL, and of their tools."""
NULLS = (*DATABASE_NULLS, "null", "None", "NaN", "nan", "NaT", "NA", "N/A", "n/a", "#N/A", "<NA>")
"""In CSV of pandas, R and spreadsheets too."""


def missing(texts: pl.Series, kind: Kind) -> pl.Series:
    """CSV's texts that stand for a missing value where they can be nothing else.

    People write anything but `\\N`, which thousands of comments would have alike. An account may be called `nan` or
    `None`. None is called `NULL`: rows without an author would all be of one.
    """
    if kind == Kind.TEXT:
        return texts == r"\N"
    return texts.is_in(DATABASE_NULLS if kind in (Kind.ID, Kind.TEXTS) else NULLS)


SPOILT: dict[Kind, tuple[list[str], str, str]] = {
    Kind.COUNT: ([".", ","], r"^\d{1,3}(?:[.,]\d{3})+$", THOUSANDS),
    Kind.ID: (["+"], r"^\d(?:[.,]\d+)?[eE]\+\d+$", LOST_DIGITS),
}
"""Signs, and what they make of a number in a spreadsheet: 12.000 for 12000, 1.78E+16 for an id of 17 digits."""


def spoilt(texts: pl.Series, kind: Kind) -> Refusals:
    """CSV's texts of which nobody can tell any more what they were."""
    signs, pattern, message = SPOILT.get(kind, ([], "", ""))
    if not signs or not texts.str.contains_any(signs).any():
        return []
    found = texts.str.contains(pattern).fill_null(False)
    return [(message, found)] if found.any() else []


def from_text(texts: pl.Series, kind: Kind) -> pl.Series:
    """CSV's texts as the type that the column's kind is otherwise handed over in; null where they cannot be."""
    if kind == Kind.COUNT:
        whole = texts.cast(pl.Int64, strict=False)
        return whole if whole.null_count() == texts.null_count() else texts.cast(pl.Float64, strict=False)
    if kind in (Kind.SHARE, Kind.MONEY):
        return texts.cast(pl.Float64, strict=False)
    if kind == Kind.FLAG:
        return texts.str.to_lowercase().replace_strict(
            {"true": 1, "1": 1, "1.0": 1, "false": 0, "0": 0, "0.0": 0}, default=None, return_dtype=pl.Int8
        )
    if kind == Kind.TEXTS:
        return pl.Series([_texts(text) for text in texts.to_list()], dtype=pl.List(pl.String))
    return texts


def _texts(text: str | None) -> list[str] | None:
    """A JSON array of texts, or texts separated by semicolons; None for a broken array."""
    if text is None:
        return None
    if not text.lstrip().startswith("["):
        return [piece.strip() for piece in text.split(";") if piece.strip()]
    try:
        texts = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return texts if all(isinstance(piece, str) for piece in texts) else None
