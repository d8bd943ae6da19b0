"""Followers bought at once or in a drip, in the counts and in the audience sample."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.histories.rounding import units
from training.draws import places

if TYPE_CHECKING:
    from features.records import Tables

BEFORE_PURCHASE = 3
"""Days of history that stay before a purchase begins."""
SHOWN_DIGITS = 3
"""Digits of a count that a page shortens; where all counts are equal, they do not tell how many there are."""
_PROFILE = (
    "followers", "following", "posts_count", "has_picture", "private", "verified", "business", "bio_length",
    "handle_length", "handle_digit_ratio", "has_url", "country", "language", "created_at",
)  # fmt: skip


def bought_followers(tables: Tables, dose: float, days: int, seed: int, *, fakes: pl.DataFrame | None = None) -> Tables:
    """Add `dose` x the followers an account had, in equal parts over `days` days (1 a step, 14 a drip), and keep them.

    The history rises from the day of `purchases` on and stays as rounded as it was; `creators.followers` rises by the
    same number, or by `dose` of itself where there is no history. The bought ones' share of all, dose / (1 + dose), of
    the audience sample is replaced by profiles drawn from `fakes` (columns of `audience`), one block in the order of
    following where that order is known; without `fakes` the sample stays as it is.
    """
    bought = purchases(tables, dose, days, seed)
    # The share of the delivery that was there at the end of each day.
    ago = (pl.col("date") - pl.col("start")).dt.total_days() + 1
    added = (pl.col("bought") * ago.clip(0, days)) // days
    shown = tables.follower_history.with_columns(unit=_units(tables.follower_history))
    history = shown.join(bought, on="creator_id", how="left", maintain_order="left").with_columns(
        (pl.col("followers") + added.fill_null(0)) // pl.col("unit") * pl.col("unit")
    )
    creators = tables.creators.join(bought, on="creator_id", how="left", maintain_order="left").with_columns(
        pl.col("followers") + pl.col("bought").fill_null((pl.col("followers") * dose).round().cast(pl.Int64))
    )
    return replace(
        tables,
        creators=creators.select(tables.creators.columns),
        follower_history=history.select(tables.follower_history.columns),
        audience=tables.audience if fakes is None else _with_fakes(tables.audience, dose / (1 + dose), fakes, seed),
    )


def purchases(tables: Tables, dose: float, days: int, seed: int) -> pl.DataFrame:
    """When `bought_followers` buys and how many: `creator_id`, `start`, `end` (days) and `bought`, a row a creator.

    The first day is any but the first `BEFORE_PURCHASE` and those too late for the whole delivery; of a history
    too short for that, the middle one. The dose is of the followers on the day before.
    """
    known = tables.follower_history.drop_nulls("followers").sort("creator_id", "date")
    series = known.group_by("creator_id", maintain_order=True).agg("date", "followers")
    series = series.filter(pl.col("date").list.len() >= 2)
    latest = pl.col("date").list.len().cast(pl.Int64) - days
    earliest = pl.min_horizontal(pl.lit(BEFORE_PURCHASE), pl.col("date").list.len().cast(pl.Int64) // 2)
    room = (latest - earliest + 1).clip(1)
    place = places(series, ("creator_id",), f"purchase:{seed}")
    return (
        series.with_columns(first=(earliest + (place * room).floor().cast(pl.Int64)))
        .with_columns(start=pl.col("date").list.get(pl.col("first")))
        .select(
            "creator_id",
            "start",
            end=pl.col("start").dt.offset_by(f"{days - 1}d"),
            bought=(pl.col("followers").list.get(pl.col("first") - 1) * dose).round().cast(pl.Int64),
        )
    )


def labelled_fakes(tables: Tables) -> pl.DataFrame | None:
    """The profiles of the audience that are labelled fake, to draw from; None where there are none."""
    if "fake" not in tables.audience.columns:
        return None
    fakes = tables.audience.filter(pl.col("fake"))
    return fakes if fakes.height else None


def _units(history: pl.DataFrame) -> pl.Series:
    """One unit of the rounding of each count, of three digits at the most; 1 where there is no count."""
    found = np.ones(history.height, dtype=np.int64)
    known = history.with_row_index("row").drop_nulls("followers").group_by("creator_id").agg("row", "followers")
    for rows, followers in known.select("row", "followers").iter_rows():
        counts = np.array(followers, dtype=np.int64)
        digits = np.floor(np.log10(np.maximum(counts, 1))).astype(np.int64) + 1
        found[rows] = np.minimum(units(counts), 10 ** np.maximum(digits - SHOWN_DIGITS, 0))
    return pl.Series(found)


def _with_fakes(audience: pl.DataFrame, share: float, fakes: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The sample with a block of the followers, in the order of following where it is known, drawn from `fakes`."""
    place = places(audience, ("creator_id", "follower_id"), f"audience:{seed}")
    first = places(audience, ("creator_id",), f"block:{seed}")
    size = pl.len().over("creator_id").cast(pl.Int64)
    rank = pl.struct("followed_rank", "place").rank("ordinal").over("creator_id").cast(pl.Int64) - 1
    start = (pl.col("first") * size).floor().cast(pl.Int64)
    many = (share * size).round().clip(1).cast(pl.Int64)
    drawn = (place * fakes.height).floor().cast(pl.Int64)
    columns = [name for name in _PROFILE if name in fakes.columns]
    new = fakes.select(columns).select(pl.all().name.prefix("new_"))[drawn]
    beside = pl.concat([audience.with_columns(place=place, first=first), new], how="horizontal")
    bought = (rank - start + size) % size < many
    labels = (
        [pl.when("bought").then(pl.lit(True)).otherwise("fake").alias("fake")] if "fake" in audience.columns else []
    )
    changed = [pl.when("bought").then(f"new_{name}").otherwise(name).alias(name) for name in columns]
    return beside.with_columns(bought=bought).with_columns(*changed, *labels).select(audience.columns)
