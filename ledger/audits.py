"""Audits in the ledger: each verdict once, none overwritten, with what became of a creator's objection to it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import orjson
from sqlalchemy import func, select

from features.errors import NotFoundError
from ledger.erasure import Forgotten
from ledger.schema import AUDITS, DISPUTES, moment, plain, ticks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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


@dataclass(frozen=True)
class Appended:
    """What became of an audit that was handed in, and the one of its key in the ledger, if there is one."""

    outcome: Outcome
    audit: Audit | None


def append_audits(ledger: Ledger, audits: Sequence[NewAudit]) -> list[Appended]:
    """Append verdicts, all in one transaction.

    Returns:
        What became of each.

    Raises:
        UnavailableError: The database does not answer; nothing was appended.
    """
    now = datetime.now(UTC)
    given = [_row(audit, now) for audit in audits]
    with ledger.writing(alone=True) as connection:
        there = _There(connection, given)
        forgotten = Forgotten.read(connection, ledger.home)
        rows: list[dict[str, Any]] = []
        appended = []
        for audit, row in zip(audits, given, strict=True):
            known = there.find(row, named=audit.key is not None)
            if known is None and forgotten(row["creator_id"], row["audited_at"]):
                appended.append(Appended("erased", None))
            elif known is None:
                rows.append(there.take(row))
                appended.append(Appended("stored", _audit(row, None)))
            else:
                same = audit.key is None or known["content"] == row["content"]
                appended.append(Appended("known" if same else "conflict", _audit(known, None)))
        if rows:
            connection.execute(AUDITS.insert(), rows)
    return appended


class _There:
    """What the ledger holds of these audits' keys and creators, and what is added to it."""

    def __init__(self, connection: Connection, given: Sequence[dict[str, Any]]) -> None:
        rows = [
            dict(row._mapping)
            for name in ("key", "creator_id")
            for row in _among(connection, AUDITS.c[name], {one[name] for one in given})
        ]
        self.by_key = {row["key"]: row for row in rows}
        self.by_words = {_words(row): row for row in rows}
        self.times = {(row["creator_id"], row["audited_at"]) for row in rows}

    def find(self, row: dict[str, Any], *, named: bool) -> dict[str, Any] | None:
        """The row of the audit's key; of an audit that was given none, the row that says the same.

        Its key, which follows from what it says, finds it too where it was stored a microsecond apart.
        """
        known = self.by_key.get(row["key"])
        return known if named or known is not None else self.by_words.get(_words(row))

    def take(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row of a new audit, at a time that no other of its creator has."""
        while (row["creator_id"], row["audited_at"]) in self.times:
            row["audited_at"] += 1
        self.times.add((row["creator_id"], row["audited_at"]))
        self.by_key[row["key"]] = self.by_words[_words(row)] = row
        return row


def append_dispute(ledger: Ledger, audit_key: str, state: DisputeState, note: str | None = None) -> Dispute:
    """Append what became of a creator's objection to an audit.

    Raises:
        NotFoundError: There is no audit of that key.
        UnavailableError: The database does not answer.
    """
    dispute = Dispute(state, datetime.now(UTC), plain(note))
    with ledger.writing(alone=True) as connection:
        creator_id = connection.scalar(select(AUDITS.c.creator_id).where(AUDITS.c.key == plain(audit_key)))
        if creator_id is None:
            raise NotFoundError(f"there is no audit '{audit_key}' in the ledger")
        row = {**asdict(dispute), "stated_at": ticks(dispute.stated_at)}
        connection.execute(DISPUTES.insert().values(audit_key=plain(audit_key), creator_id=creator_id, **row))
    return dispute


def read_audits(ledger: Ledger, creator_id: str | None = None) -> list[Audit]:
    """The audits of a creator, or all, by the time of the verdict."""
    newest = select(func.max(DISPUTES.c.entry)).group_by(DISPUTES.c.audit_key)
    audits = select(AUDITS).order_by(AUDITS.c.audited_at, AUDITS.c.key)
    disputes = select(DISPUTES).where(DISPUTES.c.entry.in_(newest))
    if creator_id is not None:
        audits = audits.where(AUDITS.c.creator_id == plain(creator_id))
        disputes = disputes.where(DISPUTES.c.creator_id == plain(creator_id))
    with ledger.reading() as connection:
        stated = {row.audit_key: row for row in connection.execute(disputes)}
        return [_audit(dict(row._mapping), stated.get(row.key)) for row in connection.execute(audits)]


def _audit(row: Mapping[str, Any], dispute: Row[Any] | None) -> Audit:
    return Audit(
        key=row["key"],
        creator_id=row["creator_id"],
        audited_at=moment(row["audited_at"]),
        recorded_at=moment(row["recorded_at"]),
        verdict=row["verdict"],
        fake_follower_share=row["fake_follower_share"],
        types=None if row["types"] is None else tuple(orjson.loads(row["types"])),
        reviewer=row["reviewer"],
        note=row["note"],
        input_hash=row["input_hash"],
        dispute=None if dispute is None else Dispute(dispute.state, moment(dispute.stated_at), dispute.note),
    )


def _among(connection: Connection, column: Column[str], values: Iterable[str]) -> Iterable[Row[Any]]:
    """Rows whose column is one of the values, asked for in parts: databases bound how many a statement may have."""
    asked = sorted(values)
    for k in range(0, len(asked), CHUNK):
        yield from connection.execute(select(AUDITS).where(column.in_(asked[k : k + CHUNK])))


def _row(audit: NewAudit, now: datetime) -> dict[str, Any]:
    """The audit as a row of the table, in texts that both databases can hold."""
    row: dict[str, Any] = {
        "creator_id": plain(audit.creator_id),
        "verdict": audit.verdict,
        "audited_at": None if audit.audited_at is None else ticks(audit.audited_at),
        "fake_follower_share": audit.fake_follower_share,
        "types": None if audit.types is None else plain(orjson.dumps(audit.types).decode()),
        "reviewer": plain(audit.reviewer),
        "note": plain(audit.note),
        "input_hash": plain(audit.input_hash),
    }
    row["content"] = hashlib.sha256(orjson.dumps(list(row.values()))).hexdigest()
    if row["audited_at"] is None:
        row["audited_at"] = ticks(now)
    derived = f"{row['content']} {row['audited_at']}".encode()
    row["key"] = plain(audit.key) or hashlib.sha256(derived).hexdigest()
    row["recorded_at"] = ticks(now)
    return row


def _words(row: Mapping[str, Any]) -> tuple[object, ...]:
    """What an audit says, whatever its key."""
    names = ("creator_id", "audited_at", "verdict", "fake_follower_share", "types", "reviewer", "note")
    return tuple(row[name] for name in names)
