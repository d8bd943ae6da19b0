"""Engagement signals: what posts received, against followers, views and each other.

Evaluated over `features.rows.posts`; what peers would receive is compared in `features.families.residuals`.
"""

from __future__ import annotations

import math
from functools import partial

import polars as pl

from features.exact import MILLION, known, millionths, robust_sd, share
from features.families.cited_posts import ids, rather
from features.families.residuals import cohort
from features.signal import Family, define

FEW_POSTS = 5
"""Spread within fewer posts than this says nothing; the least that CreatorDB asks for too."""
FEW_COMPARED = 8
"""Fewer posts than this do not tell two kinds of posts from one."""

FEW_MORE = 12
"""Ordinary posts that shares of posts are counted among beside the account's own: one post in nine that stands out is
chance, five in 45 are not, and what is bought for a post may even out the one that stood out by chance."""
DOUBLE = math.log(2)
NARROW_BAND = 0.05
MUCH_MORE = 0.9
"""Log units above the lower quartile of the posts around, a factor of 2.5; 4 % of ordinary posts get there."""
BY_DEGREES = 0.35
"""Log units on either side of such a line within which a post counts in part: one that stood a little above it by
chance is not gone at once where purchases lift the posts around."""

_signal = partial(define, Family.ENGAGEMENT, "posts")

_LOG_LIKES = pl.col("likes").log1p()
_LOG_COMMENTS = pl.col("comments").log1p()
_LOG_VIEWS = pl.col("views").log1p()
_FOLLOWERS = pl.col("followers").first()
_GAP = pl.col("posted_at").diff().dt.total_minutes() / 60
_CHANGE = pl.col("engagement").log1p().diff().abs()
_BAND = (pl.col("likes") - pl.col("likes").median()).abs() <= NARROW_BAND * pl.col("likes").median()
_EXCESS, _BOOST = pl.col("excess_likes"), pl.col("boost_likes")
_BOOST_VIEWS = pl.col("boost_views")
_LIKES_BOUGHT = (_BOOST > MUCH_MORE) & pl.col("likes_lifted")
_VIEWS_BOUGHT = (_BOOST_VIEWS > MUCH_MORE) & pl.col("views_lifted")
_LIKES_IN_EXCESS = (_EXCESS > DOUBLE) & pl.col("likes_lifted")

_CITED = {
    "boosted_likes": (_LIKES_BOUGHT, _VIEWS_BOUGHT, _BOOST),
    "boosted_likes_share": (_LIKES_BOUGHT, _VIEWS_BOUGHT, _BOOST),
    "excess_likes_share": (_LIKES_IN_EXCESS, _VIEWS_BOUGHT, _EXCESS),
    "boosted_views": (_VIEWS_BOUGHT, _LIKES_BOUGHT, _BOOST_VIEWS),
    "boosted_views_share": (_VIEWS_BOUGHT, _LIKES_BOUGHT, _BOOST_VIEWS),
}
"""By signal, the posts of which it cites some; those of the other reading; and how strong each is."""
STANDING_OUT = {name: own for name, (own, _, _) in _CITED.items()}
"""By signal, all posts of which it cites some."""


def _at(values: pl.Expr, quantile: float) -> pl.Expr:
    return values.quantile(quantile, "linear")


def _among_more(flag: pl.Expr) -> pl.Expr:
    """Posts for which a flag holds, as a share of all and of `FEW_MORE` ordinary ones beside."""
    return flag.sum() / (flag.count() + FEW_MORE)


def _beyond_among_more(values: pl.Expr, line: float) -> pl.Expr:
    """Posts beyond a line, as a share of all and of `FEW_MORE` ordinary ones beside.

    A post counts for half on the line, and in full from `BY_DEGREES` above it on.
    """
    part = ((values - (line - BY_DEGREES)) / (2 * BY_DEGREES)).clip(0.0, 1.0)
    return millionths(part).sum() / (MILLION * (values.count() + FEW_MORE))


def _compared(expression: pl.Expr, values: pl.Expr) -> pl.Expr:
    return known(expression, of=values, least=FEW_COMPARED)


