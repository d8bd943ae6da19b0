from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.errors import RecordsError
from features.records import read
from features.records.times import normalise, parse, parse_days

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES).map(lambda time: time.isoformat())
ODD = st.sampled_from(
    [
        "2024-02-30T00:00:00Z",
        "2024-05-31T24:00:00Z",
        "2024-05-31T12:00:60Z",
        "2024-05-31T12:00:00.123456789Z",
        "2024-05-31T12:00:00+24:00",
        "2024-05-31T12:00:00+0530",
        "2024-05-31T12Z",
        "2024-05-31 12:00:00Z",
        "2024-5-31T12:00:00Z",
        "0000-01-01T00:00:00Z",
        "٢٠٢٤-05-31T12:00:00Z",
        "now",
    ]
)


@given(st.lists(TIMES | TIMES.map(lambda text: text.replace("+00:00", "Z")) | ODD | st.none(), min_size=1, max_size=5))
@example(["2024-05-31T12:00:00Z", None, "2024-05-31T12:00:00.5+02:00"])
def test_times_that_are_written_in_full_read_as_each_does_among_others(texts: list[str | None]) -> None:
    among = normalise(parse(pl.Series([*texts, "2024-05-31"], dtype=pl.String)))
    assert normalise(parse(pl.Series(texts, dtype=pl.String))).to_list() == among[:-1].to_list()
    assert among[-1] == datetime(2024, 5, 31, tzinfo=UTC)


@given(
    st.lists(
        st.dates().map(str)
        | st.sampled_from(["0000-01-01", "2024-02-30", "2024-5-31", "٢٠٢٤-05-31", "2024"])
        | st.none(),
        min_size=1,
        max_size=5,
    )
)
def test_days_read_as_each_does_among_others(texts: list[str | None]) -> None:
    among = parse_days(pl.Series([*texts, "today"], dtype=pl.String))
    assert parse_days(pl.Series(texts, dtype=pl.String)).to_list() == among[:-1].to_list()
    assert parse_days(pl.Series(["2024-05-31"])).to_list() == [date(2024, 5, 31)]


@pytest.mark.parametrize(
    "now", [datetime(2026, 1, 1, 22), datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=5)))]
)
def test_the_future_begins_a_day_from_now(now: datetime) -> None:
    for written, refused in (("2026-01-02T22:00:00Z", False), ("2026-01-02T22:00:01Z", True)):
        record = {"creator_id": "c", "platform": "x", "observed_at": written}
        if refused:
            with pytest.raises(RecordsError, match="lies in the future"):
                read([record], now=now)
        else:
            assert read([record], now=now).creators["observed_at"].item() == datetime(2026, 1, 2, 22, tzinfo=UTC)
