"""The ledger: every score that was served and what people said of it, append-only, in SQLite or PostgreSQL."""

from __future__ import annotations

from ledger.audited import audited_scores, audits_frame
from ledger.audits import (
    Appended,
    Audit,
    Dispute,
    DisputeState,
    NewAudit,
    Outcome,
    append_audits,
    append_dispute,
    read_audits,
)
from ledger.desk import Desk
from ledger.erasure import erase
from ledger.opening import Ledger
from ledger.recording import Recorder
from ledger.scores import Role, ScoredBatch, append_scores, read_scores

__all__ = [
    "Appended",
    "Audit",
    "Desk",
    "Dispute",
    "DisputeState",
    "Ledger",
    "NewAudit",
    "Outcome",
    "Recorder",
    "Role",
    "ScoredBatch",
    "append_audits",
    "append_dispute",
    "append_scores",
    "audited_scores",
    "audits_frame",
    "erase",
    "read_audits",
    "read_scores",
]