COMMENTS_ON_LIKES = 0.73
"""Elasticity of comments on likes between accounts: 0.726 over 634 ordinary ones (InstaFake)."""
_COMMENTS_BESIDE_LIKES = _LOG_COMMENTS - COMMENTS_ON_LIKES * _LOG_LIKES
_LIKES_BESIDE_VIEWS = _LOG_LIKES - _LOG_VIEWS
_LIKES_BESIDE_ALL_VIEWS = _LIKES_BESIDE_VIEWS - pl.col("views_to_come")

LOWER, UPPER = 0.1, 0.9
"""Tenths at which a creator is compared with peers: what is bought for some posts lifts the upper one alone."""

LEVELS = {
    "likes_level": pl.col("likes").median(),
    "views_level": pl.col("views").median(),
    "likes_lower": _at(_LOG_LIKES, LOWER),
    "likes_upper": _at(_LOG_LIKES, UPPER),
    "views_lower": _at(_LOG_VIEWS, LOWER),
    "views_upper": _at(_LOG_VIEWS, UPPER),
    "comments_lower": _at(_COMMENTS_BESIDE_LIKES, LOWER),
    "comments_upper": _at(_LOG_COMMENTS, UPPER),
    "likes_by_views_lower": _at(_LIKES_BESIDE_VIEWS, LOWER),
    "likes_by_views_upper": _compared(_at(_LIKES_BESIDE_ALL_VIEWS, UPPER), _LIKES_BESIDE_ALL_VIEWS),
    "cohort": cohort(),
}
"""A creator's typical counts, tier and format, on which `features.families.residuals` fits its curves.

`_lower` and `_upper` are quantiles of logarithms. Of fewer posts than `FEW_COMPARED` the upper tenth of likes over
views is next to that of the best one, which views bought for it take away.
"""

