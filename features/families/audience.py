"""Audience signals: what a sample of followers is made of, how old its accounts are and in which order they came.

Evaluated over `features.rows.followers`.
"""

from __future__ import annotations

from functools import partial
from math import log, log10

import polars as pl

from features.exact import LIKELY, MILLION, known, per, ratio, share
from features.rows.followers import ALIKE_DAYS, FAKE, INFLUENCER_FOLLOWERS, MASS_FOLLOWINGS, NEW_DAYS, RUN
from features.signal import EVIDENCE_IDS, Direction, Family, Signal, define

FEW_FOLLOWERS = 30
"""Shares of a smaller sample carry a sampling error of more than nine points."""
FEW_IN_ORDER = 100
"""Followers in order of which a run of `RUN`, or accounts made alike, can stand out."""
FEW_FOR_DIGITS = 300
"""First digits of fewer counts deviate from Benford's law by chance as much as by fraud (Golbeck 2015)."""

PLAIN_RUN, PLAIN_CLUSTERING = 0.4, 0.2
"""From here on fakes plainly came in blocks. More says how pure a block is, and less of it is seen the larger it is."""

_BOUGHT = ("bought_followers",)
_FOLLOWING = pl.col("following")
_MILLIONTHS = pl.col("millionths")
_LIKELY_FAKE = _MILLIONTHS > LIKELY
_RULES = ("followers", "following", "has_picture", "posts_count", "bio_length", "handle_digit_ratio")

_signal = partial(define, Family.AUDIENCE, "audience")


def _ids(flag: pl.Expr) -> pl.Expr:
    return pl.col("follower_id").filter(flag).sort().head(EVIDENCE_IDS)


def _likeliest() -> pl.Expr:
    """The likely fakes, the likeliest first."""
    likely = pl.col("follower_id").filter(_LIKELY_FAKE)
    return likely.sort_by(-_MILLIONTHS.filter(_LIKELY_FAKE), likely).head(EVIDENCE_IDS)


def _share_signal(
    name: str,
    direction: Direction,
    sentence: str,
    needs: tuple[str, ...],
    flag: pl.Expr,
    *,
    evidence: pl.Expr | None = None,
    supports: tuple[str, ...] = (),
) -> Signal:
    return _signal(
        name,
        "share",
        direction,
        sentence,
        needs,
        known(share(flag), of=flag, least=FEW_FOLLOWERS),
        evidence=_ids(flag) if supports and evidence is None else evidence,
        supports=supports,
    )


def _age_spread() -> pl.Expr:
    """Log of the interquartile range of creation days; of a sorted column, so that quartiles are days themselves."""
    day = pl.col("created_day")
    apart = day.quantile(0.75, "nearest") - day.quantile(0.25, "nearest")
    return known((apart + 1).log(), of=day, least=FEW_FOLLOWERS)


def _densest() -> pl.Expr:
    """Share created within the `ALIKE_DAYS` days in which most were."""
    days = pl.col("created_day").drop_nulls().sort()
    within = days.search_sorted(days + ALIKE_DAYS, side="left").cast(pl.Int64) - pl.int_range(days.len())
    return known(ratio(within.max(), pl.col("created_day").count()), of=pl.col("created_day"), least=FEW_FOLLOWERS)


def _benford() -> pl.Expr:
    """-log10 of the probability, under Benford's law, of first digits as uneven as these: 3 is one in a thousand.

    Chi-square over the digits 1, 2 to 3 and 4 to 9, whose p-value is exp(-chi-square / 2) with two degrees of freedom.
    """
    digit = pl.col("first_digit")
    n = (digit > 0).sum()
    parts = []
    for least, beyond in ((1, 2), (2, 4), (4, 10)):
        expected = n * log10(beyond / least)
        apart = ((digit >= least) & (digit < beyond)).sum() - expected
        parts.append(apart * apart / expected)
    return pl.when(n >= FEW_FOR_DIGITS).then((parts[0] + parts[1] + parts[2]) / (2 * log(10)))


def _beyond_share(among: pl.Expr) -> pl.Expr:
    """A share of likely fakes beyond that of the whole sample, as a part of all that there could be beyond it."""
    whole = share(pl.col("flagged"))
    return ratio(among - whole, 1.0 - whole)


def _of_worst_run() -> pl.Expr:
    """The likely fakes of the `RUN` followers in a row among whom most are, the first to come."""
    row = pl.int_range(pl.len())
    before_end = row.filter(pl.col("run") == pl.col("run").max()).min() - row
    within = (before_end >= 0) & (before_end < RUN)
    return pl.col("follower_id").filter(within & pl.col("flagged")).head(EVIDENCE_IDS)


_CLUSTERING = ratio((pl.col("flagged") & pl.col("after_flagged")).sum(), pl.col("after_flagged").sum())

