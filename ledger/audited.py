"""Audits beside the scores that they were about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from sqlalchemy import func, or_, select

from features.records import AUDITS as AUDITS_TABLE
from ledger.audits import read_audits
from ledger.schema import AUDITS, DISPUTES, SCORES, ticks
from ledger.scores import CHAMPION, TIME, scores_frame

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.opening import Ledger


def audits_frame(ledger: Ledger, *, upheld: bool = False) -> pl.DataFrame:
    """The audits as the table `audits` of the records contract, by creator and time.

    Args:
        ledger: The ledger.
        upheld: Those too whose creator's objection was upheld; they were wrong, so training leaves them out.
    """
    kept = [
        audit for audit in read_audits(ledger) if upheld or audit.dispute is None or audit.dispute.state != "upheld"
    ]
    schema = AUDITS_TABLE.schema(labels=True)
    rows = [{name: getattr(audit, name) for name in schema} for audit in kept]
    return pl.DataFrame(rows, schema=schema).sort(AUDITS_TABLE.key)


def audited_scores(ledger: Ledger, start: datetime | None = None, end: datetime | None = None) -> pl.DataFrame:
    """Audits that were about a served score, beside that score: what the account looked like when it was judged.

    The score is the champion's last one of the creator before the verdict was given, of the input that the audit names
    where it names one. A verdict without an earlier score is not here, nor one whose creator's objection was upheld: it
    was wrong, so nothing is measured by it.

    Args:
        ledger: The ledger.
        start: First time of a verdict; from the beginning unless given.
        end: The time the verdicts end before; unless given there is no end.

    Returns:
        The columns of `ledger.scores.read_scores`, then `audit_key`, `audited_at`, `recorded_at`, `verdict`, `reviewer`
        and `dispute` (state of the creator's objection or null), by the time of the verdict.
    """
    before = SCORES.alias("before")
    last = (
        select(func.max(before.c.scored_at))
        .where(
            before.c.creator_id == AUDITS.c.creator_id,
            before.c.role == CHAMPION,
            before.c.scored_at <= AUDITS.c.audited_at,
            or_(AUDITS.c.input_hash.is_(None), before.c.input_hash == AUDITS.c.input_hash),
        )
        .correlate(AUDITS)
        .scalar_subquery()
    )
    newest = (
        select(DISPUTES.c.state)
        .where(DISPUTES.c.audit_key == AUDITS.c.key)
        .order_by(DISPUTES.c.entry.desc())
        .limit(1)
        .correlate(AUDITS)
        .scalar_subquery()
    )
    asked = (
        select(
            SCORES,
            AUDITS.c.key.label("audit_key"),
            AUDITS.c.audited_at,
            AUDITS.c.recorded_at,
            AUDITS.c.verdict,
            AUDITS.c.reviewer,
            newest.label("dispute"),
        )
        .join(AUDITS, SCORES.c.creator_id == AUDITS.c.creator_id)
        .where(
            SCORES.c.role == CHAMPION,
            SCORES.c.scored_at == last,
            or_(AUDITS.c.input_hash.is_(None), SCORES.c.input_hash == AUDITS.c.input_hash),
        )
        .order_by(AUDITS.c.audited_at, AUDITS.c.key, SCORES.c.request_id)
    )
    if start is not None:
        asked = asked.where(AUDITS.c.audited_at >= ticks(start))
    if end is not None:
        asked = asked.where(AUDITS.c.audited_at < ticks(end))
    with ledger.reading() as connection:
        found = scores_frame(connection, asked)
    empty = {"audit_key": pl.String, "verdict": pl.String, "reviewer": pl.String, "dispute": pl.String}
    times = ("audited_at", "recorded_at")
    absent = [pl.lit(None, pl.Int64 if name in times else pl.String).alias(name) for name in (*empty, *times)]
    found = found.with_columns(one for one in absent if one.meta.output_name() not in found.columns)
    found = found.with_columns(pl.col(list(empty)).cast(pl.String), pl.col(list(times)).cast(TIME))
    kept = found.filter(pl.col("dispute").ne_missing("upheld"))
    return kept.unique("audit_key", keep="first", maintain_order=True)
