"""Times and dates: every way of writing them, read as UTC."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import polars as pl

os.environ.setdefault("POLARS_IGNORE_TIMEZONE_PARSE_ERROR", "1")
"""Else Polars panics at a Parquet file in a zone that it has no name for, as pandas writes of `+05:30`; times in a zone
are kept as those of UTC, so that what its name means does not matter here."""

TOLERANCE = timedelta(days=1)
"""How far beyond now a time may lie: clocks differ, and a day is over in one zone before another."""

EARLIEST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
"""What Python's own datetimes hold, in every zone; what is later is the last, which lies in the future too."""

FIRST = datetime(2003, 1, 1, tzinfo=UTC)
"""The oldest of the platforms, LinkedIn, opened in May 2003. What is earlier is no time of theirs: exports write
1970-01-01, the beginning of computers' clocks, where they know none."""

FUTURE = "lies in the future"
TOO_EARLY = f"lies before {FIRST.year}, when there was none of the platforms; leave a time empty that is not known"

UTC_TIME = pl.Datetime("us", "UTC")

_DAY = "%Y-%m-%d"
_FULL = "%Y-%m-%dT%H:%M:%S%.f%z"
_WHOLE_DAY = r"^\d{4}-\d{2}-\d{2}$"
_WHOLE = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:?\d{2})$"
"""What is written in full; formats, and Arrow, by themselves take more, as months of one digit and hours alone."""
_ISO = (
    r"^(?<day>\d{4}-\d{2}-\d{2})(?:[T ](?<minute>\d{2}:\d{2})(?::(?<second>\d{2}(?:\.\d{1,9})?))?)?"
    r" ?(?:Z|z|UTC|(?<hours>[+-]\d{2}):?(?<minutes>\d{2})?)?$"
)
_WRITTEN = pl.concat_str(
    pl.col("day"),
    pl.lit("T"),
    pl.col("minute").fill_null("00:00"),
    pl.lit(":"),
    pl.col("second").fill_null("00"),
    pl.col("hours").fill_null("+00"),
    pl.col("minutes").fill_null("00"),
)
_PER_SECOND = {"ms": 10**3, "us": 10**6}


def latest(now: datetime | None) -> datetime:
    """The last time that does not count as the future; `now` without a zone is UTC, None is the clock's."""
    now = datetime.now(UTC) if now is None else now
    return (now.replace(tzinfo=UTC) if now.tzinfo is None else now.astimezone(UTC)) + TOLERANCE


def what_is_wrong(time: datetime) -> str | None:
    """Why nothing can have happened at a time, which has a zone; None where it may have."""
    if time > latest(None):
        return FUTURE
    return TOO_EARLY if time < FIRST else None


def parse(texts: pl.Series) -> pl.Series:
    """ISO 8601 texts as UTC times: a date alone is midnight, no offset is UTC; null where it is none of these."""
    if texts.str.contains(_WHOLE).all() and (times := _cast(texts, UTC_TIME)) is not None:
        return times
    parts = texts.str.extract_groups(_ISO).struct.unnest()
    return parts.select(_WRITTEN.str.to_datetime(_FULL, time_unit="us", strict=False)).to_series()


def parse_days(texts: pl.Series) -> pl.Series:
    """Texts such as 2024-05-31 as dates; null where they are anything else, or before `EARLIEST`."""
    whole = texts.str.contains(_WHOLE_DAY)
    days = _cast(texts, pl.Date()) if whole.all() else None
    if days is None:
        days = texts.str.to_date(_DAY, strict=False)
    sound = whole & (days >= EARLIEST.date())
    return days if sound.all() else days.set(~sound, None)


def _cast(texts: pl.Series, dtype: pl.DataType) -> pl.Series | None:
    """Texts that are written in full; by way of Arrow, which takes a tenth of the time. None where one is no time."""
    try:
        return pl.Series(texts.name, texts.to_arrow().cast(pl.Series(dtype=dtype).to_arrow().type))
    except ValueError:
        return None


def normalise(times: pl.Series) -> pl.Series:
    """Datetimes of any unit and zone, or dates, as UTC microseconds.

    Null before `EARLIEST`; what is after `LAST` becomes it.
    """
    if times.dtype == pl.Date:
        times = times.cast(pl.Datetime("ms"))
    dtype = times.dtype
    if not isinstance(dtype, pl.Datetime):
        raise TypeError(f"expected datetimes or dates, not {dtype}")
    if dtype.time_unit != "ns":  # whose 64 bits end before Python's years do
        first, last = (int(bound.timestamp()) * _PER_SECOND[dtype.time_unit] for bound in (EARLIEST, LAST))
        ticks = times.cast(pl.Int64)
        if not ((ticks >= first) & (ticks <= last)).all():
            held = ticks.clip(None, last).set(ticks < first, None)
            times = held.cast(dtype)
    return times.cast(UTC_TIME)
