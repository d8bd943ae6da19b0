"""Erasing a creator: its rows are deleted, and a tombstone that names nobody keeps them from coming back."""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from features.disk import flush
from ledger.opening import answering
from ledger.schema import AUDITS, DISPUTES, ERASING, SCORES, TOMBSTONES, plain, ticks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Connection

    from ledger.opening import Ledger

KEY = "erasure.key"
"""File of the key of tombstones. It does not lie in the database: whoever reads that learns of nobody."""


@dataclass(frozen=True)
class Forgotten:
    """Who was erased, and when."""

    key: bytes
    times: Mapping[str, int]

    @classmethod
    def read(cls, connection: Connection, home: Path) -> Forgotten:
        """All tombstones."""
        found = {row.name: row.erased_at for row in connection.execute(select(TOMBSTONES))}
        return cls(_key(home) if found else b"", found)

    def __call__(self, creator_id: str, time: int) -> bool:
        """Whether a row of that creator and time, in microseconds, was to be forgotten."""
        return bool(self.times) and time <= self.times.get(_name(self.key, creator_id), -1)


def erase(ledger: Ledger, creator_id: str) -> dict[str, int]:
    """Delete everything that the ledger holds of a creator and leave a tombstone.

    Rows of the creator from before now do not come back, from a spool or an import. What is scored or audited later is
    kept again.

    Returns:
        How many rows each table lost.

    Raises:
        UnavailableError: The database does not answer; nothing was erased, or what was erased is not overwritten yet.
            Erasing again does both.
    """
    creator_id = plain(creator_id)
    name = _name(_key(ledger.home), creator_id)
    with ledger.writing(alone=True) as connection:
        connection.execute(ERASING.insert().values(creator_id=creator_id))
        counts = {
            table.name: connection.execute(delete(table).where(table.c.creator_id == creator_id)).rowcount
            for table in (DISPUTES, AUDITS, SCORES)
        }
        connection.execute(delete(ERASING))
        mine = TOMBSTONES.c.name == name
        # An earlier erasure may be the later one, by a clock that was set back since.
        before = connection.scalar(select(TOMBSTONES.c.erased_at).where(mine)) or 0
        connection.execute(delete(TOMBSTONES).where(mine))
        connection.execute(TOMBSTONES.insert().values(name=name, erased_at=max(before, ticks(datetime.now(UTC)))))
    _wipe(ledger)
    return counts


def _wipe(ledger: Ledger) -> None:
    """Overwrite what deleted rows leave behind in the database's files."""
    alone = {"isolation_level": "AUTOCOMMIT"}
    with answering(), ledger.engine.connect().execution_options(**alone) as connection:
        if ledger.is_sqlite:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            for table in (DISPUTES, AUDITS, SCORES, ERASING):
                connection.exec_driver_sql(f"VACUUM {table.name}")


def _name(key: bytes, creator_id: str) -> str:
    return hmac.digest(key, creator_id.encode(), "sha256").hex()


def _key(home: Path) -> bytes:
    """The key of this home's tombstones, made when it is first needed; whoever comes first makes it.

    It is on the disk when this returns: without it no tombstone would name anybody.
    """
    path = home / KEY
    if not path.is_file():
        home.mkdir(parents=True, exist_ok=True)
        part = home / f".{KEY}.{os.getpid()}.{secrets.token_hex(4)}"
        part.touch(mode=0o600)
        part.write_bytes(secrets.token_bytes(32))
        flush(part)
        try:
            os.link(part, path)
        except FileExistsError:
            pass
        finally:
            part.unlink()
        flush(home)
    return path.read_bytes()
