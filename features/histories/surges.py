"""Blocks of followers in one account's history: a day that stands out, a stretch that grew faster, a sudden loss.

Two detectors, since each alone misses a kind of purchase. The impulse detector compares one day's log growth with
the account's own pace and robust spread. The level-shift detector lets ruptures (Truong et al. 2020, kernel change
points with a linear kernel) propose stretches of one level, and a robust test decides which of them are drips.

Everything here is about one creator, in NumPy, so that the same history gives the same bits alone and in a crowd.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np

from features.exact import MAD_TO_SD
from features.histories.level_shifts import level_shifts
from features.histories.series import differences, median, quantile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.histories.series import Series

    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    Ints = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    Drip = tuple[int, int, float]  # row before, last row, surplus

LATER_DAYS = 30
"""How long after a block its leavers are counted."""
GLOW_DAYS = 7
"""How long after a step its echo is counted: what people spread halves within days, a delivery stops."""

DRIP_LEAST = 0.03
"""A drip adds at least this share; slower or smaller ones cannot be told from the seasons of an account."""
DRIP_SHORTEST, DRIP_LONGEST = 5, 60
DRIP_Z = 4.0
"""The usual day of a drip stands this many robust spreads above the usual day outside it."""
DRIP_TIMES = 2.0
"""... and above it by at least twice the pace: the account grows at three times its speed."""
DRIP_GRAINS = 2.5
"""... and in all by more than two and a half units of the rounding of the counts."""
YOUTH_PACE = 0.01
"""An account that grows by one in a hundred every day is in its youth, which is as uneven as any drip."""
DRIP_FRONT = 0.45
"""Most of a drip's followers in its first third: deliveries are even (a third), what a post brought fades (half)."""
DRIP_EVEN = 0.6
"""The usual day of a drip brings at least this part of the average day; bursts bring most on a few days."""
EDGE_DAYS = 6
SHARP_INSIDE, SHARP_OUTSIDE = 0.5, 0.4
"""Within six days of its ends, a drip has at least half of its lift inside and at most two fifths of it outside."""
SEGMENT_LEAST = 3
LEAST_SPREAD = 0.0002
"""Followers come and go even where nothing happens."""
PENALTY = 4.0
"""Cost of a change point in units of log(days) x variance; 2 to 3 suits white noise, organic growth is redder."""
CLIP = 6.0
"""Beyond this many spreads growth counts by its logarithm: one wild day makes no stretch of its own, and a delivery
stands apart from the lively days beside it however large it is."""
MOST_DAYS = 400
"""Change points are sought in the newest counts up to this many; the search takes quadratic time."""


@dataclass(frozen=True)
class Surge:
    """A block of followers that came or went; places are row numbers of the history.

    Attributes:
        kind: step, drip or drop.
        common: Whether it is within what moved all accounts on those days.
        before: The last count before it.
        end: The last count that belongs to it.
        surplus: Log growth beyond the usual pace, over all its days.
        glow: Growth beyond the pace in the `GLOW_DAYS` after a step, as a part of that of its last day; None where too
            few days follow.
        attrition: Part of the surplus that was lost again within `LATER_DAYS`; None where too few days follow.
    """

    kind: str
    common: bool
    before: int
    end: int
    surplus: float
    glow: float | None
    attrition: float | None


def surges(series: Series) -> list[Surge]:
    """Every step, drip and drop of a history, by their days."""
    found = []
    for kind, flags in (("step", series.step), ("drop", series.drop)):
        for common in (False, True) if flags.any() else ():  # most histories have neither steps nor drops
            runs = _runs(flags & (series.common == common))
            found += [_followed(series, kind, common, *run, series.surplus(*run, series.pace)) for run in runs]
    found += [_followed(series, "drip", common, *drip) for common, drip in _all_drips(series)]
    return sorted(found, key=lambda surge: (surge.before, surge.end, surge.kind))


def _all_drips(series: Series) -> list[tuple[bool, Drip]]:
    """The account's own drips, and those that are there only until what moved all accounts is taken out."""
    own = [drip for drip in _drips(series) if drip[2] + series.moved[drip[1]] - series.moved[drip[0]] >= DRIP_LEAST]
    if _range(series.moved) < DRIP_LEAST:
        return [(False, drip) for drip in own]
    seen = _drips(replace(series, level=series.level + series.moved))
    apart = [drip for drip in seen if not any(drip[0] < end and before < drip[1] for before, end, _ in own)]
    return [(False, drip) for drip in own] + [(True, drip) for drip in apart]


