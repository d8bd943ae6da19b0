"""The counts of each account, without those that say nothing of their day, and what is measured on them.

Such is a count that nobody took anew (`features.histories.repeats`), that is too coarse
(`features.histories.rounding.too_coarse`), or that was misread (`features.histories.series.misread`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.histories.repeats import repeats
from features.histories.rounding import too_coarse, units
from features.histories.series import Series, differences, misread, series
from features.records.hashes import runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from features.histories.common_growth import CommonDays
    from features.histories.series import Common, Floats, Ints


@dataclass(frozen=True)
class Account:
    """One creator's counts: their rows in the history, and the series of them."""

    creator_id: str
    rows: Ints
    series: Series


def measured(history: pl.DataFrame, common: Mapping[str, CommonDays]) -> tuple[pl.DataFrame, list[Account]]:
    """Read and measure the counts of each account.

    Args:
        history: Rows of `follower_history`, sorted by creator and day.
        common: What moved all accounts, by creator.

    Returns:
        The history with null for counts that say nothing of their day, and each account with at least two others.
    """
    day, followers = _days_and_counts(history)
    accounts: list[Account] = []
    unread: list[int] = []
    for creator_id, own in runs(history["creator_id"]):
        counted = own.start + np.flatnonzero(followers[own] >= 0)
        rows, unit = _read(day, followers, counted)
        if len(rows) > 1:
            moved = _moved(common.get(creator_id), day[own], rows - own.start)
            rows, found = _measured(day, followers, rows, unit, moved)
            accounts.append(Account(creator_id, rows, found))
        if len(rows) < len(counted):
            unread += np.setdiff1d(counted, rows, assume_unique=True).tolist()
    if not unread:
        return history, accounts
    read = history["followers"].scatter(unread, None)
    return history.clone().replace_column(history.columns.index("followers"), read), accounts


def _days_and_counts(history: pl.DataFrame) -> tuple[Ints, Ints]:
    """Numbers of the days, and the counts, -1 where there is none."""
    counts = history["followers"].cast(pl.Float64).to_numpy()
    followers = np.where(np.isnan(counts), -1, counts).astype(np.int64)
    return history["date"].cast(pl.Int32).to_numpy().astype(np.int64), followers


def _read(day: Ints, followers: Ints, counted: Ints) -> tuple[Ints, Floats]:
    """The rows of one account without those that say nothing of their day whatever the others do, and one unit of the
    rounding of each count."""
    # The contract has one count a day; of several, the last one holds.
    again = np.append(differences(day[counted]) == 0, np.zeros(min(len(counted), 1), dtype=np.bool_))
    rows = counted[~again]
    counts = followers[rows]
    unit = units(counts)
    nothing = too_coarse(counts, unit)
    if len(rows) > 1:
        nothing[repeats(day[rows], counts, unit)] = True
    if not nothing.any():
        return rows, unit
    left = rows[~nothing]
    return left, units(followers[left])


def _moved(days: CommonDays | None, day: Ints, places: Ints) -> Common | None:
    """What moved all accounts, for some of the days of an account."""
    if days is None:
        return None
    moved = days.at(day)
    return moved.at(places) if len(places) < len(day) else moved


def _measured(day: Ints, followers: Ints, rows: Ints, unit: Floats, moved: Common | None) -> tuple[Ints, Series]:
    """The rows of one account without those that were misread, and the series of them."""
    logs = np.array([*map(math.log1p, followers[rows].tolist())])  # as Polars has it, to the bit
    found = series(day[rows], followers[rows], unit, logs, moved)
    wrong = misread(found)
    if not len(wrong):
        return rows, found
    right = np.delete(np.arange(len(rows)), wrong)
    left = rows[right]
    moved = None if moved is None else moved.at(right)
    return left, series(day[left], followers[left], units(followers[left]), logs[right], moved)
