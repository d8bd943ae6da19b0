"""Engagement signals: what posts received, against followers, views, each other and peers.

Evaluated over `features.rows.posts`; what peers would receive is compared in `features.residuals`.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from features.exact import known, ratio, robust_sd, share
from features.signal import EVIDENCE_IDS, Family, define

FEW_POSTS = 5
"""Spread within fewer posts than this says nothing; the least that CreatorDB asks for too."""

EXCESS_LIKES = 0.8
"""Log likes beyond what the post's own comments explain that counts as excess: a factor of 2.2."""

_signal = partial(define, Family.ENGAGEMENT, "posts")

_LOG_LIKES = pl.col("likes").log1p()
_LOG_COMMENTS = pl.col("comments").log1p()
_LOG_VIEWS = pl.col("views").log1p()
_LIKES_PER_VIEW = _LOG_LIKES - _LOG_VIEWS
_FOLLOWERS = pl.col("followers").first()
_UNEXPLAINED = pl.col("unexplained_likes")


def _ids(flag: pl.Expr) -> pl.Expr:
    return pl.col("post_id").filter(flag).sort().head(EVIDENCE_IDS)


def _spread(column: str, logs: pl.Expr) -> pl.Expr:
    return known(robust_sd(logs), of=pl.col(column), least=FEW_POSTS)


LEVELS = {
    "likes_level": pl.col("likes").median(),
    "comments_level": pl.col("comments").median(),
    "views_level": pl.col("views").median(),
}
"""A creator's typical counts: what the context's curves are fitted on and the residuals start from."""