def _range(values: Floats) -> float:
    """As `np.ptp`, which takes thrice as long for a short history."""
    return float(values.max() - values.min())


def _runs(flags: Flags) -> list[tuple[int, int]]:
    """Stretches of flagged rows, from the row before to the last."""
    if not flags.any():
        return []
    between = np.zeros(len(flags) + 2, dtype=np.bool_)
    between[1:-1] = flags
    edges = np.flatnonzero(between[1:] != between[:-1])
    return [(int(first) - 1, int(after) - 1) for first, after in zip(edges[::2], edges[1::2], strict=True)]


def _followed(series: Series, kind: str, common: bool, before: int, end: int, surplus: float) -> Surge:
    """The block with what came after it."""
    # A block of followers who do not win others slows log growth by itself.
    pace = _pace_before(series, before) * math.exp(-max(surplus, 0.0))
    glow, attrition = None, None
    soon = _row_within(series, end, GLOW_DAYS)
    if series.day[soon] - series.day[end] >= GLOW_DAYS // 2:
        if kind == "step":
            glow = series.surplus(end, soon, pace) / series.surplus(end - 1, end, series.pace)
        attrition = -series.surplus(end, _row_within(series, end, LATER_DAYS), pace) / surplus
    return Surge(kind, common, before, end, surplus, glow, attrition)


def _pace_before(series: Series, before: int) -> float:
    """Daily growth in the month before a block: what comes after may be its leavers. The usual pace where too short."""
    first = int(np.searchsorted(series.day, series.day[before] - LATER_DAYS))
    if before - first < LATER_DAYS // 2:
        return series.pace
    return median(series.growth[first + 1 : before + 1])


def _row_within(series: Series, row: int, days: int) -> int:
    return int(np.searchsorted(series.day, series.day[row] + days, side="right")) - 1


def _drips(series: Series) -> list[Drip]:
    """Stretches that grew faster, evenly and for days or weeks; where an account loses followers more slowly than
    usual, nobody came."""
    if _range(series.level) < DRIP_LEAST:
        return []
    from_row = max(len(series.day) - 1 - MOST_DAYS, 0)
    stretches = _Stretches.of(series, from_row)
    # A drip may fill half of a short history, and leavers may fill a quarter of a long one.
    for slow in (0.5, 0.25):
        if found := stretches.drips(slow):
            placed = [(from_row + before, from_row + end, surplus) for before, end, surplus in found]
            return [drip for drip in placed if series.followers[drip[1]] > series.followers[drip[0]]]
    return []


