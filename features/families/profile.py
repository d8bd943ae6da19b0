"""Profile signals: what the account's own page says. Evaluated over one row a creator."""

from __future__ import annotations

from functools import partial

import polars as pl

from features.exact import ratio
from features.signal import Family, define

_AGE = pl.col("observed_on") - pl.col("created_at").dt.date()
_AGE_DAYS = pl.when(_AGE.dt.total_days() >= 0).then(_AGE.dt.total_days())
_LIVED_DAYS = _AGE_DAYS.clip(1)
_LINK = r"(?i)https?://|www\.|\.(?:com|net|org|io|me|ee|bio|link|shop)\b"


_signal = partial(define, Family.PROFILE, "creators")

SIGNALS = (
    _signal(
        "follow_ratio",
        "ratio",
        0,
        "Accounts followed for each follower; mass following to be followed back drives it up.",
        ("followers", "following"),
        ratio(pl.col("following"), pl.col("followers")),
        supports=("follow_unfollow",),
        end=1,
    ),
    _signal(
        "following_count",
        "accounts",
        0,
        "Accounts followed; nobody reads thousands, so a very high count points to mass following.",
        ("following",),
        pl.col("following").cast(pl.Float64),
        supports=("follow_unfollow",),
        end=1,
    ),
    _signal(
        "account_age_days",
        "days",
        0,
        "Age of the account; a new account grows fast for honest reasons, and a bought one is often new.",
        ("created_at",),
        _AGE_DAYS.cast(pl.Float64),
        supports=("new_account",),
        end=-1,
    ),
    _signal(
        "followers_per_day_of_life",
        "followers/day",
        0,
        "Followers won on an average day since the account began; bought blocks raise it.",
        ("followers", "created_at"),
        pl.col("followers") / _LIVED_DAYS,
        supports=("bought_followers",),
        end=1,
    ),
    _signal(
        "posts_per_day_of_life",
        "posts/day",
        0,
        "Posts on an average day since the account began; automation posts more, bought audiences need no posts.",
        ("posts_count", "created_at"),
        pl.col("posts_count") / _LIVED_DAYS,
    ),
    _signal(
        "followers_per_post",
        "followers/post",
        0,
        "Followers for each post ever published; an audience that no content explains may be bought.",
        ("followers", "posts_count"),
        ratio(pl.col("followers"), pl.col("posts_count")),
        supports=("bought_followers",),
        end=1,
    ),
    _signal(
        "handle_digit_share",
        "share",
        0,
        "Share of digits in the handle; handles made in bulk carry digits.",
        ("handle",),
        ratio(pl.col("handle").str.count_matches(r"[0-9]"), pl.col("handle").str.len_chars()),
    ),
    _signal(
        "bio_length",
        "characters",
        0,
        "Length of the profile's text; accounts made for resale have little of it.",
        ("bio",),
        pl.col("bio").str.len_chars().cast(pl.Float64),
    ),
    _signal(
        "bio_has_link",
        "0 or 1",
        0,
        "Whether the profile's text holds a link, as people who work with brands have.",
        ("bio",),
        pl.col("bio").str.contains(_LINK).cast(pl.Float64),
    ),
)
