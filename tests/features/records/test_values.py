"""How single values are read: canonical types, null for missing, and what is refused."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.records import POSTS, Column, Kind
from features.records.coerce import Reading, from_list, from_series
from features.records.times import FUTURE, TOO_EARLY

LATEST = datetime(2025, 6, 2, tzinfo=UTC)
CHOICE = Column("media_type", Kind.CHOICE, "", choices=("image", "video"))


def read(values: list[Any], kind: Kind, **options: Any) -> Reading:
    column = CHOICE if kind == Kind.CHOICE else Column("column", kind, "", **options)
    return from_list(values, column, LATEST)


def refused_rows(reading: Reading) -> list[int]:
    return sorted(int(row) for _, mask in reading.refused for row in mask.arg_true())


GOOD: list[tuple[Kind, object, object]] = [
    (Kind.COUNT, 3, 3),
    (Kind.COUNT, 3.0, 3),
    (Kind.COUNT, np.int32(3), 3),
    (Kind.COUNT, np.float64(3.0), 3),
    (Kind.COUNT, Decimal(3), 3),
    (Kind.COUNT, math.nan, None),
    (Kind.COUNT, pd.NA, None),
    (Kind.COUNT, 2**53, 2**53),
    (Kind.SHARE, 1, 1.0),
    (Kind.SHARE, 0.5, 0.5),
    (Kind.SHARE, math.nan, None),
    (Kind.MONEY, 10, 10.0),
    (Kind.MONEY, 2**70, 2.0**70),
    (Kind.FLAG, True, True),
    (Kind.FLAG, 0, False),
    (Kind.FLAG, 1.0, True),
    (Kind.FLAG, np.True_, True),
    (Kind.ID, "x", "x"),
    (Kind.ID, 12, "12"),
    (Kind.ID, 12.0, "12"),
    (Kind.ID, "007", "007"),
    (Kind.TEXT, "", ""),
    (Kind.TEXT, "a\x00b", "a\x00b"),
    (Kind.TEXT, "half \ud83d", "half \ufffd"),
    (Kind.CHOICE, "image", "image"),
    (Kind.CHOICE, "Video", "video"),
    (Kind.TEXTS, [], []),
    (Kind.TEXTS, ["a", "b"], ["a", "b"]),
    (Kind.TEXTS, ["half \ud83d"], ["half \ufffd"]),
    (Kind.TEXTS, ("a",), ["a"]),
    (Kind.TEXTS, np.array(["a"], dtype=object), ["a"]),
    (Kind.WEIGHTS, {"b": 1, "a": 0.5}, '{"a":0.5,"b":1.0}'),
    (Kind.WEIGHTS, '{"a": 2}', '{"a":2.0}'),
    (Kind.TIME, "2024-05-31", datetime(2024, 5, 31, tzinfo=UTC)),
    (Kind.TIME, "2024-05-31T10:00", datetime(2024, 5, 31, 10, tzinfo=UTC)),
    (Kind.TIME, "2024-05-31 10:00:01.5Z", datetime(2024, 5, 31, 10, 0, 1, 500_000, tzinfo=UTC)),
    (Kind.TIME, "2024-05-31T10:00:00+02:00", datetime(2024, 5, 31, 8, tzinfo=UTC)),
    (Kind.TIME, "2024-05-31T10:00:00-0530", datetime(2024, 5, 31, 15, 30, tzinfo=UTC)),
    (Kind.TIME, "2024-05-31 10:00:00 UTC", datetime(2024, 5, 31, 10, tzinfo=UTC)),
    (Kind.TIME, datetime(2024, 5, 31, 10), datetime(2024, 5, 31, 10, tzinfo=UTC)),
    (Kind.TIME, datetime(2024, 5, 31, 10, tzinfo=timezone(timedelta(hours=2))), datetime(2024, 5, 31, 8, tzinfo=UTC)),
    (Kind.TIME, pd.Timestamp("2024-05-31 10:00", tz="Europe/Berlin"), datetime(2024, 5, 31, 8, tzinfo=UTC)),
    (Kind.TIME, pd.NaT, None),
    (Kind.TIME, date(2024, 5, 31), datetime(2024, 5, 31, tzinfo=UTC)),
    (Kind.DATE, "2024-05-31", date(2024, 5, 31)),
    (Kind.DATE, "2024-05-31T00:00:00Z", date(2024, 5, 31)),
    (Kind.DATE, date(2024, 5, 31), date(2024, 5, 31)),
    (Kind.DATE, datetime(2024, 5, 31), date(2024, 5, 31)),
]


@pytest.mark.parametrize(("kind", "value", "canonical"), GOOD, ids=str)
def test_a_value_is_read_as_its_kind(kind: Kind, value: object, canonical: object) -> None:
    for values in ([value], [value, None], [None, value, value]):
        reading = read(values, kind)
        assert not reading.refused
        assert [v for v in reading.values.to_list() if v is not None] == [canonical] * (
            0 if canonical is None else sum(v is not None for v in values)
        )


@pytest.mark.parametrize("kind", list(Kind))
def test_a_list_of_nothing_is_null(kind: Kind) -> None:
    for values in ([], [None], [None, math.nan], [pd.NA, pd.NaT]):
        reading = read(list(values), kind)
        assert reading.values.null_count() == reading.values.len() == len(values)
        assert not reading.refused


BAD: list[tuple[Kind, object]] = [
    *(
        (Kind.COUNT, value)
        for value in (-1, 1.5, math.inf, -math.inf, 2**53 + 1, 2**64, 2**200, 10**400, 1e30, "3", True, [3], {})
    ),
    *((Kind.SHARE, value) for value in (-0.1, 1.1, math.inf, 2**70, -(10**400), "0.5", True)),
    *((Kind.MONEY, value) for value in (-1, math.inf, 10**400, "1", True)),
    *((Kind.FLAG, value) for value in (2, 0.5, "yes", "true", [True])),
    *((Kind.ID, value) for value in ("", 1.5, 2.0**53, 10**400, True, "a\ud800", ["a"], b"a", datetime(2024, 1, 1))),
    *((Kind.TEXT, value) for value in (1, 1.5, True, ["a"], b"a", {"a": 1}, object())),
    *((Kind.CHOICE, value) for value in ("img", "", "other", 1)),
    *((Kind.TEXTS, value) for value in ("a", [1], [None], ["a", None], [b"a"], [["a"]], [{"a": 1}], {"a": 1}, 3)),
    *(
        (Kind.WEIGHTS, value)
        for value in ([1], {"a": "b"}, {"a": True}, {"a": math.inf}, {"a": 10**400}, {1: 1}, "x", 3)
    ),
    *(
        (Kind.TIME, value)
        for value in ("yesterday", "", "2024-02-30", "2024-01-01T25:00:00Z", "31/05/2024", 1_700_000_000)
    ),
    *(
        (Kind.TIME, value)
        for value in (1.7e9, True, "2025-06-03T00:00:00Z", datetime(2999, 1, 1), "20240531", ["2024-01-01"])
    ),
    *(
        (Kind.TIME, value)
        for value in (
            datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
            datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-14))),
        )
    ),
    *(
        (Kind.DATE, value)
        for value in ("2024-05-31T10:00:00Z", "2999-01-01", datetime(2024, 5, 31, 1), 20240531, "x", "0000-01-01")
    ),
]


@pytest.mark.parametrize(("kind", "value"), BAD, ids=lambda value: repr(value)[:18])
def test_a_bad_value_is_refused_and_null_and_its_neighbours_stay(kind: Kind, value: object) -> None:
    good = next(v for k, v, c in GOOD if k == kind and c is not None)
    reading = read([good, value, None, good], kind)
    assert refused_rows(reading) == [1]
    assert reading.values.is_null().to_list() == [False, True, True, False]
    alone = read([value], kind)
    assert refused_rows(alone) == [0]


@pytest.mark.parametrize("kind", list(Kind))
def test_lists_in_lists_are_refused_however_deep_they_go(kind: Kind) -> None:
    deep: object = []
    for _ in range(5_000):
        deep = [deep]
    assert refused_rows(read([deep, None, deep], kind)) == [0, 2]


def test_a_count_has_the_upper_bound_of_its_column() -> None:
    reading = read([3, 4], Kind.COUNT, most=3)
    assert refused_rows(reading) == [1]
    assert "at most 3" in reading.refused[0][0]


SERIES: list[tuple[Kind, pl.Series, list[object]]] = [
    (Kind.COUNT, pl.Series([1, None], dtype=pl.UInt8), [1, None]),
    (Kind.COUNT, pl.Series([1.0, math.nan]), [1, None]),
    (Kind.COUNT, pl.Series([Decimal("4.0"), None]), [4, None]),
    (Kind.ID, pl.Series(["a", None], dtype=pl.Categorical), ["a", None]),
    (Kind.CHOICE, pl.Series(["image"], dtype=pl.Enum(["image"])), ["image"]),
    (Kind.TEXT, pl.Series([None, None]), [None, None]),
    (Kind.TEXT, pl.Series([math.nan, math.nan]), [None, None]),
    (Kind.TEXTS, pl.Series([[]], dtype=pl.List(pl.Null)), [[]]),
    (Kind.TEXTS, pl.Series([["a", "b"]], dtype=pl.Array(pl.String, 2)), [["a", "b"]]),
    (Kind.WEIGHTS, pl.Series([{"a": 1.0, "b": None}]), ['{"a":1.0}']),
    *(
        (
            Kind.TIME,
            pl.Series([datetime(2024, 5, 31, 10)], dtype=pl.Datetime(unit, zone)),
            [datetime(2024, 5, 31, hour, tzinfo=UTC)],
        )
        for unit in ("ms", "us", "ns")
        for zone, hour in ((None, 10), ("UTC", 10))
    ),
    (
        Kind.TIME,
        pl.Series([datetime(2024, 5, 31, 10)]).dt.replace_time_zone("Asia/Tokyo"),
        [datetime(2024, 5, 31, 1, tzinfo=UTC)],
    ),
    (Kind.DATE, pl.Series([datetime(2024, 5, 31)], dtype=pl.Datetime("ms")), [date(2024, 5, 31)]),
    (Kind.COUNT, pl.Series([3, "x"], dtype=pl.Object), [3, None]),
]


@pytest.mark.parametrize(("kind", "series", "canonical"), SERIES, ids=str)
def test_a_series_of_any_type_is_read(kind: Kind, series: pl.Series, canonical: list[object]) -> None:
    column = CHOICE if kind == Kind.CHOICE else Column("column", kind, "")
    reading = from_series(series, column, LATEST)
    assert reading.values.to_list() == canonical
    assert reading.values.dtype == column.dtype


TIMES = (
    *(
        "2024-05-31T10:00:00Z",
        "2024-05-31T10:00:00.25+02:00",
        "2024-05-31T10:00:00-0530",
        "2024-05-31",
        "2024-05-31T10:00",
    ),
    *(
        "2024-5-1T1:2:3Z",
        "+2024-05-31T10:00:00Z",
        " 2024-05-31T10:00:00Z",
        "24-05-31T10:00:00+00:00",
        "2024-13-01",
        "x",
    ),
)


DAYS = ("2024-05-31", "2024-05-31T00:00:00Z", "2024-5-1", "+2024-05-31", " 2024-05-31", "24-05-31", "2024-13-01")


@given(
    st.one_of(
        st.tuples(st.just(Kind.TIME), st.lists(st.sampled_from(TIMES), min_size=2, max_size=6)),
        st.tuples(st.just(Kind.DATE), st.lists(st.sampled_from(DAYS), min_size=2, max_size=6)),
    )
)
def test_a_time_is_read_the_same_alone_and_among_others(case: tuple[Kind, list[str]]) -> None:
    kind, texts = case
    alone = [read([text], kind).values.item() for text in texts]
    assert read(texts, kind).values.to_list() == alone


@pytest.mark.parametrize("ticks", [-(2**63), -(10**18), 10**18, 2**63 - 1])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_a_time_beyond_all_calendars_does_not_crash(ticks: int, unit: Any) -> None:
    sound = datetime(2020, 1, 1, tzinfo=UTC)
    series = pl.Series([ticks, int(sound.timestamp()) * {"ms": 10**3, "us": 10**6, "ns": 10**9}[unit]]).cast(
        pl.Datetime(unit)
    )
    reading = from_series(series, POSTS.column("posted_at"), LATEST)
    assert reading.values.to_list()[1] == sound
    if reading.refused:
        assert reading.values.to_list()[0] is None


@pytest.mark.parametrize("given", ["1970-01-01", "1970-01-01T00:00:00Z", "2002-12-31T23:59:59Z"])
@pytest.mark.parametrize("kind", [Kind.TIME, Kind.DATE])
@pytest.mark.parametrize("many", [1, 3])
def test_a_time_before_there_were_platforms_is_refused(given: str, kind: Kind, many: int) -> None:
    given = given[:10] if kind == Kind.DATE else given
    typed = date.fromisoformat(given[:10])
    column = Column("column", kind, "")
    for reading in (from_list([given] * many, column, LATEST), from_series(pl.Series([typed] * many), column, LATEST)):
        assert [(message, mask.to_list()) for message, mask in reading.refused] == [(TOO_EARLY, [True] * many)]
        assert reading.values.null_count() == many


def test_the_first_day_of_platforms_is_a_time() -> None:
    for kind in (Kind.TIME, Kind.DATE):
        assert not from_list(["2003-01-01"], Column("column", kind, ""), LATEST).refused


@pytest.mark.parametrize("text", ["9999-07-01T14:02:14+15:40", "9999-12-31T23:59:59.9Z", "9999-12-31T23:59:59-05:00"])
@pytest.mark.parametrize("many", [1, 3])
def test_a_time_in_the_last_year_lies_in_the_future(text: str, many: int) -> None:
    reading = from_list([text] * many, POSTS.column("posted_at"), LATEST)
    assert [(message, mask.to_list()) for message, mask in reading.refused] == [(FUTURE, [True] * many)]


CSV: list[tuple[Kind, str | None, object]] = [
    (Kind.COUNT, "12", 12),
    (Kind.COUNT, "12.0", 12),
    (Kind.COUNT, "NaN", None),
    (Kind.COUNT, None, None),
    (Kind.SHARE, "0.25", 0.25),
    (Kind.FLAG, "True", True),
    (Kind.FLAG, "0", False),
    (Kind.TEXTS, '["a;b", "c"]', ["a;b", "c"]),
    (Kind.TEXTS, "a; b;", ["a", "b"]),
    (Kind.ID, "0012", "0012"),
    (Kind.TEXT, "NaN", "NaN"),
    (Kind.DATE, "2024-05-31", date(2024, 5, 31)),
]


@pytest.mark.parametrize(("kind", "text", "canonical"), CSV, ids=str)
def test_the_texts_of_csv_are_read_as_the_kind(kind: Kind, text: str | None, canonical: object) -> None:
    for texts, values in (([text], [canonical]), ([text, None], [canonical, None])):
        series = pl.Series(texts, dtype=pl.String)
        reading = from_series(series, Column("column", kind, ""), LATEST, written=True)
        assert reading.values.to_list() == values
        assert not reading.refused


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind != Kind.TEXT], ids=str)
def test_an_empty_cell_of_csv_is_missing_in_quotes_too(kind: Kind) -> None:
    column = CHOICE if kind == Kind.CHOICE else Column("column", kind, "")
    reading = from_series(pl.Series(["", None]), column, LATEST, written=True)
    assert reading.values.to_list() == [None, None]
    assert not reading.refused


@pytest.mark.parametrize(
    "mark", ["NULL", "null", r"\N", "None", "NaN", "nan", "NaT", "NA", "N/A", "n/a", "#N/A", "<NA>"]
)
@pytest.mark.parametrize("kind", [Kind.COUNT, Kind.SHARE, Kind.MONEY, Kind.FLAG, Kind.TIME, Kind.DATE, Kind.CHOICE])
def test_what_programs_write_for_a_missing_value_is_missing_where_it_can_be_nothing_else(kind: Kind, mark: str) -> None:
    column = CHOICE if kind == Kind.CHOICE else Column("column", kind, "")
    reading = from_series(pl.Series([mark, None]), column, LATEST, written=True)
    assert reading.values.to_list() == [None, None]
    assert not reading.refused


@pytest.mark.parametrize("kind", [Kind.ID, Kind.TEXTS])
def test_an_id_or_a_list_is_missing_where_a_database_says_so(kind: Kind) -> None:
    reading = from_series(pl.Series(["NULL", r"\N", "None"]), Column("column", kind, ""), LATEST, written=True)
    assert reading.values.to_list() == [None, None, "None" if kind == Kind.ID else ["None"]]
    assert not reading.refused


@pytest.mark.parametrize("kind", [Kind.COUNT, Kind.TIME, Kind.FLAG])
def test_a_mark_of_a_missing_value_is_refused_where_values_have_types(kind: Kind) -> None:
    for mark in ("NULL", r"\N"):
        assert refused_rows(from_list([mark, None], Column("column", kind, ""), LATEST)) == [0]


def test_a_text_of_csv_may_say_anything_but_what_dumps_write_for_none() -> None:
    said = ["NULL", "None", "n/a", r"\No", r"a \N"]
    found = from_series(pl.Series([*said, r"\N"]), Column("c", Kind.TEXT, ""), LATEST, written=True)
    assert found.values.to_list() == [*said, None]
    assert not found.refused


def test_a_text_of_csv_that_is_empty_in_quotes_is_an_empty_text() -> None:
    reading = from_series(pl.Series(["", None]), Column("column", Kind.TEXT, ""), LATEST, written=True)
    assert reading.values.to_list() == ["", None]


LONG_IDS = [Decimal("7123456789012345678"), Decimal("123456789012345678901234567890.00"), None, Decimal(7)]


def test_ids_that_databases_hand_over_as_decimals_keep_every_digit() -> None:
    digits = ["7123456789012345678", "123456789012345678901234567890", None, "7"]
    frame = pl.Series(LONG_IDS, dtype=pl.Decimal(38, 2))
    for reading in (read(LONG_IDS, Kind.ID), from_series(frame, Column("column", Kind.ID, ""), LATEST)):
        assert reading.values.to_list() == digits
        assert not reading.refused


def test_an_id_without_a_sign_of_64_bits_keeps_every_digit_however_it_is_handed_over() -> None:
    ids = [2**64 - 1, None, 7]
    for reading in (read(ids, Kind.ID), from_series(pl.Series(ids, dtype=pl.UInt64), Column("c", Kind.ID, ""), LATEST)):
        assert reading.values.to_list() == ["18446744073709551615", None, "7"]
        assert not reading.refused


def test_an_id_as_a_narrow_float_is_refused_where_that_has_lost_digits() -> None:
    ids = pl.Series([2**24 - 1, 123_456_789, None], dtype=pl.Float32)
    reading = from_series(ids, Column("column", Kind.ID, ""), LATEST)
    assert refused_rows(reading) == [1]
    assert reading.values.to_list() == ["16777215", None, None]


def test_a_decimal_with_a_fraction_is_no_id() -> None:
    ids = [Decimal("1.50"), Decimal("1.00")]
    for reading in (read(ids, Kind.ID), from_series(pl.Series(ids), Column("column", Kind.ID, ""), LATEST)):
        assert refused_rows(reading) == [0]
        assert reading.values.to_list() == [None, "1"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.COUNT, "1,000"),
        (Kind.COUNT, "-3"),
        (Kind.COUNT, "1.5"),
        (Kind.COUNT, "inf"),
        (Kind.COUNT, " 1"),
        (Kind.COUNT, "99999999999999999999"),
        (Kind.SHARE, "50%"),
        (Kind.FLAG, "maybe"),
        (Kind.TEXTS, "['a', 'b']"),
        (Kind.TEXTS, "[1]"),
        (Kind.TIME, "1700000000"),
    ],
)
def test_bad_texts_of_csv_are_refused(kind: Kind, text: str) -> None:
    series = pl.Series([None, text, None])
    reading = from_series(series, Column("column", kind, ""), LATEST, written=True)
    assert refused_rows(reading) == [1]
    assert reading.values.null_count() == 3


@settings(max_examples=80)
@given(
    st.sampled_from(list(Kind)),
    st.lists(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.binary()
        | st.datetimes()
        | st.dates()
        | st.lists(st.text() | st.integers())
        | st.dictionaries(st.text(), st.floats() | st.integers()),
        max_size=6,
    ),
)
def test_anything_is_read_or_refused_and_never_crashes(kind: Kind, values: list[Any]) -> None:
    reading = read(values, kind)
    assert reading.values.len() == len(values)
    rows = set(refused_rows(reading))
    for row, (value, canonical) in enumerate(zip(values, reading.values.to_list(), strict=True)):
        missing = value is None or (isinstance(value, float) and math.isnan(value))
        assert (canonical is None) == (missing or row in rows)
    together = [read([value], kind).values.to_list()[0] for value in values]
    assert reading.values.to_list() == together


@pytest.mark.parametrize("dtype", [pl.Int8, pl.Int16, pl.Int32, pl.UInt64])
def test_counts_of_any_width_are_checked(dtype: type[pl.DataType]) -> None:
    values = [1, 2**63] if dtype == pl.UInt64 else [1, -1]
    found = from_series(pl.Series(values, dtype=dtype), Column("column", Kind.COUNT, ""), LATEST)
    assert found.values.to_list() == [1, None]
    assert [mask.to_list() for _, mask in found.refused] == [[False, True]]