SIGNALS = (
    _signal(
        "engagement_rate",
        "share",
        0,
        "Median of likes and comments over followers; bought followers do not engage, bought likes lift it.",
        ("likes", "comments", "creators.followers"),
        pl.col("engagement").median() / _FOLLOWERS,
        supports=("bought_followers", "bought_likes"),
    ),
    _signal(
        "engagement_rate_by_views",
        "share",
        0,
        "Median of likes and comments over views; bought views do not engage.",
        ("likes", "comments", "views"),
        pl.col("view_rate").median(),
        supports=("bought_views",),
    ),
    _signal(
        "comments_per_like",
        "ratio",
        0,
        "Median of comments over likes; bought likes bring no comments, pods and bought comments bring many.",
        ("likes", "comments"),
        ratio(pl.col("comments"), pl.col("likes")).median(),
        supports=("bought_likes", "pod"),
    ),
    _signal(
        "likes_per_view",
        "ratio",
        0,
        "Median of likes over views; bought views lower it, bought likes raise it.",
        ("likes", "views"),
        ratio(pl.col("likes"), pl.col("views")).median(),
        supports=("bought_views", "bought_likes"),
    ),
    _signal(
        "comments_per_view",
        "ratio",
        0,
        "Median of comments over views; bought views lower it.",
        ("comments", "views"),
        ratio(pl.col("comments"), pl.col("views")).median(),
        supports=("bought_views",),
    ),
    _signal(
        "views_per_follower",
        "ratio",
        0,
        "Median of views over followers; bought followers do not watch.",
        ("views", "creators.followers"),
        pl.col("views").median() / _FOLLOWERS,
        supports=("bought_followers", "bought_views"),
    ),
    _signal(
        "likes_spread",
        "log sd",
        0,
        "Robust spread of log likes over posts; likes bought by the package come out all alike.",
        ("likes",),
        _spread("likes", _LOG_LIKES),
        supports=("bought_likes",),
    ),
    _signal(
        "comments_spread",
        "log sd",
        0,
        "Robust spread of log comments over posts; bought comments come in packages of one size.",
        ("comments",),
        _spread("comments", _LOG_COMMENTS),
        supports=("bought_comments",),
    ),
    _signal(
        "views_spread",
        "log sd",
        0,
        "Robust spread of log views over posts; bought views come in packages of one size.",
        ("views",),
        _spread("views", _LOG_VIEWS),
        supports=("bought_views",),
    ),
    _signal(
        "likes_beside_comments_spread",
        "log sd",
        0,
        "Robust spread of log likes that comments do not explain; likes bought for some posts widen it.",
        ("likes", "comments"),
        known(robust_sd(_UNEXPLAINED), of=_UNEXPLAINED, least=FEW_POSTS),
        supports=("bought_likes",),
    ),
    _signal(
        "likes_beside_comments_tail",
        "log units",
        0,
        "How far the upper tenth of posts stands above the median in likes that comments do not explain.",
        ("likes", "comments"),
        known(pl.col("excess").quantile(0.9, "linear"), of=pl.col("excess"), least=FEW_POSTS),
        supports=("bought_likes",),
    ),
    _signal(
        "excess_likes_share",
        "share",
        1,
        "Share of posts with more than twice the likes that their comments explain; likes bought post by post do this.",
        ("likes", "comments"),
        known(share(pl.col("excess") > EXCESS_LIKES), of=pl.col("excess"), least=FEW_POSTS),
        evidence=_ids(pl.col("excess") > EXCESS_LIKES),
        supports=("bought_likes",),
    ),
    _signal(
        "likes_per_view_spread",
        "log sd",
        0,
        "Robust spread of log likes over views; likes or views bought for some posts widen it.",
        ("likes", "views"),
        known(robust_sd(_LIKES_PER_VIEW), of=_LIKES_PER_VIEW, least=FEW_POSTS),
        supports=("bought_likes", "bought_views"),
    ),
    _signal(
        "likes_per_view_tail",
        "log units",
        0,
        "How far the upper tenth of posts stands above the median in likes over views; bought likes lift it.",
        ("likes", "views"),
        known(_LIKES_PER_VIEW.quantile(0.9, "linear") - _LIKES_PER_VIEW.median(), of=_LIKES_PER_VIEW, least=FEW_POSTS),
        supports=("bought_likes",),
    ),
    _signal(
        "likes_per_view_low_tail",
        "log units",
        0,
        "How far the lower tenth of posts stands below the median in likes over views; bought views deepen it.",
        ("likes", "views"),
        known(_LIKES_PER_VIEW.median() - _LIKES_PER_VIEW.quantile(0.1, "linear"), of=_LIKES_PER_VIEW, least=FEW_POSTS),
        supports=("bought_views",),
    ),
    _signal(
        "likes_skew",
        "share",
        0,
        "Where the median of log likes stands between their tenths; packages under some posts push it down.",
        ("likes",),
        known(
            ratio(
                _LOG_LIKES.median() - _LOG_LIKES.quantile(0.1, "linear"),
                _LOG_LIKES.quantile(0.9, "linear") - _LOG_LIKES.quantile(0.1, "linear"),
            ),
            of=pl.col("likes"),
            least=FEW_POSTS,
        ),
        supports=("bought_likes",),
    ),
    _signal(
        "narrow_like_band_share",
        "share",
        1,
        "Share of posts within 5 % of the median likes; people differ from post to post, packages do not.",
        ("likes",),
        known(share(pl.col("like_band")), of=pl.col("like_band"), least=FEW_POSTS),
        evidence=_ids(pl.col("like_band")),
        supports=("bought_likes",),
    ),
    _signal(
        "inflated_views_share",
        "share",
        1,
        "Share of posts with 1.5 times the usual views while their engagement rate falls by 30 % or more.",
        ("likes", "comments", "views"),
        known(share(pl.col("inflated_views")), of=pl.col("view_rate"), least=FEW_POSTS),
        evidence=_ids(pl.col("inflated_views")),
        supports=("bought_views",),
    ),
    _signal(
        "viral_reach",
        "log ratio",
        0,
        "Log of the best post's reach over the median post's; one post that went viral explains much else.",
        ("likes",),
        known(ratio(pl.col("reach").max(), pl.col("reach").median()).log(), of=pl.col("reach"), least=FEW_POSTS),
        evidence=_ids(pl.col("viral")),
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
    ),
    _signal(
        "sponsored_share",
        "share",
        0,
        "Share of posts that declare a sponsor; paid posts engage less, and those who sell them have a motive.",
        ("caption", "sponsors"),
        share(pl.col("sponsored")),
        evidence=_ids(pl.col("sponsored")),
    ),
    _signal(
        "giveaway_share",
        "share",
        -1,
        "Share of posts that announce a giveaway; it brings steps of followers and mention-only comments honestly.",
        ("caption",),
        share(pl.col("giveaway")),
        evidence=_ids(pl.col("giveaway")),
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
        known(pl.col("gap_hours").median(), of=pl.col("gap_hours"), least=FEW_POSTS - 1),
    ),
    _signal(
        "posting_gap_spread",
        "log sd",
        0,
        "Robust spread of the log time between posts; people are irregular, schedules are not.",
        ("posted_at",),
        known(robust_sd(pl.col("gap_hours").log1p()), of=pl.col("gap_hours"), least=FEW_POSTS - 1),
    ),
    _signal(
        "days_since_last_post",
        "days",
        0,
        "Days from the newest post to the observation; a silent account that grows needs an explanation.",
        ("posted_at",),
        (pl.col("observed_on").first() - pl.col("posted_at").max().dt.date()).dt.total_days().cast(pl.Float64),
    ),
)
