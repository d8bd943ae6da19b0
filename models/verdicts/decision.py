"""From a probability and its interval to a state, a band and a decision.

Cut-offs are not chosen but derived: a profile says what a missed fraud, a false accusation and a review by a person
cost, and each decision is the one of least expected cost (Chow 1970, "On optimum recognition error and reject
tradeoff"). With probability p of fraud, approving costs p x missed fraud, rejecting (1 - p) x false accusation, and a
review its price whatever comes of it, so that

- approving is cheapest below  review cut-off = review / missed fraud,
- rejecting is cheapest from   reject cut-off = (false accusation - review) / false accusation,
- a review is cheapest between the two. Where a review costs too much to lie between them, both cut-offs are
  false accusation / (false accusation + missed fraud), where approving and rejecting cost the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

POSTS_ENOUGH = 5
COMMENTS_ENOUGH = 20
DAYS_ENOUGH = 28
FOLLOWERS_ENOUGH = 100

ENOUGH = {
    "posts_counted": POSTS_ENOUGH,
    "comments_counted": COMMENTS_ENOUGH,
    "history_days": DAYS_ENOUGH,
    "followers_sampled": FOLLOWERS_ENOUGH,
}
"""Coverage columns and how much of each is enough for an answer; each is one kind of evidence."""

COVERAGE_OF = {
    "posts": "posts_counted",
    "comments": "comments_counted",
    "follower_history": "history_days",
    "audience": "followers_sampled",
}
"""The coverage column that counts the evidence of a table."""


@dataclass(frozen=True)
class Profile:
    """What being wrong costs, in any one currency, and the cut-offs that follow.

    Attributes:
        name: What it is called in settings and reports.
        missed_fraud: Cost of approving a creator who bought.
        false_accusation: Cost of rejecting a creator who did not.
        review_cost: Cost of having a person look.
        widest: An interval wider than this is not sure.
    """

    name: str
    missed_fraud: float
    false_accusation: float
    review_cost: float
    widest: float = 0.35

    @property
    def review(self) -> float:
        """The probability from which on approving is no longer cheapest: below it the band is low."""
        return self._cut_offs[0]

    @property
    def high(self) -> float:
        """The probability from which on rejecting is cheapest and the band is high."""
        return self._cut_offs[1]

    @property
    def _cut_offs(self) -> tuple[float, float]:
        approve = self.review_cost / self.missed_fraud
        reject = (self.false_accusation - self.review_cost) / self.false_accusation
        if approve <= reject:
            return approve, reject
        even = self.false_accusation / (self.false_accusation + self.missed_fraud)
        return even, even


DEFAULT_PROFILE = Profile("default", missed_fraud=10.0, false_accusation=10.0, review_cost=3.0)
"""Both mistakes cost as much, and three reviews about as much as one of them: cut at 0.30 and 0.70."""

PROFILES = {
    profile.name: profile
    for profile in (
        DEFAULT_PROFILE,
        Profile("cautious", missed_fraud=10.0, false_accusation=30.0, review_cost=3.0),
        Profile("strict", missed_fraud=30.0, false_accusation=10.0, review_cost=3.0),
    )
}
"""By name: `cautious` where a false accusation costs three times a missed fraud (0.30 and 0.90), `strict` where a
missed fraud costs three times a false accusation (0.10 and 0.70)."""


def profile_named(name: str) -> Profile:
    """The profile of that name; UsageError, naming those that there are, where there is none."""
    if name not in PROFILES:
        raise UsageError(f"there is no profile '{name}'; there are {', '.join(PROFILES)}")
    return PROFILES[name]


def evidence_level() -> pl.Expr:
    """Kinds of evidence, 0 to 4, of which a creator has enough, from the coverage columns of a signals frame."""
    return pl.sum_horizontal(
        (pl.col(column).fill_null(0) >= least).cast(pl.Int64) for column, least in ENOUGH.items()
    ).alias("evidence_level")


def enough(signals: pl.DataFrame) -> NDArray[np.bool_]:
    """Of which kinds of evidence there is enough, n x 4 in the order of `COVERAGE_OF`."""
    # unknown counts are NaN, and never enough
    return np.column_stack([signals[column].to_numpy() >= ENOUGH[column] for column in COVERAGE_OF.values()])


def evidence_levels(signals: pl.DataFrame) -> NDArray[np.int64]:
    """`evidence_level` of every row of a signals frame."""
    return np.asarray(enough(signals).sum(axis=1), dtype=np.int64)


def states(
    level: NDArray[np.int64], lo: NDArray[np.float64], hi: NDArray[np.float64], profile: Profile
) -> NDArray[np.str_]:
    """`insufficient_data` where no kind of evidence is enough, `low_confidence` on one kind or a wide interval."""
    unsure = (level == 1) | (hi - lo > profile.widest)
    return np.where(level == 0, "insufficient_data", np.where(unsure, "low_confidence", "ready"))


def bands(probability: NDArray[np.float64], profile: Profile) -> NDArray[np.str_]:
    """low, review or high by the probability, whatever the state."""
    return np.where(probability < profile.review, "low", np.where(probability < profile.high, "review", "high"))


def decisions(state: Sequence[str] | NDArray[np.str_], band: Sequence[str] | NDArray[np.str_]) -> NDArray[np.str_]:
    """approve, review, reject or need_data.

    High risk on little evidence is a person's to decide: a false accusation costs a creator's income, so
    `low_confidence` never rejects.
    """
    named, found = np.asarray(band), np.asarray(state)
    sure = (named == "high") & (found == "ready")
    told = np.where(named == "low", "approve", np.where(sure, "reject", "review"))
    return np.where(found == "insufficient_data", "need_data", told)
