"""From a probability and its interval to a state, a band and a decision."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

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


@dataclass(frozen=True)
class Profile:
    """Named cut-offs: below `review` the band is low, from `high` on it is high; wider than `widest` is not sure."""

    name: str
    review: float
    high: float
    widest: float


DEFAULT_PROFILE = Profile("default", review=0.30, high=0.70, widest=0.35)
PROFILES = {profile.name: profile for profile in (DEFAULT_PROFILE,)}


def evidence_level() -> pl.Expr:
    """Kinds of evidence, 0 to 4, of which a creator has enough, from the coverage columns of a signals frame."""
    return pl.sum_horizontal(
        (pl.col(column).fill_null(0) >= least).cast(pl.Int64) for column, least in ENOUGH.items()
    ).alias("evidence_level")


def state(profile: Profile) -> pl.Expr:
    """`insufficient_data` where no kind of evidence is enough, `low_confidence` on one kind or a wide interval."""
    unsure = (pl.col("evidence_level") == 1) | (pl.col("hi") - pl.col("lo") > profile.widest)
    return (
        pl.when(pl.col("evidence_level") == 0)
        .then(pl.lit("insufficient_data"))
        .when(unsure)
        .then(pl.lit("low_confidence"))
        .otherwise(pl.lit("ready"))
        .alias("state")
    )


def band(profile: Profile) -> pl.Expr:
    """low, review or high by the probability; null where that is null."""
    probability = pl.col("probability")
    return (
        pl.when(probability < profile.review)
        .then(pl.lit("low"))
        .when(probability < profile.high)
        .then(pl.lit("review"))
        .when(probability.is_not_null())
        .then(pl.lit("high"))
        .alias("band")
    )


def decision() -> pl.Expr:
    """approve, review, reject or need_data.

    High risk on little evidence is a person's to decide: a false accusation costs a creator's income, so
    `low_confidence` never rejects.
    """
    return (
        pl.when(pl.col("state") == "insufficient_data")
        .then(pl.lit("need_data"))
        .when(pl.col("band") == "low")
        .then(pl.lit("approve"))
        .when((pl.col("band") == "high") & (pl.col("state") == "ready"))
        .then(pl.lit("reject"))
        .otherwise(pl.lit("review"))
        .alias("decision")
    )
