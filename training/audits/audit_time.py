"""Records as they were when they were audited: a verdict is joined to nothing that came after it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from models.fraud import scored
from training.audits.dataset import audit_labels
from training.audits.last_verdicts import standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.records import Tables
    from models.fraud import FraudBundle

COUNTS = ("followers", "following", "posts_count")


def deciding(audits: pl.DataFrame) -> pl.DataFrame:
    """When each creator's label was given: the last audit that reviewers stand by and that says what the label says.

    Returns:
        `creator_id`, `audited_at`, by creator; only creators with a label, see `training.audits.dataset.audit_labels`.
    """
    verdict = pl.when(pl.col("label") == 1.0).then(pl.lit("fraud")).otherwise(pl.lit("genuine"))
    labels = audit_labels(audits).select("creator_id", verdict=verdict)
    agreed = standing(audits).join(labels, on=["creator_id", "verdict"], how="inner")
    return agreed.group_by("creator_id").agg(pl.col("audited_at").max()).sort("creator_id")


def signals_as_audited(bundle: FraudBundle, tables: Tables, creator_ids: Sequence[str]) -> pl.DataFrame:
    """`bundle.signals` of some creators as in training: of their records as they were audited, and of followers and
    comments that the bundle's own models were trained on as a fold scores them that did not see them.
    """
    then = as_audited(tables).select(list(creator_ids))
    return bundle.signals(scored(then, bundle.followers, bundle.comments, out_of_fold=True))


def as_audited(tables: Tables) -> Tables:
    """The tables without what came after the audit that decided a creator's label; other creators stay as they are.

    Posts, comments and days of history after it are left out; rows without a time stay, as nothing is known of it. The
    counts of a profile that was observed after it are those of the last day of history before it, or not known.
    """
    times = deciding(tables.audits)

    def before(frame: pl.DataFrame, column: str) -> pl.DataFrame:
        known = frame.join(times, on="creator_id", how="left", maintain_order="left")
        at = pl.col("audited_at") if frame.schema[column] != pl.Date else pl.col("audited_at").dt.date()
        later = (pl.col(column) > at).fill_null(value=False)
        return known.filter(~later).select(frame.columns)

    history = before(tables.follower_history, "date")
    return replace(
        tables,
        creators=_as_observed(tables.creators, history, times),
        posts=before(tables.posts, "posted_at"),
        comments=before(tables.comments, "posted_at"),
        follower_history=history,
    )


def _as_observed(creators: pl.DataFrame, history: pl.DataFrame, times: pl.DataFrame) -> pl.DataFrame:
    """The profiles; of those observed after their audit, the counts are taken from the history up to it."""
    last = history.sort("creator_id", "date").group_by("creator_id").agg(pl.col("date", *COUNTS).last())
    joined = creators.join(times, on="creator_id", how="left", maintain_order="left").join(
        last, on="creator_id", how="left", maintain_order="left", suffix="_then"
    )
    later = (pl.col("observed_at") > pl.col("audited_at")).fill_null(value=False)
    day = pl.col("date").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    counts = [pl.when(later).then(pl.col(f"{name}_then")).otherwise(pl.col(name)).alias(name) for name in COUNTS]
    observed = pl.when(later).then(pl.coalesce(day, "audited_at")).otherwise("observed_at").alias("observed_at")
    return joined.with_columns(*counts, observed).select(creators.columns)
