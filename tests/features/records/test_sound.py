"""The quick way for plainly right values gives what the thorough one gives, and leaves the rest to it."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.records.coerce import from_series
from features.records.contract import Column, Kind
from features.records.sound import sound

LATEST = datetime(2026, 7, 1, tzinfo=UTC)

VALUES: dict[Kind, st.SearchStrategy[object]] = {
    Kind.ID: st.text(max_size=3),
    Kind.TEXT: st.text(max_size=5),
    Kind.CHOICE: st.sampled_from(["a", "b", "c", ""]),
    Kind.COUNT: st.integers(-2, 2**60),
    Kind.SHARE: st.one_of(st.floats(0, 1), st.floats()),
    Kind.FLAG: st.booleans(),
    Kind.TIME: st.one_of(
        st.datetimes(datetime(1900, 1, 1), datetime(2027, 1, 1)).map(lambda t: t.isoformat() + "Z"),
        st.datetimes(datetime(1900, 1, 1), datetime(2027, 1, 1)).map(lambda t: t.isoformat() + "+00:00"),
        st.sampled_from(["2024-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "2024-01-01", "now", "NaT", "٢٠٢٤-01-01"]),
    ),
    Kind.DATE: st.one_of(
        st.dates().map(lambda day: day.isoformat()), st.sampled_from(["2024-13-01", "0000-01-01", "today", "2024"])
    ),
    Kind.TEXTS: st.lists(st.text(max_size=3), max_size=3),
}


@pytest.mark.parametrize("kind", VALUES)
@given(data=st.data())
@settings(max_examples=60)
def test_what_is_plainly_right_reads_the_same_as_by_the_thorough_way(kind: Kind, data: st.DataObject) -> None:
    column = Column("c", kind, "", choices=("a", "b") if kind == Kind.CHOICE else ())
    values = data.draw(st.lists(st.one_of(st.none(), VALUES[kind]), min_size=1, max_size=6))
    quick = sound(values, column, LATEST)
    thorough = from_series(pl.Series("c", values, strict=True), column, LATEST)
    if quick is not None:
        assert not thorough.refused
        assert quick.equals(thorough.values, check_dtypes=True, check_names=True)
    elif any(value is not None for value in values):
        assert thorough.refused or kind in (Kind.TIME, Kind.DATE, Kind.SHARE)  # written in another way, or NaN


@pytest.mark.parametrize(
    ("kind", "values"),
    [(Kind.COUNT, [1, True]), (Kind.COUNT, [1.0]), (Kind.TEXT, [1]), (Kind.TEXTS, [["a", None]]), (Kind.FLAG, [1])],
)
def test_values_of_another_type_take_the_thorough_way(kind: Kind, values: list[object]) -> None:
    assert sound(values, Column("c", kind, ""), LATEST) is None
