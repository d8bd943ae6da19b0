"""One row a day of history, in order of days, with its pace, its steps and the posts near them.

Steps are found on log growth with a robust z-score, since raw gains raise an alarm on most honest accounts; a
fortnight's lift over the usual pace catches purchases that are dripped in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from features.exact import MAD_TO_SD, per
from features.rows.posts import VIRAL

if TYPE_CHECKING:
    from features.records import Tables

FORTNIGHT = 14

STEP_Z = 6.0
"""Robust z of a day's log growth that makes it a step; methods measured no false alarm on log gains above 4."""
STEP_LEAST = 0.01
"""A step adds at least this share of the followers there were, so that the noise of small accounts is none."""
ROUND_LEAST = 400
ROUND_GRIDS = ((5_000, 500), (50_000, 5_000))
"""Packages are sold in multiples of 500 up to 5,000 followers, of 5,000 up to 50,000, and of 50,000 beyond."""
ROUND_WITHIN, ROUND_LUCK = 0.02, 0.05
"""Off by at most 2 % of the size and 5 % of the grid, so that at most one step in ten is round by luck."""
POST_WITHIN_DAYS = 3
VIRAL_WITHIN_DAYS = 7


def rows(tables: Tables, creators: pl.LazyFrame) -> pl.LazyFrame:
    """One row a day of history, in order of days, with what the expressions need."""
    history = (
        tables.follower_history.lazy()
        .filter(pl.col("followers").is_not_null() | pl.col("following").is_not_null())
        .sort("creator_id", "date")
    )
    posts = _post_days(tables, creators)
    dated = history
    for name in ("post_day", "viral_day"):
        days = posts.filter(pl.col("viral") | (name == "post_day")).select(
            "creator_id", "date", pl.col("date").alias(name)
        )
        dated = dated.join_asof(days.sort("creator_id", "date"), on="date", by="creator_id", check_sortedness=False)
    oldest = posts.group_by("creator_id").agg(oldest_post=pl.col("date").min())
    return _steps(_paced(dated.join(oldest, on="creator_id", how="left", maintain_order="left")))


def _post_days(tables: Tables, creators: pl.LazyFrame) -> pl.LazyFrame:
    """Days with a post, and whether its reach was viral; a post may show in the followers one day before its own."""
    reach = pl.coalesce("views", "likes").cast(pl.Float64)
    return (
        tables.posts.lazy()
        .filter(pl.col("posted_at").is_not_null())
        .join(creators.select("creator_id"), on="creator_id", how="semi")
        .select(
            "creator_id",
            date=pl.col("posted_at").dt.date().dt.offset_by("-1d"),
            viral=(reach >= VIRAL * reach.median().over("creator_id")).fill_null(value=False),
        )
    )


def _paced(history: pl.LazyFrame) -> pl.LazyFrame:
    """Daily log growth, its usual pace and its robust spread."""
    days = pl.col("date").diff().dt.total_days().over("creator_id")
    growth = pl.col("followers").log1p().diff().over("creator_id") / days
    pace = pl.col("growth").median().over("creator_id")
    deviation = (pl.col("growth") - pace).abs().median().over("creator_id")
    # A count of followers moves by a few even where nothing happens; this floor keeps that from being a step.
    floor = 0.0005 + 2.0 / (pl.col("followers").median().over("creator_id") + 1.0)
    return (
        history.with_columns(
            days=days,
            growth=growth,
            gain=pl.col("followers").diff().over("creator_id"),
            following_change=pl.col("following").diff().over("creator_id"),
            fortnight=pl.col("followers").log1p().diff(FORTNIGHT).over("creator_id"),
            fortnight_days=pl.col("date").diff(FORTNIGHT).dt.total_days().over("creator_id"),
        )
        .with_columns(pace=pace)
        .with_columns(z=per(pl.col("growth") - pace, deviation * MAD_TO_SD + floor))
        .with_columns(
            # What the day added beyond the usual pace, in followers.
            surplus=pl.col("gain") - pl.col("pace") * pl.col("days") * (pl.col("followers") - pl.col("gain")),
            lift=pl.when(pl.col("fortnight_days") <= FORTNIGHT + 2).then(
                pl.col("fortnight") - pl.col("pace") * pl.col("fortnight_days")
            ),
        )
    )


def _steps(history: pl.LazyFrame) -> pl.LazyFrame:
    """Which days are steps, whether their size is round, and what posts stand near."""
    step = (pl.col("z") >= STEP_Z) & (pl.col("growth") - pl.col("pace") >= STEP_LEAST)
    surplus = pl.col("surplus")
    grid = pl.lit(50_000)
    for below, step_size in reversed(ROUND_GRIDS):
        grid = pl.when(surplus < below).then(step_size).otherwise(grid)
    off_round = (surplus - (surplus / grid).round() * grid).abs()
    since_post = (pl.col("date") - pl.col("post_day")).dt.total_days()
    since_viral = (pl.col("date") - pl.col("viral_day")).dt.total_days()
    return history.with_columns(
        step=step,
        drop=(pl.col("z") <= -STEP_Z) & (pl.col("pace") - pl.col("growth") >= STEP_LEAST),
        round=step
        & (surplus >= ROUND_LEAST)
        & (off_round <= pl.min_horizontal(ROUND_WITHIN * surplus, ROUND_LUCK * grid)),
        # Before the oldest post that was handed in, nobody can say whether there was one.
        posts_known=step & (pl.col("oldest_post") <= pl.col("date")),
        near_post=step & (since_post <= POST_WITHIN_DAYS).fill_null(value=False),
        near_viral=step & (since_viral <= VIRAL_WITHIN_DAYS).fill_null(value=False),
    )
