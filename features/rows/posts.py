"""One row a post, with what the engagement signals and the growth signals need of it.

Likes, views and comments that were bought for some of the posts stand out against the same account's other posts:
each post is compared with what its own views and comments explain, and that with the posts before and after it. Views
come later than likes, and some sources tell them a day or two late: what a young post lacks of the account's usual
views explains likes as if it were there.
"""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from features.exact import ratio
from features.few import Rowwise, Windowed, beside, collected, empty_once, tells_apart, widened
from features.text import phrases

if TYPE_CHECKING:
    from features.context import Context
    from features.few import Within
    from features.records import Tables

LIKES_ON_VIEWS = 0.9
"""Weight of log views in the likes that a post was due; of 0.8, 0.9 and 1, about equal on 300 TikTok creators."""
LIKES_ON_COMMENTS = 0.7
"""The same of log comments where views are not counted; the best of five over 290 ordinary Instagram accounts,
300 TikTok creators and 500 simulated ones taken together."""
COMMENTS_ON_LIKES = 0.5
"""Weight of log likes in the comments that a post was due; a middle one, TikTok alone would take 0.8."""
FEW_COMMENTS = 5
"""Added to comments before their logarithm: three rather than one are chance and explain no likes."""
NEIGHBOURS = 13
"""Posts, the six before and the six after included, that a post is compared with: accounts grow and fashions pass."""
LOWER = 0.25
"""Where untouched posts are sought: up to three quarters of the posts may be bought."""
LIFTED = 0.55
"""Log units above the account's lower quartile, a factor of 1.7, from which a count is much by itself: less than the
2.5 that boosts are counted from, as some are bought for posts that would have got less than others."""
YOUNG = timedelta(days=7)
"""Posts of the last week may lack views. On TikTok 32 % of the views are there after a day and 55 % after a week, of
the likes 53 % after a day (Trendpop 2022); on YouTube half of the views after six days (TubeMogul 2010)."""
UNDATED = 0.5
"""How much of what an undated post lacks may be still to come: it may be young, though most posts are not."""
VIRAL = math.log(4.0)
"""A post went viral that reached four times as many people as usual, by its views and likes or likes and comments."""
MOST_CAPTION = 2_500
"""Instagram's captions end at 2,200 characters."""

_LOG_LIKES = pl.col("likes").log1p()
_LOG_COMMENTS = (pl.col("comments") + FEW_COMMENTS).log()
_BESIDE = pl.when(pl.col("views").is_not_null()).then(2).when(pl.col("comments").is_not_null()).then(1).otherwise(0)
"""What there is to explain a post's likes: views, else comments, else nothing but the posts around it."""
_EXPLAINED = (
    pl.when(pl.col("views").is_not_null())
    .then(LIKES_ON_VIEWS * pl.col("views").log1p())
    .when(pl.col("comments").is_not_null())
    .then(LIKES_ON_COMMENTS * _LOG_COMMENTS)
    .otherwise(0.0)
)
# A pattern is kept once it is compiled; a list of words for `contains_any` is prepared at every call.
_GIVEAWAY = "|".join(map(re.escape, phrases.GIVEAWAY_PHRASES))


@empty_once("posts")
def rows(tables: Tables, creators: pl.DataFrame, context: Context | None) -> pl.DataFrame:  # noqa: ARG001 - one form for every family
    """One row a post, the oldest of a creator first, with what the expressions need beside the contract's columns.

    Log units above the account's neighbouring posts: `excess_likes` above their median and `boost_likes` above their
    lower quartile, both after views, or else comments, have explained what they can; `boost_views` the other way round,
    null without views: views that likes do not follow; `boost_comments` comments beside likes. `views_to_come` are what
    a young post lacks of the account's usual views; what they explain is taken off the likes. `likes_lifted` and
    `views_lifted` say where a purchase would show in the count itself.
    """
    if creators.height == 1:
        found = collected(_beside_neighbours(tables, creators), tables.posts.height)
        return _BY_REACH.beside(_BESIDE_ALL.beside(found, creators), creators)
    return collected(plan(tables, creators), tables.posts.height)


def plan(tables: Tables, creators: pl.DataFrame) -> pl.LazyFrame:
    """What `rows` collects: who needs some of the columns alone does not pay for the others."""
    compared = _beside_neighbours(tables, creators).with_columns(_BESIDE_ALL.over(creators))
    return compared.with_columns(_BY_REACH.expressions)


def _beside_neighbours(tables: Tables, creators: pl.DataFrame) -> pl.LazyFrame:
    """All columns but those that the account's other posts are compared with as a whole."""
    among_equals = () if tells_apart(tables.posts["posted_at"], creators) else (_MIXED,)
    rows = tables.posts.height
    viewed = tables.posts["views"].null_count() < rows
    to_come = _TO_COME.over(creators) if viewed else _NOTHING_TO_COME
    in_order = beside(tables.posts, creators, ("observed_on", "followers"))
    if among_equals or not tables.posts["posted_at"].is_sorted():
        # posts alike in all of it stay as they are
        in_order = in_order.sort("posted_at", *among_equals, maintain_order=True)
    alike = creators.height == 1 and not tables.posts["views"].null_count()
    beside_neighbours = _ALL_ALIKE if alike else _BESIDE_NEIGHBOURS.over(creators)
    by_post = widened(in_order, (*_BY_POST, *to_come), creators.height, rows)
    return widened(by_post, beside_neighbours, creators.height, rows)


