"""Audits in the ledger: each verdict once, none overwritten, with what became of a creator's objection to it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import orjson
from sqlalchemy import func, select

from features.errors import NotFoundError
from ledger.erasure import Forgotten
from ledger.schema import AUDITS, DISPUTES, moment, ticks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Column, Connection, Row

    from ledger.opening import Ledger

Verdict = Literal["genuine", "fraud", "unsure"]
DisputeState = Literal["open", "upheld", "rejected"]
Outcome = Literal["stored", "known", "conflict", "erased"]
"""An audit was appended; was there already; its key is there with other content; its creator was erased since."""

CHUNK = 500


@dataclass(frozen=True)
class NewAudit:
    """A verdict as it is handed in: the columns of the `audits` table.

    Attributes:
        audited_at: When the verdict was given; now unless given.
        key: Names the audit, so that handing it in again changes nothing; made from the content unless given.
        input_hash: The `input_hash` of the report that was audited; the last one before the audit unless given.
    """

    creator_id: str
    verdict: Verdict | None
    audited_at: datetime | None = None
    fake_follower_share: float | None = None
    types: tuple[str, ...] | None = None
    reviewer: str | None = None
    note: str | None = None
    key: str | None = None
    input_hash: str | None = None

    @property
    def content(self) -> str:
        """SHA-256 of everything but the key."""
        return hashlib.sha256(orjson.dumps(asdict(replace(self, key=None)))).hexdigest()


@dataclass(frozen=True)
class Dispute:
    """What became of a creator's objection to an audit, and when."""

    state: DisputeState
    stated_at: datetime
    note: str | None


@dataclass(frozen=True)
class Audit:
    """A verdict in the ledger.

    Attributes:
        audited_at: When the verdict was given. Two of one creator at the same time are kept a microsecond apart.
        recorded_at: When it came into the ledger.
        dispute: The newest state of the creator's objection; None where there was none.
    """

    key: str
    creator_id: str
    audited_at: datetime
    recorded_at: datetime
    verdict: Verdict | None
    fake_follower_share: float | None
    types: tuple[str, ...] | None
    reviewer: str | None
    note: str | None
    input_hash: str | None
    dispute: Dispute | None


def append_audits(ledger: Ledger, audits: Sequence[NewAudit]) -> list[Outcome]:
    """Append verdicts, all in one transaction.

    Returns:
        What became of each.

    Raises:
        UnavailableError: The database does not answer; nothing was appended.
    """
    now = datetime.now(UTC)
    with ledger.writing(alone=True) as connection:
        there = _There(connection, audits)
        forgotten = Forgotten.read(connection, ledger.home)
        outcomes: list[Outcome] = []
        rows: list[dict[str, Any]] = []
        for audit in audits:
            outcome = there.outcome(audit, now)
            if outcome == "stored" and forgotten(audit.creator_id, ticks(audit.audited_at or now)):
                outcome = "erased"
            if outcome == "stored":
                rows.append(there.take(audit, now))
            outcomes.append(outcome)
        if rows:
            connection.execute(AUDITS.insert(), rows)
    return outcomes


class _There:
    """What the ledger holds of these audits' keys and creators, and what is added to it."""

    def __init__(self, connection: Connection, audits: Sequence[NewAudit]) -> None:
        columns = (AUDITS.c.key, AUDITS.c.content)
        keys = {audit.key or _derived(audit, None) for audit in audits}
        self.contents: dict[str, str] = dict(_among(connection, columns, AUDITS.c.key, keys))
        given = {audit.creator_id for audit in audits}
        self.told = {_told(row) for row in _among(connection, tuple(AUDITS.c), AUDITS.c.creator_id, given)}
        self.times = {(told[0], told[1]) for told in self.told}

    def outcome(self, audit: NewAudit, now: datetime) -> Outcome:
        """Whether the audit is new here."""
        content = self.contents.get(audit.key or _derived(audit, now))
        if content is not None:
            return "known" if content == audit.content else "conflict"
        if audit.key is None and _told_new(audit, ticks(audit.audited_at or now)) in self.told:
            return "known"
        return "stored"

    def take(self, audit: NewAudit, now: datetime) -> dict[str, Any]:
        """The row of a new audit, at a time that no other of its creator has."""
        time = ticks(audit.audited_at or now)
        while (audit.creator_id, time) in self.times:
            time += 1
        key = audit.key or _derived(audit, now)
        self.times.add((audit.creator_id, time))
        self.told.add(_told_new(audit, time))
        self.contents[key] = audit.content
        types = None if audit.types is None else orjson.dumps(audit.types).decode()
        own = {**asdict(audit), "key": key, "types": types, "audited_at": time}
        return {**own, "content": audit.content, "recorded_at": ticks(now)}


