from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, cast

import pytest
from anyio import CapacityLimiter

from serving.api.problems import RequestError
from serving.queues import singles, together
from serving.queues.singles import Single
from serving.queues.together import MOST_TOGETHER, Together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.book import Book
    from serving.champions.loaded import Loaded

PATIENCE = 240
"""Seconds, on a busy machine."""


def scoring() -> Together:
    return Together(CapacityLimiter(2), CapacityLimiter(2))


def test_whoever_comes_while_others_are_scored_is_scored_with_all_who_wait(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def slowly(asked: Sequence[Single]) -> list[bytes | Exception]:
        counts.append(len(asked))
        begun.set()
        assert go_on.wait(PATIENCE)
        return [one.body for one in asked]

    monkeypatch.setattr(singles, "answers_to", slowly)

    async def ask() -> list[bytes]:
        door = scoring()
        first = asyncio.create_task(door.answer(Single(loaded, b"first")))
        await asyncio.to_thread(begun.wait, PATIENCE)
        later = [asyncio.create_task(door.answer(Single(loaded, b"%d" % k))) for k in range(MOST_TOGETHER + 2)]
        await asyncio.sleep(0)
        later[0].cancel()
        go_on.set()
        return [await one for one in [first, *later[1:]]]

    assert asyncio.run(ask()) == [b"first", *(b"%d" % k for k in range(1, MOST_TOGETHER + 2))]
    assert counts == [1, MOST_TOGETHER, 1]


def sent_back(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Answers are the bodies, a while later; how many were answered together, as they come."""
    counts: list[int] = []

    def slowly(asked: Sequence[Single]) -> list[bytes | Exception]:
        counts.append(len(asked))
        time.sleep(0.05)
        return [one.body for one in asked]

    monkeypatch.setattr(singles, "answers_to", slowly)
    monkeypatch.setattr(together, "PATIENCE", 1_000)  # nobody is too late, however busy the machine
    return counts


def test_those_who_were_answered_together_and_ask_again_at_once_are_scored_together_again(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = sent_back(monkeypatch)
    monkeypatch.setattr(together, "LOOK_SECONDS", 50)

    async def caller(door: Together, number: int) -> None:
        for _ in range(3):
            assert await door.answer(Single(loaded, b"%d" % number)) == b"%d" % number
            await asyncio.sleep(0.001 * number)

    async def ask() -> None:
        door = scoring()
        await asyncio.gather(*(caller(door, number) for number in range(5)))

    asyncio.run(ask())
    assert counts == [5, 5, 5]


def test_whoever_comes_back_alone_does_not_wait_for_those_who_do_not(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = sent_back(monkeypatch)

    async def ask() -> None:
        door = scoring()
        await asyncio.gather(*(door.answer(Single(loaded, b"%d" % number)) for number in range(3)))
        await asyncio.wait_for(door.answer(Single(loaded, b"alone")), PATIENCE)

    asyncio.run(ask())
    assert counts == [3, 1]


def test_an_error_that_nobody_foresaw_is_told_to_those_it_concerns_alone(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(asked: Sequence[Single]) -> list[bytes | Exception]:
        if asked[0].body == b"bad":
            raise ArithmeticError
        return [one.body for one in asked]

    monkeypatch.setattr(singles, "answers_to", failing)

    async def ask() -> list[object]:
        door = scoring()
        found: list[object] = []
        for sent in (b"bad", b"good"):
            found += await asyncio.gather(door.answer(Single(loaded, sent)), return_exceptions=True)
        return found

    failed, answered = asyncio.run(ask())
    assert isinstance(failed, ArithmeticError)
    assert answered == b"good"


class Disk:
    """A book whose disk takes a while, and may be full."""

    def __init__(self, *, full: bool = False) -> None:
        self.full = full
        self.settled = 0
        self.go_on = threading.Event()

    def settle(self) -> None:
        self.settled += 1
        assert self.go_on.wait(PATIENCE)
        if self.full:
            raise RequestError(503, "full")


def test_an_answer_waits_for_the_disk_once_for_all_who_were_scored_together_and_no_scoring_does(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = sent_back(monkeypatch)
    monkeypatch.setattr(together, "PATIENCE", 0.0)
    disk = Disk()
    book = cast("Book", disk)

    async def ask() -> list[bytes]:
        door = scoring()
        written = [asyncio.create_task(door.answer(Single(loaded, b"%d" % k, book))) for k in range(3)]
        while not disk.settled:
            await asyncio.sleep(0.01)
        unwritten = await door.answer(Single(loaded, b"unwritten"))
        assert not any(one.done() for one in written)
        disk.go_on.set()
        return [unwritten, *await asyncio.gather(*written)]

    assert asyncio.run(ask()) == [b"unwritten", b"0", b"1", b"2"]
    assert (counts, disk.settled) == ([3, 1], 1)


def test_what_the_disk_does_not_take_is_not_answered(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    sent_back(monkeypatch)
    disk = Disk(full=True)
    disk.go_on.set()
    with pytest.raises(RequestError, match="full"):
        asyncio.run(scoring().answer(Single(loaded, b"one", cast("Book", disk))))


def test_who_waits_when_the_service_stops_is_told_to_try_again(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, begun = Disk(), threading.Event()

    def slowly(asked: Sequence[Single]) -> list[bytes | Exception]:
        if asked[0].book is None:
            begun.set()
            assert disk.go_on.wait(PATIENCE)
        return [one.body for one in asked]

    monkeypatch.setattr(singles, "answers_to", slowly)

    async def ask() -> list[object]:
        door = scoring()
        asked = [asyncio.create_task(door.answer(Single(loaded, b"one", cast("Book", disk))))]
        while not disk.settled:
            await asyncio.sleep(0.01)
        asked.append(asyncio.create_task(door.answer(Single(loaded, b"two"))))
        await asyncio.to_thread(begun.wait, PATIENCE)
        for task in asyncio.all_tasks() - {*asked, asyncio.current_task()}:
            task.cancel()
        disk.go_on.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    found = asyncio.run(ask())
    assert [isinstance(one, RequestError) and one.status for one in found] == [503, 503]
