"""What posts received, and which of them stand out among the others."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from features.text import phrases
from pandas_signals.unknown import either, flag, ratio

if TYPE_CHECKING:
    Groups = Any

GIVEAWAY = "|".join(map(re.escape, phrases.GIVEAWAY_PHRASES))
MAD_TO_SD = 1.4826


def signals(posts: pd.DataFrame, creators: pd.DataFrame) -> pd.DataFrame:
    """What posts received, against followers, views and the posts around."""
    posts = _posts(posts.merge(creators["observed_on"], left_on="creator_id", right_index=True))
    by = posts.groupby("creator_id", sort=False)
    _beside_neighbours(posts, by)
    middle = by["likes"].transform("median")
    posts["narrow"] = flag((posts["likes"] - middle).abs() <= 0.05 * middle, posts["likes"])
    posts["spread"] = (posts["log_likes"] - by["log_likes"].transform("median")).abs()
    posts["hidden"] = posts["likes"].isna()
    found = by.agg(
        engagement=("engagement", "median"),
        engagement_rate_by_views=("view_rate", "median"),
        likes_spread=("spread", "median"),
        engagement_volatility=("change", "median"),
        narrow_like_band_share=("narrow", "mean"),
        viral_reach=("viral_reach", "max"),
        hidden_likes_share=("hidden", "mean"),
        sponsored_share=("sponsored", "mean"),
        giveaway_share=("giveaway", "mean"),
        tagging_share=("tagging", "mean"),
        posting_gap_hours=("gap", "median"),
        newest=("posted_at", "max"),
        likes_known=("likes", "count"),
        reach_known=("reach", "count"),
        changes=("change", "count"),
        gaps=("gap", "count"),
    )
    followers = creators["followers"].where(creators["followers"] > 0)
    observed = creators["observed_on"]
    return pd.DataFrame(
        {
            "engagement_rate": found["engagement"] / followers.reindex(found.index),
            "engagement_rate_by_views": found["engagement_rate_by_views"],
            "likes_spread": (MAD_TO_SD * found["likes_spread"]).where(found["likes_known"] >= 5),
            "engagement_volatility": found["engagement_volatility"].where(found["changes"] >= 4),
            **_compared(posts, by),
            "narrow_like_band_share": found["narrow_like_band_share"].where(found["likes_known"] >= 5),
            "viral_reach": found["viral_reach"].clip(lower=0).where(found["reach_known"] >= 5),
            "hidden_likes_share": found["hidden_likes_share"].where(found["likes_known"] > 0),
            "sponsored_share": found["sponsored_share"],
            "giveaway_share": found["giveaway_share"],
            "tagging_share": found["tagging_share"],
            "posting_gap_hours": found["posting_gap_hours"].where(found["gaps"] >= 4),
            "days_since_last_post": (observed.reindex(found.index) - found["newest"].dt.normalize()).dt.days,
        }
    )


def _posts(posts: pd.DataFrame) -> pd.DataFrame:
    """Posts in order of time, with what each shows by itself."""
    likes, comments, views = posts["likes"], posts["comments"], posts["views"]
    said = posts["caption"].str.slice(0, 2_500).str.lower()
    days = (posts["observed_on"] - posts["posted_at"].dt.normalize()).dt.days
    by_views, by_comments = 0.9 * np.log1p(views), 0.7 * np.log(comments + 5)
    # Posts of one moment, or of none, stand in the order that Bonafide gives them.
    mixed = sum(c.fillna(-1).astype("int64") * k for c, k in ((likes, 7_919), (comments, 104_729), (views, 1_299_709)))
    return posts.assign(
        mixed=mixed * 2_654_435_761 % 4_294_967_291 * 2**31 + mixed % (2**31 - 1),
        young=(days < 7).astype("float64").where(days.notna(), 0.5),
        engagement=likes + comments,
        reach=views.fillna(likes),
        beside=np.select([views.notna(), comments.notna()], [2, 1], 0),
        log_likes=np.log1p(likes),
        log_comments=np.log(comments + 5),
        unexplained_likes=np.log1p(likes) - by_views.fillna(by_comments).fillna(0.0),
        unexplained_comments=np.log(comments + 5) - 0.5 * np.log1p(likes),
        view_rate=ratio(likes + comments, views),
        sponsored=either(posts["sponsors"].str.len() > 0, posts["sponsors"], said.str.contains(phrases.DECLARED), said),
        tagging=either(posts["mentions"].str.len() > 0, posts["mentions"], said.str.contains("@", regex=False), said),
        giveaway=flag(said.str.contains(GIVEAWAY), said),
    ).sort_values(["posted_at", "mixed"], na_position="first")


def _beside_neighbours(posts: pd.DataFrame, by: Groups) -> None:
    """Add how each post stands beside those before and after it, and beside all of its creator."""
    around = posts.groupby(["creator_id", "beside"], sort=False)

    def above(column: str, quantile: float) -> pd.Series:
        rolling = around[column].rolling(13, min_periods=1, center=True)
        return posts[column] - rolling.quantile(quantile, interpolation="lower").droplevel([0, 1])

    def usual(values: pd.Series) -> pd.Series:
        return values - values.groupby(posts["creator_id"], sort=False).transform("median")

    to_come = (-usual(np.log1p(posts["views"])) * posts["young"]).clip(lower=0).fillna(0.0)
    posts["excess_likes"] = above("unexplained_likes", 0.5) - 0.9 * to_come
    posts["boost_likes"] = above("unexplained_likes", 0.25) - 0.9 * to_come
    posts["boost_comments"] = above("unexplained_comments", 0.25)
    posts["boost_views"] = (-above("unexplained_likes", 0.75)).where(posts["views"].notna())
    followed = (usual(posts["log_likes"]) / 0.9).where(posts["views"].notna(), usual(posts["log_comments"]) / 0.7)
    posts["viral_reach"] = np.fmin(usual(np.log1p(posts["reach"])), followed).where(posts["reach"].notna())
    posts["log_engagement"] = np.log1p(posts["engagement"])
    posts["change"] = by["log_engagement"].diff().abs()
    posts["gap"] = by["posted_at"].diff().dt.total_seconds() // 60 / 60


def _compared(posts: pd.DataFrame, by: Groups) -> dict[str, pd.Series]:
    """Signals of posts that stand out, where eight can be compared."""
    names = ["excess_likes", "boost_likes", "boost_comments", "boost_views"]
    lines = pd.Series([math.log(2), 0.9, 0.9, 0.9], index=names)
    part = (((posts[names] - (lines - 0.35)) / 0.7).clip(0, 1) * 1_000_000).round()
    counted = part.groupby(posts["creator_id"], sort=False).sum()
    beyond = (posts[names] > lines).groupby(posts["creator_id"], sort=False).sum()
    known = by[names].count()
    upper = by[["boost_likes", "boost_views"]].quantile(0.9).where(known >= 8)
    by_degrees, among_more = ((some / (known + 12)).where(known >= 8) for some in (counted / 1_000_000, beyond))
    return {
        "boosted_likes": upper["boost_likes"],
        "excess_likes_share": by_degrees["excess_likes"],
        "boosted_likes_share": among_more["boost_likes"],
        "boosted_views": upper["boost_views"],
        "boosted_views_share": by_degrees["boost_views"],
        "boosted_comments_share": (beyond / known).where(known >= 8)["boost_comments"],
    }
