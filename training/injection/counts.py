"""Likes and views bought for posts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from training.draws import picked

if TYPE_CHECKING:
    from features.records import Tables


def bought_likes(tables: Tables, share_of_posts: float, factor: float, seed: int) -> Tables:
    """Likes times `factor` under a random share of the posts whose likes are known, rounded to whole likes.

    Of n such posts `picked` takes the nearest whole number to `share_of_posts` x n, one at least.
    """
    return _multiplied(tables, "likes", share_of_posts, factor, seed)


def bought_likes_in_proportion(tables: Tables, factor: float) -> Tables:
    """Likes times `factor` under every post: the evasion that leaves their spread as it was."""
    return _multiplied(tables, "likes", 1.0, factor, 0)


def bought_views(tables: Tables, share_of_posts: float, factor: float, seed: int) -> Tables:
    """Views times `factor` under a random share of the posts whose views are known; likes stay as they are."""
    return _multiplied(tables, "views", share_of_posts, factor, seed)


def _multiplied(tables: Tables, column: str, share: float, factor: float, seed: int) -> Tables:
    posts = tables.posts
    bought = picked(posts, pl.col(column).is_not_null(), share, f"{column}:{seed}")
    more = (pl.col(column) * factor).round().cast(pl.Int64)
    return replace(tables, posts=posts.with_columns(pl.when(bought).then(more).otherwise(column).alias(column)))