@dataclass(frozen=True)
class _Stretches:
    """A history cut into stretches of one level of daily growth.

    Attributes:
        growth: Daily log growth between consecutive rows; impulses have the usual pace instead.
        days: Days between consecutive rows.
        calm: Whether a growth is no impulse.
        size: Followers after it.
        bounds: Where the stretches begin, and the end.
        grain: One unit of the rounding of the usual count (log).
    """

    growth: Floats
    days: Ints
    calm: Flags
    size: Ints
    bounds: Ints
    grain: float

    @classmethod
    def of(cls, series: Series, from_row: int) -> _Stretches:
        """The stretches of the counts from a row on."""
        days = differences(series.day[from_row:])
        calm = ~(series.step | series.drop)[from_row + 1 :]
        growth = np.where(calm, differences(series.level[from_row:]) / days, series.pace)
        grain = median(series.grain[from_row:])
        return cls(growth, days, calm, series.followers[from_row + 1 :], _bounds(growth, grain), grain)

    def drips(self, slow: float) -> list[Drip]:
        """The fast stretches that pass for drips, if the slowest `slow` of all days is where comparison starts."""
        fast, usual, spread = self._fast(slow)
        if usual > YOUTH_PACE:
            return []
        found: list[Drip] = []
        for row, last in _runs(fast):
            inside = self.bounds[(self.bounds > row) & (self.bounds <= last + 1)].tolist()
            # Of stretches within each other the one that brought most.
            for drip in sorted(self._within(inside, usual, spread), key=lambda drip: (-drip[2], drip[0])):
                if all(drip[1] <= first or after <= drip[0] for first, after, _ in found):
                    found.append(drip)
        return found

    def _within(self, bounds: list[int], usual: float, spread: float) -> Iterator[Drip]:
        """The drips from any of these bounds to a later one: beside a drip the account may grow faster than usual."""
        for first, after in combinations(bounds, 2):
            # Impulses stand by themselves: none is the last day of a drip.
            quiet = np.flatnonzero(self.calm[first:after])
            end = first + int(quiet[-1]) + 1 if quiet.size else first
            if end > first and not self._is_ordinary(first, end) and self._is_drip(first, end, usual, spread):
                lifts = self.growth[first:end] - usual
                yield first, end, float(np.sum(lifts * self.days[first:end]))

    def _fast(self, slow: float) -> tuple[Flags, float, float]:
        """Days of the fast stretches, and the usual growth and spread of the other days."""
        others = self.growth <= quantile(self.growth, slow)
        for _ in range(2):
            usual = median(self.growth[others])
            spread = median(np.abs(self.growth[others] - usual)) * MAD_TO_SD + LEAST_SPREAD
            high = self._levels - usual >= max(DRIP_Z * spread, DRIP_TIMES * usual)
            fast = np.repeat(high, differences(self.bounds))
            slower = ~fast
            others = slower if np.count_nonzero(slower) >= len(fast) // 4 else others
        return fast, usual, spread

    @cached_property
    def _levels(self) -> Floats:
        """Mean growth of each stretch."""
        bounds = pairwise(self.bounds.tolist())
        return np.array([np.add.reduce(self.growth[start:end]) / (end - start) for start, end in bounds])

    def _is_ordinary(self, first: int, after: int) -> bool:
        """Whether a stretch may be the account's ordinary growth before an impulse whose leavers slow it down from then
        on, or the lasting attention after one: it runs from an end of the history to an impulse or to the other."""
        if first == 0 and after == len(self.growth):
            return True
        before, behind = (~self.calm[max(place - 2, 0) : place + 2] for place in (first, after))
        return (first == 0 and bool(behind.any())) or (after == len(self.growth) and bool(before.any()))

    def _is_drip(self, first: int, after: int, usual: float, spread: float) -> bool:
        """Whether a fast stretch adds enough, lasts as long as deliveries do, is as even, and as sharp at its ends."""
        days = self.days[first:after]
        lifts = (self.growth - usual)[first:after]
        length, surplus = float(days.sum()), float(np.sum(lifts * days))
        if surplus < max(DRIP_LEAST, DRIP_GRAINS * self.grain) or not DRIP_SHORTEST <= length <= DRIP_LONGEST:
            return False
        if surplus / length < max(DRIP_Z * spread + self.grain / length, DRIP_TIMES * usual):
            return False
        if self.grain < surplus / length and median(lifts) < DRIP_EVEN * surplus / length:
            return False
        gains = lifts * days * self.size[first:after]
        front = float(np.interp(length / 3, np.cumsum([0, *days]), np.cumsum([0, *gains])))
        if front > DRIP_FRONT * float(np.sum(gains)) or not self._is_sharp(first, after, usual, surplus / length):
            return False
        return first > 0 or self._ends_sharply(after)

    def _is_sharp(self, first: int, after: int, usual: float, lift: float) -> bool:
        """Whether a stretch begins and ends within days: a delivery does, a season does not."""
        edge = min(EDGE_DAYS, after - first)
        inside = (self.growth[first : first + edge], self.growth[after - edge : after])
        outside = (self.growth[max(first - EDGE_DAYS, 0) : first], self.growth[after : after + EDGE_DAYS])
        return all(
            np.mean(own) - usual >= SHARP_INSIDE * lift
            and (near.size == 0 or np.mean(near) - usual <= SHARP_OUTSIDE * lift)
            for own, near in zip(inside, outside, strict=True)
        )

    def _ends_sharply(self, after: int) -> bool:
        """Whether far fewer followers come in the days after a stretch from the first day on: an account that has just
        begun doubles within days, so that its log growth falls sharply however slowly its days bring fewer."""
        gains = self.growth * self.size
        inside, outside = gains[max(after - EDGE_DAYS, 0) : after], gains[after : after + EDGE_DAYS]
        return outside.size == 0 or float(np.mean(outside)) <= SHARP_OUTSIDE * float(np.mean(inside))


def _bounds(growth: Floats, grain: float) -> Ints:
    """Where the level of daily growth changes, from 0 to the number of days."""
    noise = median(np.abs(differences(growth))) * MAD_TO_SD / np.sqrt(2) + LEAST_SPREAD + 0.4 * grain
    scaled = CLIP * np.arcsinh((growth - median(growth)) / (CLIP * noise))
    penalty = PENALTY * float(np.log(len(growth)))
    return np.array([0, *level_shifts(scaled, penalty, SEGMENT_LEAST)], dtype=np.int64)
