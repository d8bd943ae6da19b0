"""How the followers changed."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from features.histories.series import LONGEST_GAP
from features.rows.history import ENOUGH_COUNTS
from models.reports.facts import Growth
from models.reports.overview.lists import WINDOWS, why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.reports.overview.lists import Row
    from models.reports.report import Anomaly

NO_HISTORY = "there is no follower history"
UNREAD = "the follower counts are not there, or too coarse to tell"
SHORT = "the follower history does not reach back that far"
GAP = "no count stands near the day that long before the newest one"
NOBODY = "there were no followers that long ago"
FEW_COUNTS = f"there are fewer than {ENOUGH_COUNTS} counts, or they are more than a week apart"

LEEWAY = 7
"""The count that a window begins with may be older by a seventh of the window: a day of a week, four of a month."""


def growth(history: Row, anomalies: Sequence[Anomaly]) -> Growth:
    """The block of one creator from the days of its history and what stands out of them."""
    counts = [(day, n) for day, n in zip(history["date"], history["followers"], strict=True) if n is not None]
    nothing = UNREAD if history["date"] else NO_HISTORY
    found = {name: _rate(counts, days) if counts else nothing for name, days in WINDOWS}
    label = _label(counts, anomalies)
    return Growth(
        rates={name: None if isinstance(one, str) else one for name, one in found.items()},
        label=label,
        unavailable=why({"label": label}, FEW_COUNTS if counts else nothing)
        | {name: one for name, one in found.items() if isinstance(one, str)},
    )


def _label(
    counts: Sequence[tuple[int, int]], anomalies: Sequence[Anomaly]
) -> Literal["even", "explained", "unexplained"] | None:
    if not anomalies:
        gaps = [later - day for (day, _), (later, _) in pairwise(counts)]
        return "even" if sum(gap <= LONGEST_GAP for gap in gaps) + 1 >= ENOUGH_COUNTS else None
    return "unexplained" if any(one.explained_by is None for one in anomalies) else "explained"


def _rate(counts: Sequence[tuple[int, int]], days: int) -> float | str:
    """Followers gained over the days before the newest count, or why that is not known."""
    newest, now = counts[-1]
    before = bisect_right(counts, newest - days, key=lambda count: count[0])
    if not before:
        return SHORT
    day, then = counts[before - 1]
    if newest - days - day > days // LEEWAY:
        return GAP
    return (now - then) / then if then else NOBODY
