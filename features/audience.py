"""Audience signals: shares of a sample of followers by what their profiles show. Evaluated over
`features.rows.followers`."""

from __future__ import annotations

from functools import partial

import polars as pl

from features.exact import known, ratio, share
from features.rows.followers import INFLUENCER_FOLLOWERS, MASS_FOLLOWINGS
from features.signal import EVIDENCE_IDS, Direction, Family, Signal, define

FEW_FOLLOWERS = 30
"""Shares of a smaller sample carry a sampling error of more than nine points."""

_signal = partial(define, Family.AUDIENCE, "audience")


def _share_signal(
    name: str, direction: Direction, sentence: str, needs: tuple[str, ...], flag: pl.Expr, *, bought: bool = True
) -> Signal:
    return _signal(
        name,
        "share",
        direction,
        sentence,
        needs,
        known(share(flag), of=flag, least=FEW_FOLLOWERS),
        evidence=pl.col("follower_id").filter(flag).sort().head(EVIDENCE_IDS) if bought else None,
        supports=("bought_followers",) if bought else (),
    )


_FOLLOWING = pl.col("following")
_RULES = ("followers", "following", "has_picture", "posts_count", "bio_length", "handle_digit_ratio")

SIGNALS = (
    _share_signal(
        "audience_suspicious_share",
        1,
        "Share of sampled followers that break three of six profile rules: picture, posts, bio, digits, followers, "
        "followings.",
        _RULES,
        pl.col("suspicious"),
    ),
    _share_signal(
        "audience_no_picture_share",
        0,
        "Share of sampled followers without a profile picture; accounts made in bulk often have none.",
        ("has_picture",),
        pl.col("no_picture"),
    ),
    _share_signal(
        "audience_no_posts_share",
        0,
        "Share of sampled followers who never posted; quiet readers exist, and so do empty shells.",
        ("posts_count",),
        pl.col("silent"),
    ),
    _share_signal(
        "audience_no_bio_share",
        0,
        "Share of sampled followers with an empty bio.",
        ("bio_length",),
        pl.col("no_bio"),
    ),
    _share_signal(
        "audience_digit_handle_share",
        0,
        "Share of sampled followers whose handle is 30 % digits or more, as generated handles are.",
        ("handle_digit_ratio",),
        pl.col("digits"),
    ),
    _share_signal(
        "audience_few_followers_share",
        0,
        "Share of sampled followers with fewer than 30 followers of their own.",
        ("followers",),
        pl.col("few_followers"),
    ),
    _share_signal(
        "audience_lopsided_share",
        0,
        "Share of sampled followers who follow ten times as many as follow them.",
        ("followers", "following"),
        pl.col("lopsided"),
    ),
    _share_signal(
        "audience_mass_follower_share",
        0,
        "Share of sampled followers who follow more than 1,500 accounts and so see little of this one.",
        ("following",),
        pl.col("mass"),
    ),
    _share_signal(
        "audience_following_under_500_share",
        0,
        "Reachability: share of sampled followers who follow fewer than 500 accounts.",
        ("following",),
        _FOLLOWING < 500,
        bought=False,
    ),
    _share_signal(
        "audience_following_500_1000_share",
        0,
        "Reachability: share of sampled followers who follow 500 to 999 accounts.",
        ("following",),
        (_FOLLOWING >= 500) & (_FOLLOWING < 1_000),
        bought=False,
    ),
    _share_signal(
        "audience_following_1000_1500_share",
        0,
        "Reachability: share of sampled followers who follow 1,000 to 1,500 accounts.",
        ("following",),
        (_FOLLOWING >= 1_000) & (_FOLLOWING <= MASS_FOLLOWINGS),
        bought=False,
    ),
    _share_signal(
        "audience_influencer_share",
        0,
        "Share of sampled followers who have more than 5,000 followers and follow fewer than 1,500.",
        ("followers", "following"),
        (pl.col("followers") > INFLUENCER_FOLLOWERS) & (_FOLLOWING < MASS_FOLLOWINGS),
        bought=False,
    ),
    _share_signal(
        "audience_private_share",
        0,
        "Share of sampled followers with a private account; people hide, sold accounts seldom do.",
        ("private",),
        pl.col("private"),
        bought=False,
    ),
    _share_signal(
        "audience_new_account_share",
        0,
        "Share of sampled followers whose account is younger than 90 days.",
        ("created_at",),
        pl.col("new"),
    ),
    _share_signal(
        "audience_abroad_share",
        0,
        "Share of sampled followers from another country than the creator's; no sign by itself.",
        ("country", "creators.country"),
        pl.col("abroad"),
        bought=False,
    ),
    _share_signal(
        "audience_other_language_share",
        0,
        "Share of sampled followers with another language than the creator's; no sign by itself.",
        ("language", "creators.language"),
        pl.col("other_language"),
        bought=False,
    ),
    _signal(
        "audience_suspicious_clustering",
        "difference of shares",
        0,
        "How much likelier a suspicious follower is right after another one, in the order in which they followed; "
        "bought blocks arrive together.",
        (*_RULES, "followed_rank"),
        known(
            ratio((pl.col("suspicious") & pl.col("after_suspicious")).sum(), pl.col("after_suspicious").sum())
            - share(pl.col("suspicious")),
            of=pl.col("after_suspicious"),
            least=FEW_FOLLOWERS,
        ),
        supports=("bought_followers",),
    ),
)
