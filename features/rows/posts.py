"""One row a post, with what the engagement signals and the growth signals need of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from features import phrases
from features.exact import ratio

if TYPE_CHECKING:
    from features.records import Tables

COMMENTS_ON_LIKES = 0.73
"""Elasticity of comments on likes over 634 ordinary accounts (InstaFake), 0.726 as measured."""
VIEWS_UP, RATE_DOWN = 1.5, 0.7
"""The bought-views test of CreatorDB: views at least 1.5 x the own median while engagement rate falls by 30 %."""
NARROW_BAND = 0.05
VIRAL = 5.0
MOST_CAPTION = 2_500
"""Instagram's captions end at 2,200 characters."""

_LOG_LIKES = pl.col("likes").log1p()
_LOG_COMMENTS = pl.col("comments").log1p()
_UNEXPLAINED_LIKES = _LOG_LIKES - COMMENTS_ON_LIKES * _LOG_COMMENTS
_REACH = pl.coalesce("views", "likes").cast(pl.Float64)
_REACH_MEDIAN = pl.col("reach_median")


def rows(tables: Tables, creators: pl.LazyFrame) -> pl.LazyFrame:
    """One row a post with what the expressions need beside the contract's columns."""
    followers = pl.when(pl.col("followers") > 0).then(pl.col("followers"))
    engagement = pl.col("likes") + pl.col("comments")
    caption = pl.col("caption").str.slice(0, MOST_CAPTION).str.to_lowercase()
    return (
        tables.posts.lazy()
        .join(creators.select("creator_id", "observed_on", followers=followers), on="creator_id", how="left")
        .with_columns(
            engagement=engagement,
            view_rate=ratio(engagement, pl.col("views")),
            like_band=(pl.col("likes") - _over("likes")).abs() <= NARROW_BAND * _over("likes"),
            unexplained_likes=_UNEXPLAINED_LIKES,
            excess=_UNEXPLAINED_LIKES - _UNEXPLAINED_LIKES.median().over("creator_id"),
            sponsored=_either(_any_text("sponsors"), caption.str.contains(phrases.DECLARED)),
            giveaway=caption.str.contains_any(phrases.GIVEAWAY_PHRASES),
            tagging=_either(_any_text("mentions"), caption.str.contains("@", literal=True)),
            reach=_REACH,
            reach_median=_REACH.median().over("creator_id"),
            gap_hours=pl.col("posted_at").sort().diff().dt.total_minutes().over("creator_id") / 60,
        )
        .with_columns(
            inflated_views=(pl.col("views") >= VIEWS_UP * _over("views"))
            & (pl.col("view_rate") <= RATE_DOWN * _over("view_rate")),
            viral=pl.col("reach") >= VIRAL * _REACH_MEDIAN,
        )
    )


def _over(column: str) -> pl.Expr:
    return pl.col(column).median().over("creator_id")


def _any_text(column: str) -> pl.Expr:
    return pl.col(column).list.len() > 0


def _either(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    """True where one is true, null only where both are unknown: one column alone is no reason to know nothing."""
    return pl.when(first.is_not_null() | second.is_not_null()).then(
        first.fill_null(value=False) | second.fill_null(value=False)
    )
