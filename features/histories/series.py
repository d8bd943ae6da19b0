"""One account's follower history in NumPy: its pace, its spread, and the days that stand out.

Growth is looked at in logarithms, since raw gains raise an alarm on most honest accounts. A history is always worked on
by itself, so that it gives the same bits alone and among thousands.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from features.exact import MAD_TO_SD

if TYPE_CHECKING:
    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    Ints = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

Number = TypeVar("Number", "Floats", "Ints")

WEEK = 7
AROUND = 7
"""Days on either side that say how fast the account grew just then: new accounts slow down from week to week."""
LONGEST_GAP = 7
"""Over a longer gap between two counts nobody can say that a rise was sudden."""

STEP_Z = 6.0
"""Robust z of a day's log growth that makes it an impulse; methods measured no false alarm on log gains above 4."""
STEP_LEAST = 0.02
"""An impulse adds at least this share of the followers there were; lesser rises are everyday life. Where the last count
is some days old, the square root of these times as much: what a post brings over days stands on one then."""
STEP_TIMES = 2.0
"""... and at least twice the usual day's followers just then: to the first thirty of an account, thirty more are as
many again."""
STEP_GRAINS = 2.5
"""... and more than two and a half units of the rounding of the counts: one unit may be one follower."""
YOUNG_SPREAD = 0.5
"""Daily growth is uneven in proportion: half of the pace of the days around counts as spread."""

TAKEN_BACK = 0.1
"""Who reads counts off pages or from an interface sometimes reads a wrong one. The next right count takes all of it
back but for a tenth; of a purchase more is left."""
WRONG_DAYS = 3
"""Where a wrong count is kept, it is so for up to as many days; who takes back what he has delivered takes longer."""


@dataclass(frozen=True, eq=False)
class Common:
    """What moved all accounts, for each count of one account; see `features.histories.common_growth` for the columns.

    Days are numbers and -1 where there is none; `level` is the sum of common log growth up to the count's day.
    """

    level: Floats
    risen_on: Ints
    most_risen: Floats
    fallen_on: Ints
    purge: Flags

    def at(self, rows: Ints) -> Common:
        """Some of the counts."""
        return Common(
            self.level[rows], self.risen_on[rows], self.most_risen[rows], self.fallen_on[rows], self.purge[rows]
        )


@dataclass(frozen=True, eq=False)
class Series:
    """One account's counts in order of days, a value a count, and its constants.

    Attributes:
        day: Number of the day.
        followers: The counts.
        level: Log followers without what moved all accounts.
        moved: That common part (log), 0 where nothing is known of it.
        growth: Daily log growth of `level` since the count before; NaN for the first.
        excess: Log growth since the count before beyond the pace.
        z: That in robust spreads.
        grain: One unit of the rounding of the counts (log).
        step, drop: Whether the growth is an impulse upwards or downwards.
        common: Whether an impulse is no larger than what moved all accounts on those days.
        purge: Whether the newest day that made many fall was a purge.
        pace: Usual daily growth: the median over weeks, which have no weekdays in them and little of the rounding.
        spread: Robust spread of daily growth, never below what comes and goes where nothing happens.
    """

    day: Ints
    followers: Ints
    level: Floats
    moved: Floats
    growth: Floats
    excess: Floats
    z: Floats
    grain: Floats
    step: Flags
    drop: Flags
    common: Flags
    purge: Flags
    pace: float
    spread: float

    def surplus(self, before: int, end: int, pace: float) -> float:
        """Log growth between two counts beyond a pace."""
        return float(self.level[end] - self.level[before] - pace * (self.day[end] - self.day[before]))


def median(values: Floats) -> float:
    """Median of values without NaN; `np.median` takes five times as long for a short history."""
    ordered = values.copy()
    ordered.sort()
    half = len(ordered) // 2
    return float(ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2)


def quantile(values: Floats, share: float) -> float:
    """Quantile of values without NaN, to the bit that of `np.quantile`, which takes ten times as long for a short
    history."""
    ordered = values.copy()
    ordered.sort()
    return float(quantile_in_order(ordered, share))


def quantile_in_order(ordered: Floats, share: float) -> Floats:
    """Quantile along the last axis of values in their order there, between two of them in proportion."""
    last = ordered.shape[-1] - 1
    low, part = divmod(share * last, 1)
    below, above = ordered[..., int(low)], ordered[..., min(int(low) + 1, last)]
    between = above - below
    found: Floats = below + between * part if part < 0.5 else above - between * (1 - part)  # from the nearer end
    return found


def differences(values: Number) -> Number:
    """From each value to the next; `np.diff` takes five times as long for a short history."""
    return values[1:] - values[:-1]


