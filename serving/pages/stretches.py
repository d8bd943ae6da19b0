"""Stretches of a follower history that stand out, put into words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.nouns import number_of
from features.rows.history import package

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from models.reports.report import Anomaly

ANOMALIES = {
    "step": "Jump",
    "drip": "Steady extra growth",
    "decay": "Loss after the rise",
    "round": "Round-number jump",
    "mass_following": "Mass following",
    "purge": "Sudden loss",
}
CAUSES = {
    "viral_post": "a viral post",
    "collaboration": "a collaboration",
    "giveaway": "a giveaway",
    "press": "attention that faded over days and lasted, as press brings",
    "purge": "a purge by the platform",
    "seasonal": "a season that moved many accounts",
    "common": "something that moved many accounts that day",
}


def size(anomaly: Anomaly) -> str:
    """How many followers came or went; for mass following, how many accounts were followed and left again."""
    if anomaly.kind == "mass_following":
        return f"{number_of(anomaly.size, 'account')} followed and left again"
    told = f"{'+' if anomaly.size > 0 else '−'}{number_of(abs(anomaly.size), 'follower')}"
    return told if anomaly.kind == "decay" else f"{told} beyond what was usual"


def roundness(anomaly: Anomaly) -> str:
    """Of a jump that counts as round what it is close to, and that chance may do the same."""
    if anomaly.kind != "round":
        return ""
    return (
        f"It is close to {package(anomaly.size):,}: packages are of such sizes, and one other jump in ten is by chance."
    )


def beyond_others(anomaly: Anomaly) -> str:
    """Of a loss that others had too that this one was larger, as its size is what is beyond theirs."""
    return "It lost more than most did." if anomaly.explained_by is not None and anomaly.size < 0 else ""


def without_cause(anomaly: Anomaly, first_post: date | None, missing_inputs: Sequence[str]) -> str:
    """That nothing was found to explain it, and what could not be looked for.

    Nothing is looked for of what only follows a rise, or is the creator's own doing.

    Args:
        anomaly: One that is not explained.
        first_post: Day of the oldest post with a time.
        missing_inputs: Those of the report.
    """
    if anomaly.kind in ("decay", "mass_following"):
        return ""
    told = "No benign cause found in the data."
    if anomaly.kind != "purge" and (first_post is None or first_post > anomaly.end):
        told = "No post is known to be of that time, so that none could be found to explain it."
    others = " What moved other accounts then is not known." if "context.common_growth" in missing_inputs else ""
    return told + others
