"""One row a sampled follower, in the order of following, with what its profile and its neighbours show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from features.exact import LIKELY, millionths
from features.few import Windowed, beside, collected, empty_once, key_of, tells_apart, widened

if TYPE_CHECKING:
    from features.context import Context
    from features.records import Tables

MASS_FOLLOWINGS = 1_500
INFLUENCER_FOLLOWERS = 5_000
"""HypeAuditor's audience types: mass followers follow more than 1,500; influencers have more than 5,000 followers."""
NEW_DAYS = 90
SUSPICIOUS_RULES = 3
FAKE = "fake_probability"
"""Added to `audience` by the follower model before rows are prepared; null where there was none."""
RUN = 40
"""Followers in a row that a bought block is looked for in: a tenth of a sample of 400."""
ALIKE_DAYS = 30


@empty_once("audience")
def rows(tables: Tables, creators: pl.DataFrame, context: Context | None) -> pl.DataFrame:  # noqa: ARG001 - one form for every family
    """One row a follower with the rules that its profile breaks and how it stands among its neighbours.

    `flagged` is by the follower model where it was asked, else by the rules. Neighbours are those in the order of
    following; followers of equal rank stand in the order of what is known of them.
    """
    audience = tables.audience
    if FAKE not in tables.audience.columns:
        audience = audience.with_columns(_NOT_JUDGED)
    among_equals = () if tells_apart(audience["followed_rank"], creators) else _AMONG_EQUALS
    many, rows = creators.height, audience.height
    found = beside(audience, creators, ("observed_on",), home="country", tongue="language")
    found = widened(widened(found, _BY_PROFILE, many, rows), _BY_RULES, many, rows)
    found = found.sort(key_of(creators, "followed_rank", *among_equals), nulls_last=True)
    return collected(widened(found, _BESIDE_NEIGHBOURS.over(creators), many, rows), rows)


def _suspicious() -> pl.Expr:
    """At least three of six rules broken, among accounts of which three rules at least are known."""
    rules = [
        pl.col("following") >= 10 * (pl.col("followers") + 1),
        ~pl.col("has_picture"),
        pl.col("posts_count") == 0,
        pl.col("bio_length") == 0,
        pl.col("handle_digit_ratio") >= 0.3,
        pl.col("followers") < 30,
    ]
    broken = pl.sum_horizontal(rules)  # unknown rules are not broken
    known_rules = pl.sum_horizontal([rule.is_not_null() for rule in rules])
    return pl.when(known_rules >= SUSPICIOUS_RULES).then(broken >= SUSPICIOUS_RULES)


# Expressions are put together once: for one creator that takes as long as evaluating them.
_NOT_JUDGED = pl.lit(None, pl.Float64).alias(FAKE)
_BY_PROFILE = (
    pl.col("created_at").dt.epoch("d").alias("created_day"),
    pl.col("followers").cast(pl.String).str.head(1).cast(pl.Int64).alias("first_digit"),
    _suspicious().alias("suspicious"),
    millionths(pl.col(FAKE)).alias("millionths"),
)
_BY_RULES = (
    (pl.col("following") > MASS_FOLLOWINGS).alias("mass"),
    (pl.col("millionths") > LIKELY).fill_null(pl.col("suspicious")).alias("flagged"),
)
_AMONG_EQUALS = ("created_day", "flagged", "followers", "following", "follower_id")
_RANKED = pl.col("followed_rank").is_not_null()
_DAY = pl.col("created_day")
_BESIDE_NEIGHBOURS = Windowed.of(
    lambda within: (
        pl.when(_RANKED).then(within(pl.col("flagged").shift(1))).alias("after_flagged"),
        pl.when(_RANKED).then(within(pl.col("flagged").cast(pl.Int64).rolling_sum(RUN, min_samples=RUN))).alias("run"),
        (pl.when(_RANKED).then(within(_DAY.cum_max()) - _DAY) > ALIKE_DAYS).alias("aged"),
        ((_DAY - within(_DAY.shift(1))).abs() <= ALIKE_DAYS).alias("alike"),
    )
)