SIGNALS = (
    _signal(
        "audience_fake_share",
        "share",
        1,
        "Mean probability that a sampled follower is fake, by the follower model.",
        (FAKE,),
        known(
            ratio(_MILLIONTHS.sum(), MILLION * _MILLIONTHS.count()),
            of=_MILLIONTHS,
            least=FEW_FOLLOWERS,
        ),
        evidence=_likeliest(),
        supports=_BOUGHT,
    ),
    _share_signal(
        "audience_likely_fake_share",
        1,
        "Share of sampled followers that the follower model takes for fakes rather than people.",
        (FAKE,),
        _LIKELY_FAKE,
        evidence=_likeliest(),
        supports=_BOUGHT,
    ),
    _share_signal(
        "audience_suspicious_share",
        1,
        "Share of sampled followers that break three of six profile rules: picture, posts, bio, digits, followers, "
        "followings.",
        _RULES,
        pl.col("suspicious"),
        supports=_BOUGHT,
    ),
    _share_signal(
        "audience_mass_follower_share",
        1,
        "Share of sampled followers who follow more than 1,500 accounts and so see little of this one.",
        ("following",),
        pl.col("mass"),
        supports=_BOUGHT,
    ),
    _share_signal(
        "audience_influencer_share",
        -1,
        "Share of sampled followers who have more than 5,000 followers and follow fewer than 1,500.",
        ("followers", "following"),
        (pl.col("followers") > INFLUENCER_FOLLOWERS) & (_FOLLOWING < MASS_FOLLOWINGS),
    ),
    _share_signal(
        "audience_following_under_500_share",
        -1,
        "Reachability: share of sampled followers who follow fewer than 500 accounts.",
        ("following",),
        _FOLLOWING < 500,
    ),
    _share_signal(
        "audience_following_500_1000_share",
        -1,
        "Reachability: share of sampled followers who follow 500 to 999 accounts.",
        ("following",),
        (_FOLLOWING >= 500) & (_FOLLOWING < 1_000),
    ),
    _share_signal(
        "audience_following_1000_1500_share",
        1,
        "Reachability: share of sampled followers who follow 1,000 to 1,500 accounts.",
        ("following",),
        (_FOLLOWING >= 1_000) & (_FOLLOWING <= MASS_FOLLOWINGS),
    ),
    _share_signal(
        "audience_private_share",
        -1,
        "Share of sampled followers with a private account; people hide, sold accounts seldom do.",
        ("private",),
        pl.col("private"),
    ),
    _share_signal(
        "audience_new_account_share",
        1,
        "Share of sampled followers whose account is younger than 90 days.",
        ("created_at",),
        (pl.col("observed_on").dt.epoch("d") - pl.col("created_day")) < NEW_DAYS,
        supports=_BOUGHT,
    ),
    _share_signal(
        "audience_abroad_share",
        0,
        "Share of sampled followers from another country than the creator's; no sign by itself.",
        ("country", "creators.country"),
        pl.col("country") != pl.col("home"),
    ),
    _share_signal(
        "audience_other_language_share",
        0,
        "Share of sampled followers with another language than the creator's; no sign by itself.",
        ("language", "creators.language"),
        pl.col("language") != pl.col("tongue"),
    ),
    _signal(
        "audience_age_spread",
        "log days",
        0,
        "Days between the quartiles of the followers' account creation: accounts made in bulk lie close, and a batch "
        "beside ordinary followers lies far from them.",
        ("created_at",),
        _age_spread(),
        supports=_BOUGHT,
    ),
    _signal(
        "audience_created_together_share",
        "share",
        1,
        "Share of sampled followers whose accounts were created within the same 30 days, where most were.",
        ("created_at",),
        _densest(),
        supports=_BOUGHT,
    ),
    _signal(
        "audience_created_alike_in_order",
        "share",
        1,
        "Of followers whose account was older than 30 days when they followed: share created within 30 days of the one "
        "who followed just before; strangers' accounts are of any age.",
        ("created_at", "followed_rank"),
        known(
            ratio((pl.col("alike") & pl.col("aged")).sum(), pl.col("aged").sum()),
            of=pl.col("alike"),
            least=FEW_IN_ORDER,
        ),
        evidence=_ids(pl.col("alike") & pl.col("aged")),
        supports=_BOUGHT,
    ),
    _signal(
        "audience_fakes_in_a_row",
        "share",
        1,
        "Share of likely fakes among the 40 followers in a row who have most of them, beyond that of the whole "
        "sample: 0 is no more than elsewhere, and 0.4 and more count as 0.4; bought blocks arrive together.",
        (*_RULES, "followed_rank"),
        known(
            _beyond_share(per(pl.col("run").max(), pl.lit(RUN))).clip(None, PLAIN_RUN),
            of=pl.col("after_flagged"),
            least=FEW_IN_ORDER,
        ),
        evidence=_of_worst_run(),
        supports=_BOUGHT,
    ),
    _signal(
        "audience_fake_clustering",
        "correlation",
        1,
        "How much likelier than among all a follower is a likely fake right after another one in the order of "
        "following: 0 is chance, 0.2 and more count as 0.2; bought blocks arrive together.",
        (*_RULES, "followed_rank"),
        known(_beyond_share(_CLUSTERING).clip(None, PLAIN_CLUSTERING), of=pl.col("after_flagged"), least=FEW_FOLLOWERS),
        evidence=_ids(pl.col("flagged") & pl.col("after_flagged")),
        supports=_BOUGHT,
    ),
    _signal(
        "audience_first_digits",
        "-log10 p",
        1,
        "How unlikely the first digits of followers' own follower counts are by Benford's law, where 300 are known; "
        "made-up or uniform counts break it.",
        ("followers",),
        _benford(),
        supports=_BOUGHT,
    ),
)