def _mixed() -> pl.Expr:
    """Posts without a time, or of one moment, stand in an order that is their counts' alone but not by size.

    Sorted by size, every post would stand among its like and nothing would stand out.
    """
    likes, comments, views = (pl.col(name).fill_null(-1) for name in ("likes", "comments", "views"))
    mixed = likes * 7_919 + comments * 104_729 + views * 1_299_709
    # Knuth's multiplicative hashing, and what was hashed behind it: one key is sorted faster than two.
    return mixed * 2_654_435_761 % 4_294_967_291 * 2**31 + mixed % (2**31 - 1)


def _above(column: str, quantile: float, within: Within) -> pl.Expr:
    """Log units above that quantile of the posts around of which the same is known."""
    values = pl.col(column)
    around = values.rolling_quantile(quantile, "lower", NEIGHBOURS, min_samples=1, center=True)
    return values - within(around, "beside")


def _lifted(count: str, within: Within) -> pl.Expr:
    """Whether likes or views are much by themselves and, where both are known, beside comments.

    Without views it is comments that likes are compared with in the first place.
    """

    def high(values: pl.Expr) -> pl.Expr:
        return values - within(values.quantile(LOWER, "linear")) > LIFTED

    logs = pl.col(count).log1p()
    talked = pl.when(pl.col("views").is_not_null()).then(logs - LIKES_ON_COMMENTS * _LOG_COMMENTS)
    return high(logs) & high(talked).fill_null(value=True)


def _views_to_come(within: Within) -> pl.Expr:
    """Log units of the account's usual views that a post lacks and may still get; 0 where views are not known."""
    logs = pl.col("views").log1p()
    young = pl.col("observed_on") - pl.col("posted_at").cast(pl.Date) < pl.lit(YOUNG)
    lacking = (within(logs.median()) - logs) * young.cast(pl.Float64).fill_null(UNDATED)
    return pl.max_horizontal(lacking, 0.0).alias("views_to_come")


def _went_far(within: Within) -> pl.Expr:
    """Log units above the account's usual post that both its reach and what follows a reach agree on.

    Bought views bring no likes and bought likes no comments: neither makes a post viral. Null where there is no reach,
    since comments alone are bought as well.
    """

    def above(logs: pl.Expr) -> pl.Expr:
        return logs - within(logs.median())

    followed = (
        pl.when(pl.col("views").is_not_null())
        .then(above(_LOG_LIKES) / LIKES_ON_VIEWS)
        .otherwise(above(_LOG_COMMENTS) / LIKES_ON_COMMENTS)
    )
    reached = above(pl.col("reach").log1p())
    return pl.when(reached.is_not_null()).then(pl.min_horizontal(reached, followed))


def _any_text(column: str) -> pl.Expr:
    return pl.col(column).list.len() > 0


def _either(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    """True where one is true, null only where both are unknown: one column alone is no reason to know nothing."""
    return pl.max_horizontal(first, second)


def _compared(within: Within) -> tuple[pl.Expr, ...]:
    """What is read off the post alone, and how it stands among its neighbours."""
    return (
        ratio(pl.col("engagement"), pl.col("views")).alias("view_rate"),
        _either(_any_text("sponsors"), pl.col("said").str.contains(phrases.DECLARED)).alias("sponsored"),
        pl.col("said").str.contains(_GIVEAWAY).alias("giveaway"),
        _either(_any_text("mentions"), pl.col("said").str.contains("@", literal=True)).alias("tagging"),
        (_above("unexplained_likes", 0.5, within) - _EXPLAINED_LATER).alias("excess_likes"),
        (_above("unexplained_likes", LOWER, within) - _EXPLAINED_LATER).alias("boost_likes"),
        pl.when(pl.col("views").is_not_null())
        .then(-_above("unexplained_likes", 1 - LOWER, within))
        .alias("boost_views"),
        _above("unexplained_comments", LOWER, within).alias("boost_comments"),
    )


# Expressions are put together once: for one creator that takes as long as evaluating them.
_MIXED = _mixed()
_BY_POST = (
    pl.when(pl.col("followers") > 0).then(pl.col("followers")).alias("followers"),
    (pl.col("likes") + pl.col("comments")).alias("engagement"),
    pl.coalesce("views", "likes").cast(pl.Float64).alias("reach"),
    _BESIDE.alias("beside"),
    (_LOG_LIKES - _EXPLAINED).alias("unexplained_likes"),
    (_LOG_COMMENTS - COMMENTS_ON_LIKES * _LOG_LIKES).alias("unexplained_comments"),
    pl.col("caption").str.slice(0, MOST_CAPTION).str.to_lowercase().alias("said"),
)
_TO_COME = Windowed.of(lambda within: (_views_to_come(within),))
_NOTHING_TO_COME = (pl.lit(0.0).alias("views_to_come"),)
_EXPLAINED_LATER = LIKES_ON_VIEWS * pl.col("views_to_come")
_BESIDE_NEIGHBOURS = Windowed.of(_compared)
_ALL_ALIKE = _compared(lambda expression, *_alike: expression)
"""The same of an account whose views are all known: there is one thing that explains likes, and no need of a window."""
_BESIDE_ALL = Windowed.of(
    lambda within: (
        _went_far(within).alias("viral_reach"),
        _lifted("likes", within).alias("likes_lifted"),
        _lifted("views", within).alias("views_lifted"),
    )
)
_BY_REACH = Rowwise(((pl.col("viral_reach") >= VIRAL).alias("viral"),))
