from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import orjson
import pytest

from ledger import read_scores
from ledger.recording import wait_until_moved
from models.settings import Settings
from serving.api import examples
from serving.api.problems import RequestError
from serving.app import create_app, score_batch
from serving.book import Book
from serving.queues import batches as module
from serving.queues.batches import Batch, Batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from serving.champions.loaded import Loaded

ASKED = Batch(b"some creators", "a model", "modash")
PATIENCE = 120
"""Seconds, on a busy machine."""


class Worker:
    """A worker of its own number, whose batches last until they are let go."""

    def __init__(self, folder: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.may_end = threading.Event()
        self.may_end.set()
        self.for_others: list[Batch] = []
        self.batches = Batches(self.of_another)
        self.place = folder / f"{number}{module.ENDING}"
        with monkeypatch.context() as numbered:
            numbered.setattr(module.os, "getpid", lambda: number)
            self.batches.listen(folder)

    def of_another(self, batch: Batch) -> bytes:
        self.for_others.append(batch)
        self.may_end.wait(PATIENCE)
        if batch.body == b"wrong":
            raise RequestError(400, "wrong")
        return b"the other's answer"

    def answer(self, batch: Batch = ASKED, here: Callable[[], bytes] = lambda: b"its own") -> bytes:
        return self.batches.answer(batch, here)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bonafide-") as path:  # a socket's path has a hundred characters at most
        yield Path(path) / "sockets"


@pytest.fixture
def workers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Worker, Worker]]:
    """Under the numbers of two processes that live."""
    folder.mkdir()
    both = Worker(folder, os.getpid(), monkeypatch), Worker(folder, os.getppid(), monkeypatch)
    yield both
    for one in both:
        one.batches.close()


@contextmanager
def busy(*workers: Worker | Batches) -> Iterator[Callable[[], None]]:
    """Workers that are at a batch until what is given is called, or to the end."""
    over = threading.Event()
    with ThreadPoolExecutor() as pool:
        for worker in workers:
            begun = threading.Event()

            def work(begun: threading.Event = begun) -> bytes:
                begun.set()
                over.wait(PATIENCE)
                return b""

            pool.submit((worker.batches if isinstance(worker, Worker) else worker).answer, ASKED, work)
            assert begun.wait(PATIENCE)
        try:
            yield over.set
        finally:
            over.set()


def of_a_process_that_is_gone() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    return gone.pid