SIGNALS = (
    _signal(
        "engagement_rate",
        "share",
        -1,
        "Median of likes and comments over followers; bought followers neither like nor comment.",
        ("likes", "comments", "creators.followers"),
        pl.col("engagement").median() / _FOLLOWERS,
        supports=("bought_followers",),
    ),
    _signal(
        "engagement_rate_by_views",
        "share",
        -1,
        "Median of likes and comments over views; bought views do not engage.",
        ("likes", "comments", "views"),
        pl.col("view_rate").median(),
        supports=("bought_views",),
    ),
    _signal(
        "likes_spread",
        "log sd",
        1,
        "How far likes differ between posts; likes bought for some of the posts widen it.",
        ("likes",),
        known(robust_sd(_LOG_LIKES), of=pl.col("likes"), least=FEW_POSTS),
        supports=("bought_likes",),
    ),
    _signal(
        "engagement_volatility",
        "log units",
        1,
        "Median change of engagement from one post to the next; purchases now and then make it jump, and so do hits.",
        ("likes", "comments", "posted_at"),
        known(_CHANGE.median(), of=_CHANGE, least=FEW_POSTS - 1),
    ),
    _signal(
        "boosted_likes",
        "log units",
        1,
        "How far the upper tenth of posts stands above the lower quarter around in likes beyond what views or "
        "comments explain; likes bought for some posts or for most do this.",
        ("likes",),
        _compared(_at(_BOOST, 0.9), _BOOST),
        evidence=rather(*_CITED["boosted_likes"]),
        supports=("bought_likes",),
    ),
    _signal(
        "excess_likes_share",
        "share",
        1,
        "Share of posts, twelve ordinary ones counted in, with about twice the likes of the posts around or more, "
        "beyond what views or comments explain.",
        ("likes",),
        _compared(_beyond_among_more(_EXCESS, DOUBLE), _EXCESS),
        evidence=rather(*_CITED["excess_likes_share"]),
        supports=("bought_likes",),
    ),
    _signal(
        "boosted_likes_share",
        "share",
        1,
        "Share of posts, twelve ordinary ones counted in, with over 2.5 times the likes of the lower quarter around; "
        "likes bought for some posts or for most do this.",
        ("likes",),
        _compared(_among_more(_BOOST > MUCH_MORE), _BOOST),
        evidence=rather(*_CITED["boosted_likes_share"]),
        supports=("bought_likes",),
    ),
    _signal(
        "boosted_views",
        "log units",
        1,
        "How far the upper tenth of posts stands above the lower quarter around in views that likes do not follow; "
        "bought views do this, and so do likes bought for other posts or a post shown to strangers.",
        ("likes", "views"),
        _compared(_at(_BOOST_VIEWS, 0.9), _BOOST_VIEWS),
        evidence=rather(*_CITED["boosted_views"]),
        supports=("bought_views",),
    ),
    _signal(
        "boosted_views_share",
        "share",
        1,
        "Share of posts, twelve ordinary ones counted in, with about 2.5 times the views that go with their likes in "
        "the lower quarter around or more; views bought for some posts do this, or likes bought for others.",
        ("likes", "views"),
        _compared(_beyond_among_more(_BOOST_VIEWS, MUCH_MORE), _BOOST_VIEWS),
        evidence=rather(*_CITED["boosted_views_share"]),
        supports=("bought_views",),
    ),
    _signal(
        "boosted_comments_share",
        "share",
        1,
        "Share of posts with over 2.5 times the comments that their likes would bring by the posts around.",
        ("likes", "comments"),
        _compared((pl.col("boost_comments") > MUCH_MORE).mean(), pl.col("boost_comments")),
        evidence=ids(pl.col("boost_comments") > MUCH_MORE, pl.col("boost_comments")),
        supports=("bought_comments",),
    ),
    _signal(
        "narrow_like_band_share",
        "share",
        1,
        "Share of posts within 5 % of the median likes; people differ from post to post, packages do not.",
        ("likes",),
        known(_BAND.mean(), of=pl.col("likes"), least=FEW_POSTS),
        evidence=ids(_BAND),
        supports=("bought_likes",),
    ),
    _signal(
        "viral_reach",
        "log units",
        -1,
        "How far the best post stands above the usual one in its reach and in what follows from that; a viral post "
        "explains much.",
        ("likes",),
        known(pl.col("viral_reach").max().clip(0.0), of=pl.col("reach"), least=FEW_POSTS),
        evidence=ids(pl.col("viral"), pl.col("viral_reach")),
        supports=("viral_post",),
    ),
    _signal(
        "hidden_likes_share",
        "share",
        0,
        "Share of posts whose likes are hidden; a setting that people choose, and no sign by itself.",
        ("likes",),
        pl.when(pl.col("likes").count() > 0).then(share(pl.col("likes").is_null())),
        supports=("hidden_likes",),
        end=1,
    ),
    _signal(
        "sponsored_share",
        "share",
        0,
        "Share of posts that declare a sponsor; paid posts engage less, and those who sell them have a motive.",
        ("caption", "sponsors"),
        share(pl.col("sponsored")),
        evidence=ids(pl.col("sponsored")),
    ),
    _signal(
        "giveaway_share",
        "share",
        -1,
        "Share of posts that announce a giveaway; it brings jumps of followers and mention-only comments honestly.",
        ("caption",),
        share(pl.col("giveaway")),
        evidence=ids(pl.col("giveaway")),
        supports=("giveaway",),
    ),
    _signal(
        "tagging_share",
        "share",
        -1,
        "Share of posts that tag other accounts; collaborations bring followers honestly.",
        ("caption", "mentions"),
        share(pl.col("tagging")),
        supports=("collaboration",),
    ),
    _signal(
        "posting_gap_hours",
        "hours",
        0,
        "Median time between posts; automation keeps a schedule.",
        ("posted_at",),
        known(_GAP.median(), of=_GAP, least=FEW_POSTS - 1),
    ),
    _signal(
        "days_since_last_post",
        "days",
        0,
        "Days from the newest post to the observation; where an account grows meanwhile, it was no post that did it.",
        ("posted_at",),
        (pl.col("observed_on").first() - pl.col("posted_at").max().dt.date()).dt.total_days().cast(pl.Float64),
    ),
)
