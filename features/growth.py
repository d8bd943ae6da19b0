"""Growth signals: the daily series of followers and followings, its steps, and what stands around them.

Evaluated over `features.rows.history`.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from features.exact import MAD_TO_SD, known, ratio
from features.signal import EVIDENCE_IDS, Family, define

WINDOWS = (7, 30, 90, 180, 365)
FEW_DAYS = 14
"""Fewer days than this have no usual pace to compare a step with."""

DECAY_DAYS = 30

_signal = partial(define, Family.GROWTH, "follower_history")


def _enough(expression: pl.Expr) -> pl.Expr:
    return known(expression, of=pl.col("growth"), least=FEW_DAYS)


def _window(days: int) -> pl.Expr:
    """Log growth over the last `days` days; null where the history does not reach back that far."""
    start = pl.col("date").max() - pl.duration(days=days)
    before = pl.col("followers").filter(pl.col("date") <= start).last()
    return (pl.col("followers").last() + 1).log() - (before + 1).log()


def _days(flag: pl.Expr) -> pl.Expr:
    return pl.col("date").filter(flag).sort().head(EVIDENCE_IDS).cast(pl.String)


_STEP = pl.col("step")
_STEP_GAIN = pl.col("gain").filter(_STEP).sum()
_GROWN = pl.col("gain").filter(pl.col("gain") > 0).sum()
_BIGGEST = pl.col("surplus").arg_max()
_BIGGEST_GAIN = pl.col("gain").get(_BIGGEST)
_LATER = pl.min_horizontal(_BIGGEST + DECAY_DAYS, pl.len().cast(pl.Int64) - 1)


def _share_of_steps(flag: str, among: pl.Expr) -> pl.Expr:
    """Share of the followers gained in steps for which `flag` holds; null where there is no step to speak of."""
    return ratio(pl.col("gain").filter(pl.col(flag) & among).sum(), pl.col("gain").filter(among).sum())


SIGNALS = (
    *(
        _signal(
            f"growth_{days}d",
            "log ratio",
            0,
            f"Log growth of followers over the last {days} days; honest growth is slow or has a cause.",
            ("followers",),
            _window(days),
            supports=("bought_followers",) if days <= 90 else (),
        )
        for days in WINDOWS
    ),
    _signal(
        "largest_step",
        "robust z",
        1,
        "The day with the largest log growth, in robust standard deviations from the account's own pace.",
        ("followers",),
        _enough(pl.col("z").max().clip(0, 200)),
        evidence=_days(_STEP),
        supports=("bought_followers",),
    ),
    _signal(
        "largest_step_growth",
        "log ratio",
        1,
        "Log growth on the day of the largest step beyond the usual pace; a block bought at once stands out.",
        ("followers",),
        _enough((pl.col("growth") - pl.col("pace")).max().clip(0)),
        evidence=_days(_STEP),
        supports=("bought_followers",),
    ),
    _signal(
        "step_share_of_growth",
        "share",
        1,
        "Share of all followers gained that came on days with a step.",
        ("followers",),
        _enough(ratio(_STEP_GAIN, _GROWN)),
        evidence=_days(_STEP),
        supports=("bought_followers",),
    ),
    _signal(
        "steps",
        "days",
        0,
        "Days with a step in the history; regular customers buy again, and press comes once.",
        ("followers",),
        _enough(_STEP.sum().cast(pl.Float64)),
        evidence=_days(_STEP),
        supports=("bought_followers",),
    ),
    _signal(
        "step_decay",
        "share",
        0,
        "Share of the largest day's gain that was lost within 30 days; suppliers' accounts vanish again.",
        ("followers",),
        pl.when(_STEP.any()).then(
            ratio(pl.col("followers").get(_BIGGEST) - pl.col("followers").get(_LATER), _BIGGEST_GAIN).clip(-1, 1)
        ),
        supports=("bought_followers",),
    ),
    _signal(
        "round_step_share",
        "share",
        1,
        "Share of the followers gained in steps whose size is round, as packages are sold.",
        ("followers",),
        _enough(_share_of_steps("round", _STEP)),
        evidence=_days(pl.col("round")),
        supports=("bought_followers",),
    ),
    _signal(
        "step_without_post_share",
        "share",
        1,
        "Share of the followers gained in steps with no post in the three days before; something else brought them.",
        ("followers", "posts.posted_at"),
        _enough(1 - _share_of_steps("near_post", pl.col("posts_known"))),
        evidence=_days(pl.col("posts_known") & ~pl.col("near_post")),
        supports=("bought_followers",),
    ),
    _signal(
        "step_after_viral_post_share",
        "share",
        -1,
        "Share of the followers gained in steps within a week after a post that went viral, which explains them.",
        ("followers", "posts.posted_at", "posts.likes"),
        _enough(_share_of_steps("near_viral", pl.col("posts_known"))),
        evidence=_days(pl.col("near_viral")),
        supports=("viral_post",),
    ),
    _signal(
        "fortnight_lift",
        "log ratio",
        1,
        "Largest log growth over 14 days beyond the usual pace; followers dripped in over days lift it.",
        ("followers",),
        _enough(pl.col("lift").max().clip(0)),
        evidence=_days(pl.col("lift") == pl.col("lift").max()),
        supports=("bought_followers",),
    ),
    _signal(
        "fortnight_fall",
        "log ratio",
        0,
        "Largest log loss over 14 days against the usual pace; bought blocks decay, and platforms purge.",
        ("followers",),
        _enough((-pl.col("lift")).max().clip(0)),
        supports=("bought_followers",),
    ),
    _signal(
        "largest_drop",
        "log ratio",
        0,
        "Largest log loss on one day; a purge by the platform does this to everyone.",
        ("followers",),
        _enough((pl.col("pace") - pl.col("growth")).max().clip(0)),
        evidence=_days(pl.col("drop")),
    ),
    _signal(
        "growth_spread",
        "log ratio",
        0,
        "Robust spread of daily log growth; a supplier's drip is steadier than people are.",
        ("followers",),
        _enough((pl.col("growth") - pl.col("pace")).abs().median() * MAD_TO_SD),
        supports=("bought_followers",),
    ),
    _signal(
        "following_churn",
        "share",
        1,
        "Accounts followed and unfollowed again over the history, against followers; follow-unfollow does this.",
        ("following", "followers"),
        _enough(
            ratio(
                pl.min_horizontal(
                    pl.col("following_change").filter(pl.col("following_change") > 0).sum(),
                    -pl.col("following_change").filter(pl.col("following_change") < 0).sum(),
                ),
                pl.col("followers").median(),
            )
        ),
        supports=("follow_unfollow",),
    ),
    _signal(
        "following_range",
        "share",
        1,
        "Highest less lowest count of accounts followed, against followers; waves of mass following widen it.",
        ("following", "followers"),
        _enough(ratio(pl.col("following").max() - pl.col("following").min(), pl.col("followers").median())),
        supports=("follow_unfollow",),
    ),
)
