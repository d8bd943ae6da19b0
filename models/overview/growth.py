"""How the followers changed."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from models.facts import Growth
from models.overview.lists import WINDOWS, why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.overview.lists import Number, Row
    from models.report import Anomaly

NO_HISTORY = "there is no follower history"
SHORT = "the follower history does not reach back that far"


def growth(history: Row, anomalies: Sequence[Anomaly]) -> Growth:
    """The block of one creator from the days of its history and what stands out of them."""
    counts = [(day, n) for day, n in zip(history["date"], history["followers"], strict=True) if n is not None]
    known = [day for day, _ in counts]
    before = {name: bisect_right(known, known[-1] - days) if known else 0 for name, days in WINDOWS}
    rates = {name: _rate(counts, place) for name, place in before.items()}
    open_ones = [one for one in anomalies if one.explained_by is None and one.kind != "purge"]
    label = None if not counts else "unexplained" if open_ones else "explained" if anomalies else "even"
    unavailable = why({"label": label}, NO_HISTORY) | why(dict(rates.items()), SHORT)
    return Growth.model_validate({"rates": rates, "label": label, "unavailable": unavailable})


def _rate(counts: Sequence[tuple[int, int]], before: int) -> Number:
    """Followers gained since the last of the first `before` counts; None where there is none."""
    if not before or not counts[before - 1][1]:
        return None
    then, now = counts[before - 1][1], counts[-1][1]
    return (now - then) / then
