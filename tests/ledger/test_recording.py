from __future__ import annotations

import logging
import os
import secrets
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from features.errors import UnavailableError
from ledger import Ledger, Recorder, append_scores, erase, opening, read_scores, recording, spool
from ledger.recording import drain, take_up, wait_until_moved
from ledger.spool import SPOOLS, Spool, read_segment, segments
from tests.ledger.servers import empty_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ledger import ScoredBatch
    from tests.ledger.servers import Server

    Batches = Callable[..., ScoredBatch]

PATIENCE = 240
"""Seconds, on a busy machine."""


def test_what_is_recorded_reaches_the_ledger_and_leaves_the_spool(book: Ledger, batch: Batches) -> None:
    recorder = Recorder(book)
    threads = [Thread(target=recorder.record, args=(batch(f"r{k}"),)) for k in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wait_until_moved(book, PATIENCE)
    assert read_scores(book).height == 40
    recorder.record(batch("last", ("cy",)))
    recorder.close()
    assert read_scores(book).height == 41
    assert not list((book.home / SPOOLS).iterdir())


def test_a_record_is_on_the_disk_when_it_was_taken(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for k in range(3):
        spool.append(b"record %d" % k)
        spool.settle()
        [segment] = segments(spool.folder)
        assert list(read_segment(segment))[-1] == b"record %d" % k


@pytest.mark.parametrize("cut", [1, 5, 12])
def test_a_record_that_a_crash_cut_short_is_left_out(tmp_path: Path, cut: int) -> None:
    spool = Spool(tmp_path)
    spool.append(b"whole")
    spool.append(b"torn")
    [segment] = segments(spool.folder)
    segment.write_bytes(segment.read_bytes()[:-cut])
    assert list(read_segment(segment)) == [b"whole"]


def test_what_a_killed_process_left_is_taken_up_once(book: Ledger, batch: Batches, tmp_path: Path) -> None:
    (tmp_path / "record").write_bytes(batch().encode())
    code = (
        "import sys, time; from pathlib import Path; from ledger.spool import Spool;"
        "spool = Spool(Path(sys.argv[1])); spool.append(Path(sys.argv[2]).read_bytes()); print('done', flush=True);"
        "time.sleep(600)"
    )
    command = [sys.executable, "-c", code, str(book.home), str(tmp_path / "record")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        take_up(book)
        assert read_scores(book).is_empty()
        os.kill(process.pid, signal.SIGKILL)
    take_up(book)
    take_up(book)
    assert read_scores(book).height == 2
    assert not list((book.home / SPOOLS).iterdir())


def test_a_service_that_starts_moves_on_what_a_process_that_is_no_more_left(book: Ledger, batch: Batches) -> None:
    left = Spool(book.home)
    left.append(batch().encode())
    os.close(left._held)  # as the system does when a process ends
    Recorder(book).close()
    assert read_scores(book).height == 2
    assert not list((book.home / SPOOLS).iterdir())


def test_a_record_that_the_database_refuses_is_kept_aside_and_holds_up_no_other(
    book: Ledger, batch: Batches, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(book.home)
    for record in (batch("r1").encode(), b'{"names": [], "numbers": "", "creator_id": "secret"', batch("r2").encode()):
        spool.append(record)
    spool.turn()
    with caplog.at_level(logging.ERROR):
        drain(book, spool.waiting())
    assert read_scores(book).height == 4
    assert not spool.waiting()
    assert len(list((book.home / "refused").iterdir())) == 1
    assert "secret" not in caplog.text


def test_an_id_that_postgresql_cannot_hold_is_kept_aside_and_holds_up_no_other(
    postgres: Server, batch: Batches, tmp_path: Path
) -> None:
    with closing(Ledger(empty_database(postgres), tmp_path)) as ledger:
        spool = Spool(tmp_path)
        for one in (batch("r1"), batch("r2", (secrets.token_urlsafe(6_000),)), batch("r3")):
            spool.append(one.encode())
        spool.turn()
        drain(ledger, spool.waiting())
        assert read_scores(ledger)["request_id"].unique().sort().to_list() == ["r1", "r3"]
        assert not spool.waiting()
        assert len(list((tmp_path / "refused").iterdir())) == 1


def test_scores_wait_while_the_database_lets_nobody_write(postgres: Server, batch: Batches, tmp_path: Path) -> None:
    url = empty_database(postgres)
    name = url.rpartition("/")[2]
    with closing(Ledger(url, tmp_path)) as ledger, psycopg.connect(postgres.url, autocommit=True) as admin:
        append_scores(ledger, [batch("before")])
        spool = Spool(tmp_path)
        for k in range(3):
            spool.append(batch(f"while {k}").encode())
        spool.turn()
        for setting in ("on", "off"):
            admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {setting}")  # type: ignore[call-overload]  # takes literals alone
            ledger.close()
            if setting == "on":
                with pytest.raises(UnavailableError, match="ReadOnly"):
                    drain(ledger, spool.waiting())
        assert len(spool.waiting()) == 1
        drain(ledger, spool.waiting())
        assert read_scores(ledger).height == 8
        assert not (tmp_path / "refused").exists()


def test_scores_move_on_after_an_error_that_nobody_foresaw(
    book: Ledger, batch: Batches, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failed = Event()

    def failing(_ledger: Ledger, _records: list[bytes]) -> int:
        monkeypatch.setattr(recording, "append_encoded", append)
        failed.set()
        raise RuntimeError("secret")

    append = recording.append_encoded
    monkeypatch.setattr(recording, "append_encoded", failing)
    monkeypatch.setattr(recording, "AGAIN", 0.1)
    recorder = Recorder(book)
    recorder.record(batch())
    assert failed.wait(PATIENCE)
    assert wait_until_moved(book, PATIENCE)
    assert read_scores(book).height == 2
    recorder.close()
    assert "secret" not in caplog.text


def test_a_long_spool_is_moved_in_transactions_that_memory_holds(
    book: Ledger, batch: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [batch(f"r{k:02}").encode() for k in range(12)]
    spool = Spool(book.home)
    for record in records:
        spool.append(record)
    spool.turn()
    taken: list[list[bytes]] = []
    append = recording.append_encoded

    def counting(ledger: Ledger, some: list[bytes]) -> int:
        taken.append(some)
        return append(ledger, some)

    monkeypatch.setattr(recording, "append_encoded", counting)
    monkeypatch.setattr(recording, "MOST_BYTES", len(records[0]) + len(records[1]) + 1)
    monkeypatch.setattr(recording, "RECORDS", 5)
    drain(book, spool.waiting())
    assert [len(some) for some in taken] == [3] * 4
    assert [record for some in taken for record in some] == records
    assert read_scores(book).height == 24


def test_scores_wait_while_the_database_is_away(
    postgres: Server, tmp_path: Path, batch: Batches, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger(empty_database(postgres), tmp_path)
    append_scores(ledger, [batch("before")])
    recorder = Recorder(ledger)
    postgres.stop()
    try:
        with pytest.raises(UnavailableError):
            append_scores(ledger, [batch("never")])
        recorder.record(batch("while away"))
        end = time.monotonic() + PATIENCE
        while not recorder.away and time.monotonic() < end:
            time.sleep(0.05)
        assert recorder.away
    finally:
        postgres.start()
    assert wait_until_moved(ledger, PATIENCE)
    assert read_scores(ledger)["request_id"].unique().sort().to_list() == ["before", "while away"]
    recorder.close()
    ledger.close()
    assert "postgresql://" not in caplog.text


def test_those_who_ask_a_database_that_does_not_answer_do_not_wait_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answers = Event(), Event()

    @contextmanager
    def silent(_: Ledger, **_alone: bool) -> Iterator[None]:
        asked.set()
        answers.wait(PATIENCE)
        raise UnavailableError("the ledger's database does not answer")
        yield

    monkeypatch.setattr(opening, "PATIENCE", 0.01)
    monkeypatch.setattr(Ledger, "_writer", silent)
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path)
    first = Thread(target=ledger.check)
    first.start()
    try:
        assert asked.wait(PATIENCE)
        with pytest.raises(UnavailableError, match="does not answer"), ledger.reading():
            pass
        assert first.is_alive()
    finally:
        answers.set()
        first.join()


def test_an_erased_creator_does_not_come_back_from_a_spool(book: Ledger, batch: Batches) -> None:
    spool = Spool(book.home)
    spool.append(batch().encode())
    spool.turn()
    erase(book, "ana")
    drain(book, spool.waiting())
    assert read_scores(book)["creator_id"].to_list() == ["ben"]


@pytest.mark.parametrize("late", [False, True])
def test_a_spool_that_was_taken_for_left_behind_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, late: bool
) -> None:
    """`late`: it is removed after its lock was opened and before it was taken."""
    mkdir, flock, met = Path.mkdir, spool.fcntl.flock, []

    def removed() -> None:
        if not met:
            [folder] = (tmp_path / SPOOLS).iterdir()
            met.append(folder)
            (folder / spool.LOCK).unlink(missing_ok=True)
            folder.rmdir()

    def made(folder: Path, *given: Any, **options: Any) -> None:
        mkdir(folder, *given, **options)
        if folder.parent.name == SPOOLS and not late:
            removed()

    def locked(handle: int, how: int) -> None:
        removed()
        flock(handle, how)

    monkeypatch.setattr(Path, "mkdir", made)
    monkeypatch.setattr(spool.fcntl, "flock", locked)
    own = spool.Spool(tmp_path)
    own.append(b"record")
    own.settle()
    assert own.folder not in met
    own.turn()
    assert [list(spool.read_segment(path)) for path in own.waiting()] == [[b"record"]]
    own.release()


def test_a_lock_that_was_removed_before_it_was_taken_locks_nothing_where_there_is_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third process has the lock of the folder as it is now, and would remove what lies in it."""
    flock, met = spool.fcntl.flock, []

    def locked(handle: int, how: int) -> None:
        if not met:
            [folder] = (tmp_path / SPOOLS).iterdir()
            met.append(folder)
            (folder / spool.LOCK).unlink()
            third = os.open(folder / spool.LOCK, os.O_RDWR | os.O_CREAT)
            flock(third, how)
        flock(handle, how)

    monkeypatch.setattr(spool.fcntl, "flock", locked)
    own = spool.Spool(tmp_path)
    assert own.folder not in met
    own.release()
