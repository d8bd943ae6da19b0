"""Counts that were not taken anew: a collector that keeps what it read for days writes the same count again and again,
and the growth of all these days stands on the one after. An account that hardly moves shows the same count, rightly."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from features.histories.rounding import may_be_shortened
from features.histories.series import differences, median

if TYPE_CHECKING:
    from features.histories.series import Floats, Ints

LUCK = 1e-5
"""A run of repeats is a collector's where luck would bring one in so many: on simulated counts that are exact and daily
it never is for accounts of 5,000 and more, and for one in ninety of smaller ones ..."""
LUCK_APART = 1e-2
"""... and where luck would keep all changes of one account in so many as far apart as they are; no such one is."""
LUCK_AGAIN = 0.1
"""Once one run is a collector's, each of the account is that luck would bring in so many."""
NEAR, FEWEST = 5, 3
"""Changes before and after a run that say how much the account moved just then, and how many there have to be: an
account that was asleep until it bought is as still before as in the run."""
LARGE, STILLEST = 20_000, 60.0
"""However quiet a large account is, as many come or go a day as the square root of its followers over this: of a
hundred on X, 29 days each, none has a run of two repeats."""

_NONE = np.zeros(0, dtype=np.int64)


def repeats(day: Ints, followers: Ints, unit: Floats) -> Ints:
    """Places of the counts that repeat the one before because nobody looked.

    Counts that are rounded repeat because of that, and are not judged.

    Args:
        day: Number of the day of each count, increasing.
        followers: The counts.
        unit: One unit of the rounding of each.
    """
    still = differences(followers) == 0
    if not still.any() or unit.max() > 1:
        return _NONE
    changes = _Changes.of(day, followers)
    if changes.are_rounded:
        return _NONE
    edges = np.flatnonzero(differences(np.concatenate(([0], still, [0])).astype(np.int64)))
    runs = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    if not changes.are_apart(len(still)):
        # Not even an account that always moves as much as on its liveliest day stays at one count for so long by luck.
        most = max(changes.rate.max(initial=0.0), _stillest(int(followers.max())))
        long = [run for run in runs if _chance(most, int(day[run[1]] - day[run[0]])) < LUCK]
        if not any(_luck(changes, *run, day, followers) < LUCK for run in long):
            return _NONE
    usual = max(median(changes.rate) if len(changes.rate) else 0.0, _stillest(int(followers[-1])))
    found = [run for run in runs if _chance(usual, int(day[run[1]] - day[run[0]])) < LUCK_AGAIN]
    return np.concatenate([_NONE, *(np.arange(first + 1, end + 1) for first, end in found)])


@dataclass(frozen=True, eq=False)
class _Changes:
    """The counts that differ from the one before: their places, by how many, and by how many a day."""

    place: Ints
    moved: Ints
    rate: Floats

    @classmethod
    def of(cls, day: Ints, followers: Ints) -> _Changes:
        moves = np.abs(differences(followers))
        place = np.flatnonzero(moves) + 1
        # A change stands for all days since the one before it.
        return cls(place, moves[place - 1], moves[place - 1] / differences(np.concatenate((day[:1], day[place]))))

    @property
    def are_rounded(self) -> bool:
        """Whether most are multiples of ten, as a tenth of exact ones is, also where a purchase among them is not."""
        return bool(2 * np.count_nonzero(self.moved % 10 == 0) > len(self.moved))

    def are_apart(self, days: int) -> bool:
        """Whether all keep further from each other than luck would keep them, and are of more than one follower."""
        many = len(self.place)
        if many <= FEWEST or median(self.moved.astype(np.float64)) <= 1 or gcd(*self.moved.tolist()) > 1:
            return False
        closest = int(differences(self.place).min())
        return float((1.0 - many / days) ** ((closest - 1) * (many - 1))) < LUCK_APART


def _luck(changes: _Changes, first: int, end: int, day: Ints, followers: Ints) -> float:
    """Chance that an account that moves as much as this one just then stays at one count from a place to another."""
    after = int(np.searchsorted(changes.place, end))
    near = slice(max(after - NEAR, 0), after), slice(after + 1, after + 1 + NEAR)  # between them is the catch-up
    count = int(followers[end])
    if may_be_shortened(count):
        return 1.0
    sides = [changes.rate[side] for side in near]
    usual = min(median(side) for side in sides) if min(map(len, sides)) >= FEWEST else 0.0
    return _chance(max(usual, _stillest(count)), int(day[end] - day[first]))


def _stillest(count: int) -> float:
    """By how many an account of a size moves a day at the least."""
    return float(count**0.5 / STILLEST) if count >= LARGE else 0.0


def _chance(usual: float, days: int) -> float:
    """That an account stays at one count for so many days, if on a day it usually moves by so many."""
    return float((1.0 + 2.0 * usual) ** -days)