def series(day: Ints, followers: Ints, unit: Floats, logs: Floats, common: Common | None) -> Series:
    """Measure a history of at least two counts on different days.

    Args:
        day: Number of the day of each count, increasing.
        followers: The counts.
        unit: One unit of the rounding of each.
        logs: log(1 + followers).
        common: What moved all accounts, where that is known.
    """
    moved = np.zeros(len(day)) if common is None else common.level
    level = logs - moved
    days = differences(day)
    growth = differences(level) / days
    pace = _pace(day, level, growth)
    center = median(growth)
    # A count moves by a few even where nothing happens; this floor keeps that from being an impulse.
    uneven = median(np.abs(growth - center)) * MAD_TO_SD
    spread = uneven + 0.0005 + 2.0 / (median(followers.astype(np.float64)) + 1.0)
    grain = unit / (followers + 1.0)
    # A rise from a count that was rounded more is as uncertain as that one.
    rounded = np.where(unit[:-1] > unit[1:], grain[:-1], grain[1:])
    excess = (growth - pace) * days
    # The growth of several days is as uneven as that of each; what comes and goes, and rounding, is there once.
    spreads = spread + uneven * (days - 1) + 0.4 * rounded
    z = excess / spreads
    moves = differences(followers)
    impulses = _impulses(days, growth, moves / days, excess, z, rounded, pace)
    # Who loses less than others in a purge has not gained: an impulse is one also before the common part is out.
    impulses &= (excess + differences(moved)) * np.sign(excess) >= STEP_LEAST
    shared = _shared(_looked(day, moves), (differences(logs) - pace * days) / spreads, impulses, common)
    rises = excess > 0
    return Series(
        day,
        followers,
        level,
        moved,
        growth=_from_second(growth),
        excess=_from_second(excess),
        z=_from_second(z),
        grain=grain,
        # Who loses followers every day has gained none on the day on which fewer left, and who gains fewer than all
        # others do has lost none.
        step=_flags(impulses & rises & (moves > 0)),
        # After a purchase that set the pace of a short history, ordinary days are below it without any loss.
        drop=_flags(impulses & ~rises & (moves < 0) & (growth * days <= -STEP_LEAST / 2)),
        common=_flags(shared),
        purge=np.zeros(len(day), dtype=bool) if common is None else common.purge,
        pace=pace,
        spread=spread,
    )


def misread(series: Series) -> Ints:
    """Rows of counts that stand out by an impulse that is taken back soon, where days common to many accounts do not
    explain both: nobody came, and nobody left. So do counts of 0 between others."""
    found = _between(series.followers == 0)
    for row, back in pairwise(np.flatnonzero(series.step | series.drop).tolist()):
        soon = back == row + 1 or series.day[back] - series.day[row] <= WRONG_DAYS
        soon &= not (series.common[row] and series.common[back])
        moved, returned = (series.surplus(place - 1, place, series.pace) for place in (row, back))
        # The count after misread ones is as sudden, and right.
        if soon and moved * returned < 0 and abs(moved + returned) <= TAKEN_BACK * abs(moved) and not found[row - 1]:
            found[row:back] = True
    return np.flatnonzero(found)


def _between(flags: Flags) -> Flags:
    """Those of the flags that have one that is not set before and one after."""
    others = np.flatnonzero(~flags)
    found = np.zeros_like(flags)
    if len(others):
        inside = slice(others[0], others[-1])
        found[inside] = flags[inside]
    return found


def _from_second(values: Floats) -> Floats:
    return np.concatenate(([np.nan], values))


def _flags(values: Flags) -> Flags:
    return np.concatenate(([False], values))


def _pace(day: Ints, level: Floats, growth: Floats) -> float:
    if len(level) <= WEEK:
        return median(growth)
    return median((level[WEEK:] - level[:-WEEK]) / (day[WEEK:] - day[:-WEEK]))


def _local(growth: Floats, place: int, pace: float) -> float:
    """The pace just then, where it was faster than usual."""
    return max(pace, median(growth[max(place - AROUND, 0) : place + AROUND + 1]))


def _impulses(
    days: Ints, growth: Floats, gains: Floats, excess: Floats, z: Floats, grain: Floats, pace: float
) -> Flags:
    """Sudden and large growth, against the usual pace and against that of the days around."""
    least = np.maximum(STEP_LEAST * np.sqrt(days), STEP_GRAINS * grain)
    found = (days <= LONGEST_GAP) & (np.abs(z) >= STEP_Z) & (np.abs(excess) >= least)
    for place in np.flatnonzero(found & (excess > 0)).tolist():
        local = _local(growth, place, pace)
        size = (growth[place] - local) * days[place]
        uneven = max(excess[place] / z[place], YOUNG_SPREAD * abs(local))
        usual = median(gains[max(place - AROUND, 0) : place + AROUND + 1])
        found[place] = size >= least[place] and size >= STEP_Z * uneven and gains[place] >= STEP_TIMES * usual
    return found


def _looked(day: Ints, moves: Ints) -> Ints:
    """The day since which each growth may have come: a count that repeats the one before may be that one."""
    since = day[:-1].copy()
    for place in (np.flatnonzero(moves[:-1] == 0) + 1).tolist():
        since[place] = since[place - 1]
    return np.maximum(since, day[:-1] - LONGEST_GAP)


def _shared(since: Ints, raw_z: Floats, impulses: Flags, common: Common | None) -> Flags:
    """Impulses on days on which an unusual share of accounts jumped the same way: any fall, a rise up to theirs."""
    shared = np.zeros(len(raw_z), dtype=bool)
    if common is None:
        return shared
    for place in np.flatnonzero(impulses).tolist():
        if raw_z[place] > 0:
            within = common.risen_on[place + 1] > since[place] and raw_z[place] <= common.most_risen[place + 1]
        else:
            within = common.fallen_on[place + 1] > since[place]
        shared[place] = within
    return shared
