"""One row a sampled follower, in the order of following, with the profile rules that it breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from features.records import Tables

MASS_FOLLOWINGS = 1_500
INFLUENCER_FOLLOWERS = 5_000
"""HypeAuditor's audience types: mass followers follow more than 1,500; influencers have more than 5,000 followers."""
NEW_DAYS = 90
SUSPICIOUS_RULES = 3


def rows(tables: Tables, creators: pl.LazyFrame) -> pl.LazyFrame:
    """One row a follower with the rules that its profile breaks."""
    age = (pl.col("observed_on") - pl.col("created_at").dt.date()).dt.total_days()
    beside = creators.select("creator_id", "observed_on", home=pl.col("country"), tongue=pl.col("language"))
    return (
        tables.audience.lazy()
        .join(beside, on="creator_id", how="left")
        .with_columns(
            mass=pl.col("following") > MASS_FOLLOWINGS,
            lopsided=pl.col("following") >= 10 * (pl.col("followers") + 1),
            no_picture=~pl.col("has_picture"),
            silent=pl.col("posts_count") == 0,
            no_bio=pl.col("bio_length") == 0,
            digits=pl.col("handle_digit_ratio") >= 0.3,
            few_followers=pl.col("followers") < 30,
            new=age <= NEW_DAYS,
            abroad=pl.col("country") != pl.col("home"),
            other_language=pl.col("language") != pl.col("tongue"),
        )
        .with_columns(suspicious=_suspicious())
        .sort("creator_id", "followed_rank", "follower_id", nulls_last=True)
        .with_columns(
            after_suspicious=pl.when(pl.col("followed_rank").is_not_null()).then(
                pl.col("suspicious").shift(1).over("creator_id")
            )
        )
    )


def _suspicious() -> pl.Expr:
    """At least three of six rules broken, among accounts of which three rules at least are known."""
    rules = ("lopsided", "no_picture", "silent", "no_bio", "digits", "few_followers")
    broken = pl.sum_horizontal([pl.col(rule).cast(pl.Int32).fill_null(0) for rule in rules])
    known_rules = pl.sum_horizontal([pl.col(rule).is_not_null().cast(pl.Int32) for rule in rules])
    return pl.when(known_rules >= SUSPICIOUS_RULES).then(broken >= SUSPICIOUS_RULES)
