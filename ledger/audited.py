"""Audits beside the scores that they were about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import func, or_, select

from features.records import AUDITS as AUDITS_TABLE
from ledger.audits import read_audits
from ledger.schema import AUDITS, DISPUTES, SCORES
from ledger.scores import CHAMPION, TIME, scores_frame

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, FromClause, ScalarSelect, Select

    from ledger.opening import Ledger

_TEXTS = ("audit_key", "verdict", "reviewer", "dispute")
_TIMES = ("audited_at", "recorded_at")


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


def audited_scores(ledger: Ledger) -> pl.DataFrame:
    """Audits that were about a served score, beside that score: what the account looked like when it was judged.

    The score is the champion's last one of the creator before the verdict was given, of the input that the audit names
    where it names one. A verdict without an earlier score is not here, nor one whose creator's objection was upheld: it
    was wrong, so nothing is measured by it.

    Returns:
        The columns of `ledger.scores.read_scores`, then `audit_key`, `audited_at`, `recorded_at`, `verdict`, `reviewer`
        and `dispute` (state of the creator's objection or null), by the time of the verdict.
    """
    with ledger.reading() as connection:
        found = scores_frame(connection, _asked())
    absent = [pl.lit(None, pl.Int64 if name in _TIMES else pl.String).alias(name) for name in (*_TEXTS, *_TIMES)]
    found = found.with_columns(one for one in absent if one.meta.output_name() not in found.columns)
    found = found.with_columns(pl.col(_TEXTS).cast(pl.String), pl.col(_TIMES).cast(TIME))
    kept = found.filter(pl.col("dispute").ne_missing("upheld"))
    return kept.unique("audit_key", keep="first", maintain_order=True)


def _asked() -> Select[Any]:
    """Each audit with the scores that it may have been about."""
    return (
        select(
            SCORES,
            AUDITS.c.key.label("audit_key"),
            AUDITS.c.audited_at,
            AUDITS.c.recorded_at,
            AUDITS.c.verdict,
            AUDITS.c.reviewer,
            _newest_state().label("dispute"),
        )
        .join(AUDITS, SCORES.c.creator_id == AUDITS.c.creator_id)
        .where(SCORES.c.role == CHAMPION, SCORES.c.scored_at == _last_before(), _of_its_input(SCORES))
        .order_by(AUDITS.c.audited_at, AUDITS.c.key, SCORES.c.request_id)
    )


def _last_before() -> ScalarSelect[Any]:
    """When the creator was scored last before the verdict."""
    before = SCORES.alias("before")
    return (
        select(func.max(before.c.scored_at))
        .where(
            before.c.creator_id == AUDITS.c.creator_id,
            before.c.role == CHAMPION,
            before.c.scored_at <= AUDITS.c.audited_at,
            _of_its_input(before),
        )
        .correlate(AUDITS)
        .scalar_subquery()
    )


def _of_its_input(scores: FromClause) -> ColumnElement[bool]:
    """Whether a score is of the input that the audit names, or the audit names none."""
    return or_(AUDITS.c.input_hash.is_(None), scores.c.input_hash == AUDITS.c.input_hash)


def _newest_state() -> ScalarSelect[Any]:
    """What became last of the creator's objection to the audit."""
    return (
        select(DISPUTES.c.state)
        .where(DISPUTES.c.audit_key == AUDITS.c.key)
        .order_by(DISPUTES.c.entry.desc())
        .limit(1)
        .correlate(AUDITS)
        .scalar_subquery()
    )
