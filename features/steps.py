"""Stretches of a follower history that stand out, with their days, size and what explains them."""

from __future__ import annotations

import polars as pl

from features.exact import ratio
from features.growth import FEW_DAYS


def steps_and_drops(days: pl.DataFrame) -> pl.DataFrame:
    """Every step and drop of the histories, from the rows of `features.rows.history`.

    Returns:
        One row an anomaly: `creator_id`, `kind` (step, round, drop), `start`, `end` (days), `size` (followers),
        `share_of_growth`, `explained_by` (viral_post or null), sorted by creator and day.
    """
    grown = pl.col("gain").filter(pl.col("gain") > 0).sum().over("creator_id")
    explained = pl.when(pl.col("near_viral")).then(pl.lit("viral_post"))
    kind = (
        pl.when(pl.col("drop"))
        .then(pl.lit("drop"))
        .when(pl.col("round"))
        .then(pl.lit("round"))
        .otherwise(pl.lit("step"))
    )
    return (
        days.with_columns(grown=grown, measured=pl.col("growth").count().over("creator_id"))
        .filter((pl.col("step") | pl.col("drop")) & (pl.col("measured") >= FEW_DAYS))
        .select(
            "creator_id",
            kind=kind,
            start=pl.col("date").dt.offset_by("-1d"),
            end=pl.col("date"),
            size=pl.col("gain"),
            share_of_growth=pl.when("step").then(ratio(pl.col("gain"), pl.col("grown"))),
            explained_by=explained,
        )
        .sort("creator_id", "start")
    )