def leave_socket(place: Path) -> None:
    """A socket that nobody listens on, as a killed process leaves it."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(place))


def wait_for(happened: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened() and time.monotonic() < end:
        time.sleep(0.001)
    assert happened()


def test_who_has_nothing_to_do_answers_itself(workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    assert [one.answer() for _ in range(3)] == [b"its own"] * 3
    assert not other.for_others


def test_a_busy_worker_hands_the_next_batch_to_one_that_is_not(workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    with busy(one):
        assert one.answer() == b"the other's answer"
    assert other.for_others == [ASKED]


def test_a_worker_that_cannot_begin_a_thread_takes_batches_when_it_can_again(
    workers: tuple[Worker, Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = workers
    start = threading.Thread.start

    def failing(thread: threading.Thread) -> None:
        if thread._target.__name__ != "_work_for":  # type: ignore[attr-defined]
            start(thread)
            return
        monkeypatch.setattr(threading.Thread, "start", start)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", failing)
    with busy(one):
        assert one.answer() == b"the other's answer"  # which was asked again
    assert threading.Thread.start is start
    wait_for(lambda: other.answer() == b"its own")  # it is free again a moment after the last answer has left it


def test_where_all_are_busy_it_waits(workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    with busy(one, other) as let_go, ThreadPoolExecutor() as pool:
        answer = pool.submit(one.answer)
        time.sleep(3 * module.LOOK_SECONDS)
        assert not answer.done()
        assert not other.for_others
        let_go()
        assert answer.result(PATIENCE) in (b"its own", b"the other's answer")


def test_a_worker_is_at_no_more_than_one_whoever_asks(workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    other.may_end.clear()
    with busy(one), ThreadPoolExecutor() as pool:
        handed = pool.submit(one.answer)
        wait_for(lambda: other.for_others)
        own = pool.submit(other.answer)
        time.sleep(3 * module.LOOK_SECONDS)
        assert not own.done()
        other.may_end.set()
        assert handed.result(PATIENCE) == b"the other's answer"
        assert own.result(PATIENCE) == b"its own"


def test_what_another_refuses_is_refused_where_it_came(workers: tuple[Worker, Worker]) -> None:
    one, other = workers

    def refused() -> bytes:
        raise RequestError(400, "wrong, said here")

    with busy(one) as let_go, ThreadPoolExecutor() as pool:
        answer = pool.submit(one.answer, Batch(b"wrong", "a model"), refused)
        wait_for(lambda: other.for_others)
        let_go()
        with pytest.raises(RequestError, match="said here"):
            answer.result(PATIENCE)
    assert len(other.for_others) == 1
    assert one.answer() == b"its own"


def test_a_worker_that_was_killed_is_forgotten(folder: Path, workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    other.batches.close()
    assert [*folder.iterdir()] == [one.place]
    place = folder / f"{of_a_process_that_is_gone()}{module.ENDING}"
    leave_socket(place)
    with busy(one) as let_go, ThreadPoolExecutor() as pool:
        answer = pool.submit(one.answer)
        wait_for(lambda: not place.exists())
        let_go()
        assert answer.result(PATIENCE) == b"its own"


@pytest.mark.parametrize("foreign", [False, True], ids=["own", "of another user"])
def test_a_worker_that_does_not_listen_yet_is_not_forgotten(
    foreign: bool, folder: Path, workers: tuple[Worker, Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its socket is there a moment before anybody can connect to it."""
    one, other = workers
    other.batches.close()
    leave_socket(other.place)

    def refused(_number: int, _signal: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    if foreign:
        monkeypatch.setattr(module.os, "kill", refused)
    assert one.batches._handed_on(ASKED) is None
    one.batches.close()
    assert other.place.exists()


def test_a_worker_ends_where_its_socket_and_then_the_folder_were_removed(
    folder: Path, workers: tuple[Worker, Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = workers
    scandir = os.scandir

    def too_late(path: Path) -> Iterator[os.DirEntry[str]]:
        monkeypatch.setattr(os, "scandir", scandir)
        other.batches.close()
        return scandir(path)

    one.place.unlink()
    monkeypatch.setattr(os, "scandir", too_late)
    one.batches.close()
    assert not folder.exists()


def test_a_batch_whose_worker_dies_is_answered_here_under_the_same_id(
    workers: tuple[Worker, Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = workers
    tried: list[str] = []

    def dies(batch: Batch) -> bytes:
        tried.append(batch.request_id)
        raise EOFError  # ends the connection without an answer

    monkeypatch.setattr(other.batches, "_answered", dies)
    with busy(one) as let_go, ThreadPoolExecutor() as pool:
        answer = pool.submit(one.answer)
        wait_for(lambda: tried)
        let_go()
        assert answer.result(PATIENCE) == b"its own"
    assert set(tried) == {ASKED.request_id}


def test_who_goes_last_takes_along_what_killed_workers_left(folder: Path, workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    other.batches.close()
    (folder / f"{of_a_process_that_is_gone()}{module.ENDING}").touch()
    one.batches.close()
    assert not folder.exists()


def test_a_worker_that_has_no_file_left_open_rests_before_it_listens_again(
    workers: tuple[Worker, Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, other = workers
    rests: list[float] = []

    class Full:
        """A listener of a process with too many open files, until it has rested."""

        def accept(self) -> None:
            if rests:
                other.batches._own = None
            raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=rests.append))  # other threads sleep as ever
    other.batches._take(Full())  # type: ignore[arg-type]
    assert rests == [module.LOOK_SECONDS]


def test_a_worker_that_cannot_listen_works_alone(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    alone = Batches(lambda _: b"for another")
    alone.listen(folder / ("a" * 100))
    assert "do not hand on batches" in caplog.text
    assert alone.answer(ASKED, lambda: b"its own") == b"its own"
    alone.close()


def test_the_folder_goes_with_the_last_worker(folder: Path, workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    one.batches.close()
    assert folder.is_dir()
    other.batches.close()
    assert not folder.exists()


@pytest.fixture
def apps(folder: Path, loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Batches, Batches]]:
    """Those of two services' workers."""
    folder.mkdir()
    one, other = (create_app(loaded).state.batches for _ in range(2))
    for number, batches in enumerate((one, other)):
        monkeypatch.setattr(module.os, "getpid", lambda number=number: number)
        batches.listen(folder)
    yield one, other
    one.close()
    other.close()


def body(creator_id: str) -> bytes:
    return orjson.dumps({"creators": [examples.creator(creator_id, followers=4_000)], "explain": True})


def nowhere() -> bytes:
    raise AssertionError("it was not handed on")


def test_the_answer_is_the_same_wherever_it_is_given(apps: tuple[Batches, Batches], loaded: Loaded) -> None:
    one, _ = apps
    asked = Batch(body("one"), loaded.fraud.contract.version)
    with busy(one):
        assert one.answer(asked, nowhere) == score_batch(loaded, asked)


def test_a_worker_with_another_model_does_not_answer(apps: tuple[Batches, Batches]) -> None:
    one, _ = apps
    with busy(one) as let_go, ThreadPoolExecutor() as pool:
        answer = pool.submit(one.answer, Batch(body("one"), "another model"), lambda: b"its own")
        time.sleep(3 * module.LOOK_SECONDS)
        assert not answer.done()
        let_go()
        assert answer.result(PATIENCE) == b"its own"


def test_a_batch_that_two_workers_answered_is_in_the_ledger_once(loaded: Loaded, tmp_path: Path) -> None:
    asked, again = (Batch(body("one"), loaded.fraud.contract.version) for _ in range(2))
    book = Book(Settings(home=tmp_path / "home"))
    for batch in (asked, asked, again):
        score_batch(loaded, batch, book)
    book.settle()
    assert wait_until_moved(book.ledger, PATIENCE)
    assert sorted(read_scores(book.ledger)["request_id"]) == sorted([asked.request_id, again.request_id])
    book.close()
