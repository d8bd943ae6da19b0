from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from features.errors import UnavailableError
from ledger import (
    Ledger,
    NewAudit,
    append_audits,
    append_dispute,
    append_scores,
    audited_scores,
    erase,
    erasure,
    read_audits,
    read_scores,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ledger import ScoredBatch

    Batches = Callable[..., ScoredBatch]

NAME = "ana-of-the-long-and-unmistakable-name"
LONG_AGO = datetime(2025, 6, 1, 15, tzinfo=UTC)


def test_nothing_of_an_erased_creator_is_left_and_others_stay(book: Ledger, batch: Batches) -> None:
    append_scores(book, [batch("r1", (NAME, "ben"))])
    append_audits(book, [NewAudit(NAME, "fraud", LONG_AGO, key="k"), NewAudit("ben", "genuine", LONG_AGO)])
    append_dispute(book, "k", "open", f"{NAME} says no")
    assert erase(book, NAME) == {"disputes": 1, "audits": 1, "scores": 1}
    assert read_scores(book)["creator_id"].to_list() == ["ben"]
    assert [one.creator_id for one in read_audits(book)] == ["ben"]
    assert audited_scores(book)["creator_id"].to_list() == ["ben"]
    with book.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM tombstones").scalar() == 1
        assert connection.exec_driver_sql("SELECT count(*) FROM erasing").scalar() == 0
    if book.is_sqlite:
        for path in book.home.rglob("*"):
            assert NAME.encode() not in path.read_bytes(), path


def test_what_is_older_than_the_erasure_stays_out_and_what_is_newer_comes_in(book: Ledger, batch: Batches) -> None:
    append_scores(book, [batch("r1", (NAME,))])
    erase(book, NAME)
    assert append_scores(book, [batch("r1", (NAME,))]) == 0
    later = (datetime.now(UTC) - LONG_AGO) / timedelta(hours=1) + 24
    assert append_scores(book, [batch("r2", (NAME,), hours=later)]) == 1
    old, new = append_audits(book, [NewAudit(NAME, "fraud", LONG_AGO, key="old"), NewAudit(NAME, "fraud", key="new")])
    assert (old.outcome, new.outcome) == ("erased", "stored")


def test_erasing_twice_or_somebody_unknown_does_no_harm(book: Ledger, batch: Batches) -> None:
    append_scores(book, [batch()])
    assert erase(book, "nobody") == {"disputes": 0, "audits": 0, "scores": 0}
    erase(book, "ana")
    erase(book, "ana")
    assert read_scores(book).height == 1


def test_erasing_again_by_a_clock_that_was_set_back_lets_nothing_in(
    book: Ledger, batch: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase(book, NAME)

    class SetBack(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> SetBack:
            return cls(2025, 1, 1, tzinfo=tz)

    monkeypatch.setattr(erasure, "datetime", SetBack)
    erase(book, NAME)
    assert append_scores(book, [batch("r1", (NAME,))]) == 0


def test_the_key_of_tombstones_is_on_the_disk_before_there_is_one(
    book: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[tuple[int, bool]] = []
    key = book.home / erasure.KEY

    def flush(path: Path) -> None:
        flushed.append((path.stat().st_size if path.is_file() else 0, key.exists()))

    monkeypatch.setattr(erasure, "flush", flush)
    erase(book, NAME)
    erase(book, "ben")
    assert flushed == [(32, False), (0, True)]


def test_nobody_else_may_read_the_key_of_tombstones_and_no_copy_of_it_is_left(book: Ledger) -> None:
    erase(book, NAME)
    key = book.home / erasure.KEY
    assert key.stat().st_mode & 0o777 == 0o600
    assert [path for path in book.home.iterdir() if path.is_file() and path.read_bytes() == key.read_bytes()] == [key]


def test_a_database_that_goes_away_before_its_files_are_overwritten_is_told_as_away(
    book: Ledger, batch: Batches
) -> None:
    append_scores(book, [batch()])

    def away(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("VACUUM", "PRAGMA wal_checkpoint")):
            raise OperationalError(statement, {}, Exception("secret"))

    event.listen(book.engine, "before_cursor_execute", away)
    with pytest.raises(UnavailableError, match="does not answer"):
        erase(book, "ana")
    event.remove(book.engine, "before_cursor_execute", away)
    assert erase(book, "ana") == {"disputes": 0, "audits": 0, "scores": 0}


def test_an_erasure_waits_for_those_who_looked_at_the_tombstones_before_it(book: Ledger, batch: Batches) -> None:
    append_scores(book, [batch()])
    erasing = threading.Thread(target=erase, args=(book, "ana"))
    with book.writing():
        erasing.start()
        erasing.join(0.5)
        assert erasing.is_alive()
    erasing.join()
    assert read_scores(book)["creator_id"].to_list() == ["ben"]
