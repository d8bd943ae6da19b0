"""The first tables, and the triggers that keep rows from being changed or deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "first"
down_revision = None

APPEND_ONLY = ("scores", "audits", "disputes")


REFUSE_ROW = """
CREATE FUNCTION ledger_refuse_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT 1 FROM erasing WHERE erasing.creator_id = OLD.creator_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the ledger is append-only';
END $$
"""
REFUSE_ALL = """
CREATE FUNCTION ledger_refuse_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$
"""


def upgrade() -> None:
    """Make the tables and their triggers."""
    op.create_table(
        "signal_lists",
        sa.Column("list_id", sa.String, primary_key=True),
        sa.Column("names", sa.String, nullable=False),
    )
    _scores()
    _audits()
    op.create_table(
        "tombstones",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("erased_at", sa.BigInteger, nullable=False),
    )
    op.create_table("erasing", sa.Column("creator_id", sa.String, primary_key=True))
    sqlite = op.get_bind().dialect.name == "sqlite"
    (_sqlite_triggers if sqlite else _postgres_triggers)()


def _scores() -> None:
    op.create_table(
        "scores",
        sa.Column("request_id", sa.String, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("role", sa.String, primary_key=True),
        sa.Column("model_version", sa.String, primary_key=True),
        sa.Column("scored_at", sa.BigInteger, nullable=False),
        sa.Column("creator_id", sa.String, nullable=False),
        sa.Column("platform", sa.String),
        sa.Column("tier", sa.String),
        sa.Column("input_hash", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("norms_version", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("probability", sa.Double),
        sa.Column("lo", sa.Double),
        sa.Column("hi", sa.Double),
        sa.Column("band", sa.String),
        sa.Column("decision", sa.String, nullable=False),
        sa.Column("list_id", sa.String, sa.ForeignKey("signal_lists.list_id"), nullable=False),
        sa.Column("numbers", sa.LargeBinary, nullable=False),
    )
    op.create_index("scores_by_time", "scores", ["scored_at"])
    op.create_index("scores_by_creator", "scores", ["creator_id", "scored_at"])


def _audits() -> None:
    op.create_table(
        "audits",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("content", sa.String, nullable=False),
        sa.Column("creator_id", sa.String, nullable=False),
        sa.Column("audited_at", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("verdict", sa.String),
        sa.Column("fake_follower_share", sa.Double),
        sa.Column("types", sa.String),
        sa.Column("reviewer", sa.String),
        sa.Column("note", sa.String),
        sa.Column("input_hash", sa.String),
        sa.UniqueConstraint("creator_id", "audited_at"),
    )
    op.create_table(
        "disputes",
        sa.Column("entry", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("audit_key", sa.String, sa.ForeignKey("audits.key"), nullable=False),
        sa.Column("creator_id", sa.String, nullable=False),
        sa.Column("stated_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("note", sa.String),
    )
    op.create_index("ix_disputes_audit_key", "disputes", ["audit_key"])


def _sqlite_triggers() -> None:
    for table in APPEND_ONLY:
        refuse = "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        unless = "WHEN NOT EXISTS (SELECT 1 FROM erasing WHERE erasing.creator_id = OLD.creator_id)"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {unless} {refuse}")


def _postgres_triggers() -> None:
    for function in (REFUSE_ROW, REFUSE_ALL):
        op.execute(function)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION ledger_refuse_row()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_all()"
        )
