"""A ledger's database: how it is reached, made and brought up to date."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from features.errors import ContractError, RefusedError, UnavailableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE = 5
"""Seconds after which a database that does not answer counts as away."""

WRITING = {"writes": True}
LOCK = 0x426F6E61
"""The advisory lock of PostgreSQL that writers of audits, migrations and erasures take alone, and writers of scores
together: an erasure must not pass between their look at the tombstones and their commit. 'Bona' in ASCII."""

DAMAGED = ("SQLITE_NOTADB", "SQLITE_CORRUPT")
READ_ONLY = "ReadOnlySqlTransaction"
"""What PostgreSQL says where a standby has not taken over yet, or its keeper let nobody write to a full disk."""
TOO_LONG = "ProgramLimitExceeded"
"""What PostgreSQL says of a text that is too long for an index, among errors of its own state."""

DRIVERS = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}

_POSTGRES = {
    "connect_timeout": PATIENCE,
    "tcp_user_timeout": PATIENCE * 1000,
    "keepalives_idle": PATIENCE,
    "options": f"-c statement_timeout={6 * PATIENCE}s -c lock_timeout={6 * PATIENCE}s",
}


class Ledger:
    """A ledger by the address of its database, which is made or brought up to date when it is first used.

    Attributes:
        home: The folder beside it, which keeps the key of tombstones and the spools of running services.
    """

    def __init__(self, url: str, home: Path) -> None:
        self.home = home
        self._url = url
        self._ready = False
        self._lock = Lock()

    @cached_property
    def engine(self) -> Engine:
        """The database's engine; UsageError where the address is none."""
        return _engine(self._url)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of SQLite."""
        return self.engine.dialect.name == "sqlite"

    def check(self) -> None:
        """UsageError where the address is none, ContractError where a newer Bonafide wrote it; it may be away."""
        with suppress(UnavailableError), self.reading():
            pass
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads; UnavailableError where the database does not answer."""
        with answering():
            self._upgrade_once()
            with self.engine.begin() as connection:
                yield connection

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Connection]:
        """A transaction that writes; committed and on the disk when this returns.

        Args:
            alone: Wait until nobody else writes, and let nobody begin; SQLite has one writer at a time anyway.
        """
        with answering():
            self._upgrade_once()
            with self._writer(alone=alone) as connection:
                yield connection

    def close(self) -> None:
        """Let go of the connections."""
        self.engine.dispose()

    @contextmanager
    def _writer(self, *, alone: bool) -> Iterator[Connection]:
        with self.engine.connect().execution_options(**WRITING) as connection, connection.begin():
            if not self.is_sqlite:
                lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
                connection.exec_driver_sql(f"SELECT {lock}({LOCK})")
            yield connection

    def _upgrade_once(self) -> None:
        """Whoever finds another at it for as long as a database may take to answer does not go on to ask it as well."""
        if not self._lock.acquire(timeout=PATIENCE):
            raise UnavailableError("the ledger's database does not answer, or is being brought up to date")
        try:
            if self._ready:
                return
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            with self._writer(alone=True) as connection:
                found = MigrationContext.configure(connection).get_current_revision()
                known = {one.revision for one in ScriptDirectory.from_config(config).walk_revisions()}
                if found is not None and found not in known:
                    raise ContractError("the ledger was written by a newer Bonafide than this one; install that")
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
            self._ready = True
        finally:
            self._lock.release()


@contextmanager
def answering() -> Iterator[None]:
    """A database that is away, locked, full or read-only is an UnavailableError, a file that is none or damaged a
    ContractError, a row that it cannot hold a RefusedError; the database's own words may name an address and stay out.
    """
    try:
        yield
    except PoolTimeoutError as error:
        raise UnavailableError(f"the ledger's database does not answer ({_kind(error)})") from None
    except DBAPIError as error:
        kind = _kind(error)
        if isinstance(error, DataError) or kind == TOO_LONG:
            raise RefusedError(f"the ledger's database cannot hold a row ({kind})") from None
        if isinstance(error, OperationalError | InterfaceError) or kind == READ_ONLY:
            raise UnavailableError(f"the ledger's database does not answer ({kind})") from None
        if kind in DAMAGED:
            raise ContractError(f"the ledger's file is damaged or no database of SQLite ({kind})") from None
        if not error.connection_invalidated:
            raise
        raise UnavailableError(f"the ledger's database went away ({kind})") from None


def _kind(error: Exception) -> str:
    cause = getattr(error, "orig", None)
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorname", type(cause).__name__)
    return type(cause or error).__name__


def _engine(address: str) -> Engine:
    try:
        url = make_url(address)
        url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
        if url.get_backend_name() == "sqlite":
            return _sqlite(url.database or "")
        if url.get_backend_name() == "postgresql":
            return create_engine(url, pool_pre_ping=True, pool_timeout=PATIENCE, connect_args=_POSTGRES)
    except ArgumentError:
        raise UsageError("the ledger's address cannot be read; give sqlite:///FILE or postgresql://...") from None
    except (ModuleNotFoundError, NoSuchModuleError):
        raise UsageError("a ledger in PostgreSQL needs its driver: pip install '.[postgres]' in the checkout") from None
    raise UsageError(f"a ledger lies in SQLite or PostgreSQL, not in {url.get_backend_name()}")


def _sqlite(file: str) -> Engine:
    if not file or file == ":memory:":
        raise UsageError("a ledger in SQLite needs a file: sqlite:///FILE")
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # made here, so that only its owner may read it; where that cannot be, SQLite says why
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": 6 * PATIENCE})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy gives the driver's own
    """Set a connection up: transactions begin where we say, commits reach the disk, deleted rows are overwritten."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    end = time.monotonic() + PATIENCE
    while True:  # SQLite does not wait by itself where another connection is changing the mode too
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
    cursor.close()


def _begin(connection: Connection) -> None:
    """A writer waits for its turn at the start: a reader that turns into a writer later may be refused."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