def append_dispute(ledger: Ledger, audit_key: str, state: DisputeState, note: str | None = None) -> Dispute:
    """Append what became of a creator's objection to an audit.

    Raises:
        NotFoundError: There is no audit of that key.
        UnavailableError: The database does not answer.
    """
    dispute = Dispute(state, datetime.now(UTC), note)
    with ledger.writing(alone=True) as connection:
        creator_id = connection.scalar(select(AUDITS.c.creator_id).where(AUDITS.c.key == audit_key))
        if creator_id is None:
            raise NotFoundError(f"there is no audit '{audit_key}' in the ledger")
        row = {**asdict(dispute), "stated_at": ticks(dispute.stated_at)}
        connection.execute(DISPUTES.insert().values(audit_key=audit_key, creator_id=creator_id, **row))
    return dispute


def read_audits(ledger: Ledger, creator_id: str | None = None) -> list[Audit]:
    """The audits of a creator, or all, by the time of the verdict."""
    newest = select(func.max(DISPUTES.c.entry)).group_by(DISPUTES.c.audit_key)
    audits = select(AUDITS).order_by(AUDITS.c.audited_at, AUDITS.c.key)
    disputes = select(DISPUTES).where(DISPUTES.c.entry.in_(newest))
    if creator_id is not None:
        audits = audits.where(AUDITS.c.creator_id == creator_id)
        disputes = disputes.where(DISPUTES.c.creator_id == creator_id)
    with ledger.reading() as connection:
        stated = {row.audit_key: row for row in connection.execute(disputes)}
        return [_audit(row, stated.get(row.key)) for row in connection.execute(audits)]


def _audit(row: Row[Any], dispute: Row[Any] | None) -> Audit:
    return Audit(
        key=row.key,
        creator_id=row.creator_id,
        audited_at=moment(row.audited_at),
        recorded_at=moment(row.recorded_at),
        verdict=row.verdict,
        fake_follower_share=row.fake_follower_share,
        types=None if row.types is None else tuple(orjson.loads(row.types)),
        reviewer=row.reviewer,
        note=row.note,
        input_hash=row.input_hash,
        dispute=None if dispute is None else Dispute(dispute.state, moment(dispute.stated_at), dispute.note),
    )


def _among(
    connection: Connection,
    columns: Sequence[Any],
    column: Column[str],
    values: Iterable[str],
) -> Iterable[Any]:
    """Rows whose column is one of the values, asked for in parts: databases bound how many a statement may have."""
    asked = sorted(values)
    for k in range(0, len(asked), CHUNK):
        yield from connection.execute(select(*columns).where(column.in_(asked[k : k + CHUNK])))


def _derived(audit: NewAudit, now: datetime | None) -> str:
    """A key made of the content, and of the time where the content has none."""
    time = audit.audited_at or now
    return hashlib.sha256(f"{audit.content} {time and ticks(time)}".encode()).hexdigest()


def _told(row: Row[Any]) -> tuple[object, ...]:
    """What a stored audit says, its time first after the creator."""
    return row.creator_id, row.audited_at, row.verdict, row.fake_follower_share, row.types, row.reviewer, row.note


def _told_new(audit: NewAudit, time: int) -> tuple[object, ...]:
    types = None if audit.types is None else orjson.dumps(audit.types).decode()
    return audit.creator_id, time, audit.verdict, audit.fake_follower_share, types, audit.reviewer, audit.note
