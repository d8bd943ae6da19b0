"""From audits to a training frame: one row of signals a creator, with its label, weight and group."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

import features
from features.errors import UsageError
from features.records import TABLES
from training.split import groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features import Context
    from features.records import Tables

FEWEST_OF_A_VERDICT = 30
"""Fewer creators of either verdict train nothing worth having."""


def audit_labels(audits: pl.DataFrame) -> pl.DataFrame:
    """What the audits say of each creator.

    Of each reviewer the last verdict counts; the majority of reviewers decides. A tie, or a majority of `unsure`,
    gives no label. (An audit without a reviewer counts as one more reviewer's.)

    Returns:
        `creator_id`, `label` (1.0 fraud, 0.0 genuine), `weight` (share of the reviewers who agree), by creator.
    """
    last = (
        audits.drop_nulls("verdict")
        .with_columns(pl.col("reviewer").fill_null(""))
        .sort("creator_id", "audited_at", "verdict")
        .group_by("creator_id", "reviewer", maintain_order=True)
        .last()
    )
    counted = last.group_by("creator_id").agg(
        *((pl.col("verdict") == verdict).sum().cast(pl.Float64).alias(verdict) for verdict in ("fraud", "genuine")),
        reviewers=pl.len().cast(pl.Float64),
    )
    most = pl.max_horizontal("fraud", "genuine")
    unsure = pl.col("reviewers") - pl.col("fraud") - pl.col("genuine")
    return (
        counted.filter((pl.col("fraud") != pl.col("genuine")) & (most > unsure))
        .select(
            "creator_id",
            label=(pl.col("fraud") > pl.col("genuine")).cast(pl.Float64),
            weight=most / pl.col("reviewers"),
        )
        .sort("creator_id")
    )


def labelled(tables: Tables) -> pl.DataFrame:
    """`creator_id`, `group`, `label`, `weight` of every creator with a label, in the order of the creators.

    Raises UsageError when there are too few of either verdict.
    """
    rows = groups(tables).join(audit_labels(tables.audits), on="creator_id", how="inner", maintain_order="left")
    fraud = int(rows["label"].sum())
    if min(fraud, rows.height - fraud) < FEWEST_OF_A_VERDICT:
        raise UsageError(
            f"training needs audits of at least {FEWEST_OF_A_VERDICT} creators of each verdict; "
            f"found {fraud} fraud and {rows.height - fraud} genuine"
        )
    return rows


def training_frame(tables: Tables, rows: pl.DataFrame, context: Context) -> pl.DataFrame:
    """The rows of `labelled` with their creators' signals, coverage, platform and tier beside them."""
    return with_signals(rows, features.build(tables.select(rows["creator_id"].to_list()), context))


def with_signals(rows: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """The rows of `labelled` whose creators are in `signals`, with these beside them."""
    return rows.join(signals, on="creator_id", how="inner", maintain_order="left")


def data_hash(tables: Tables, names: Sequence[str]) -> str:
    """SHA-256 over the named tables, whatever the order of their rows."""
    digest = hashlib.sha256()
    for name in names:
        digest.update(f"{name}\n".encode())
        digest.update(tables[name].sort(TABLES[name].key).write_ndjson().encode())
    return digest.hexdigest()


def frame_hash(before: str, frame: pl.DataFrame) -> str:
    """SHA-256 over another hash and a frame of one row a creator, whatever the order of its rows."""
    return hashlib.sha256(f"{before}\n{frame.sort('creator_id').write_ndjson()}".encode()).hexdigest()
