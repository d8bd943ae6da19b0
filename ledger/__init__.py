"""The ledger: every score that was served and what people said of it, append-only, in SQLite or PostgreSQL."""

from __future__ import annotations

from ledger.audited import audited_scores
from ledger.audits import Audit, Dispute, DisputeState, NewAudit, Outcome, append_audits, append_dispute, read_audits
from ledger.erasure import erase
from ledger.opening import Ledger
from ledger.scores import Role, ScoredBatch, append_scores, read_scores

__all__ = [
    "Audit",
    "Dispute",
    "DisputeState",
    "Ledger",
    "NewAudit",
    "Outcome",
    "Role",
    "ScoredBatch",
    "append_audits",
    "append_dispute",
    "append_scores",
    "audited_scores",
    "erase",
    "read_audits",
    "read_scores",
]
