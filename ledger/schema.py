"""The tables of the ledger, the same in SQLite and PostgreSQL. Times are microseconds since 1970, UTC.

`ledger.migrations` makes them, with the triggers that keep rows from being changed or deleted.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

METADATA = MetaData()

SIGNAL_LISTS = Table(
    "signal_lists",
    METADATA,
    Column("list_id", String, primary_key=True),
    Column("names", String, nullable=False),
)
"""Names of the values of a score, as a JSON array in their order; `list_id` is its SHA-256."""

SCORES = Table(
    "scores",
    METADATA,
    Column("request_id", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("role", String, primary_key=True),
    Column("model_version", String, primary_key=True),
    Column("scored_at", BigInteger, nullable=False),
    Column("creator_id", String, nullable=False),
    Column("platform", String),
    Column("tier", String),
    Column("input_hash", String, nullable=False),
    Column("model", String, nullable=False),
    Column("norms_version", String, nullable=False),
    Column("state", String, nullable=False),
    Column("probability", Double),
    Column("lo", Double),
    Column("hi", Double),
    Column("band", String),
    Column("decision", String, nullable=False),
    Column("list_id", String, ForeignKey(SIGNAL_LISTS.c.list_id), nullable=False),
    Column("numbers", LargeBinary, nullable=False),
    Index("scores_by_time", "scored_at"),
    Index("scores_by_creator", "creator_id", "scored_at"),
)
"""One row a creator and model that answered. `numbers` are the values of the signal list, as little-endian doubles."""

AUDITS = Table(
    "audits",
    METADATA,
    Column("key", String, primary_key=True),
    Column("content", String, nullable=False),
    Column("creator_id", String, nullable=False),
    Column("audited_at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("verdict", String),
    Column("fake_follower_share", Double),
    Column("types", String),
    Column("reviewer", String),
    Column("note", String),
    Column("input_hash", String),
    UniqueConstraint("creator_id", "audited_at"),
)
"""One row a verdict. `content` is the SHA-256 of what was handed in, by which a repetition is known."""

DISPUTES = Table(
    "disputes",
    METADATA,
    Column("entry", Integer, primary_key=True, autoincrement=True),
    Column("audit_key", String, ForeignKey(AUDITS.c.key), nullable=False, index=True),
    Column("creator_id", String, nullable=False),
    Column("stated_at", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("note", String),
)
"""What became of a creator's objection to an audit: one row each time its state changed."""

TOMBSTONES = Table(
    "tombstones",
    METADATA,
    Column("name", String, primary_key=True),
    Column("erased_at", BigInteger, nullable=False),
)
"""Whom the ledger was made to forget: a keyed hash of the id. The key does not lie in the database."""

ERASING = Table("erasing", METADATA, Column("creator_id", String, primary_key=True))
"""The creator whose rows are being erased: the one exception that the triggers make. Empty outside that transaction."""

T = TypeVar("T", str, str | None)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def ticks(time: datetime) -> int:
    """A time as the tables hold it.

    >>> ticks(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (time.astimezone(UTC) - _EPOCH) // _MICROSECOND


def moment(found: int) -> datetime:
    """A time of the tables as a datetime in UTC."""
    return _EPOCH + found * _MICROSECOND


def plain(text: T) -> T:
    """A text as both databases can hold it: PostgreSQL takes no NUL."""
    return text if text is None else text.replace("\0", "\ufffd")
