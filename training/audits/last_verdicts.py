"""Which verdicts count: those that reviewers stand by, and of each creator the last one."""

from __future__ import annotations

import polars as pl


def standing(audits: pl.DataFrame) -> pl.DataFrame:
    """The rows that reviewers stand by: of each reviewer the last on a creator, unless that takes a verdict back.

    A row without a verdict takes back the reviewer's earlier ones. An audit without a reviewer counts as one more
    reviewer's, the same for all of these.

    Returns:
        The same columns, by creator and reviewer.
    """
    last = (
        audits.with_columns(pl.col("reviewer").fill_null(""))
        .sort("creator_id", "audited_at", "verdict")
        .unique(["creator_id", "reviewer"], keep="last", maintain_order=True)
    )
    return last.drop_nulls("verdict").sort("creator_id", "reviewer")


def last_verdicts(audited: pl.DataFrame) -> pl.DataFrame:
    """The rows of `ledger.audited_scores` that models in service are held against: of each creator the last verdict
    that is `standing`, where it is fraud or genuine.

    Who said `genuine` and is `unsure` since no longer stands by it: then none counts, not even the one before. Figures
    would else be of verdicts that nobody gives any more.

    Returns:
        The same columns and `label` (1.0 fraud, 0.0 genuine), a row a creator, by the time of the verdict.
    """
    last = standing(audited).sort("audited_at").unique("creator_id", keep="last", maintain_order=True)
    return last.filter(pl.col("verdict").is_in(["fraud", "genuine"])).with_columns(
        label=(pl.col("verdict") == "fraud").cast(pl.Float64)
    )
