from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import orjson
import pytest
from anyio import CapacityLimiter

from ledger import read_scores
from ledger.recording import wait_until_moved
from models.settings import Settings
from serving import examples, singles
from serving.app import score
from serving.book import Book
from serving.problems import RequestError
from serving.singles import MOST_TOGETHER, Single, Together, answers_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from serving.compat import Compat
    from serving.loaded import Loaded

CREATORS = [examples.creator(f"creator-{k}", followers=3_000 + 700 * k) for k in range(6)]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book(Settings(home=tmp_path))
    yield book
    book.close()


def body(creator: object, *, explain: bool = True) -> bytes:
    return orjson.dumps({"creator": creator, "explain": explain})


def goes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many creators each go of scoring had, as they come."""
    counts: list[int] = []
    scored = singles.reported

    def counting(*given: object, **named: object) -> object:
        made = scored(*given, **named)  # type: ignore[arg-type]
        counts.append(len(made.reports))
        return made

    monkeypatch.setattr(singles, "reported", counting)
    return counts


def test_those_that_are_scored_together_are_told_what_each_is_told_alone(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = [score(loaded, body(creator)) for creator in CREATORS]
    counts = goes(monkeypatch)
    assert answers_to([Single(loaded, body(creator)) for creator in CREATORS]) == alone
    assert counts == [len(CREATORS)]


def test_a_record_that_is_refused_leaves_the_others_as_they_are(loaded: Loaded) -> None:
    bad = {**CREATORS[1], "followers": -4}
    bodies = [body(CREATORS[0]), body(bad), b"{", body(CREATORS[2])]
    first, refused, broken, last = answers_to([Single(loaded, one) for one in bodies])
    assert [first, last] == [score(loaded, body(CREATORS[0])), score(loaded, body(CREATORS[2]))]
    assert isinstance(refused, RequestError)
    assert [fault.pointer for fault in refused.faults] == ["/creator/followers"]
    assert isinstance(broken, RequestError)
    assert broken.status == 400


def test_one_creator_twice_and_different_questions_are_scored_in_goes_of_their_own(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {**CREATORS[0], "followers": 90_000}
    shaped: Compat = "modash"
    asked = [
        Single(loaded, body(CREATORS[0])),
        Single(loaded, body(other)),
        Single(loaded, body(CREATORS[1], explain=False)),
        Single(loaded, body(CREATORS[2]), compat=shaped),
        Single(loaded, body(CREATORS[3])),
    ]
    alone = [score(one.loaded, one.body, compat=one.compat) for one in asked]
    counts = goes(monkeypatch)
    assert answers_to(asked) == alone
    assert sorted(counts) == [1, 1, 1, 2]


def test_each_is_recorded_once_even_where_one_among_them_is_refused(loaded: Loaded, book: Book) -> None:
    bodies = [body(CREATORS[0]), body({**CREATORS[1], "followers": -4}), body(CREATORS[2])]
    answers_to([Single(loaded, one, book) for one in bodies])
    book.settle()
    assert wait_until_moved(book.ledger, 30)
    assert sorted(read_scores(book.ledger)["creator_id"]) == ["creator-0", "creator-2"]


def test_whoever_comes_while_others_are_scored_is_scored_with_all_who_wait(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def slowly(asked: Sequence[Single]) -> list[bytes | Exception]:
        counts.append(len(asked))
        begun.set()
        assert go_on.wait(30)
        return [one.body for one in asked]

    monkeypatch.setattr(singles, "answers_to", slowly)

    async def ask() -> list[bytes]:
        together = Together(CapacityLimiter(2))
        first = asyncio.create_task(together.answer(Single(loaded, b"first")))
        await asyncio.to_thread(begun.wait, 30)
        later = [asyncio.create_task(together.answer(Single(loaded, b"%d" % k))) for k in range(MOST_TOGETHER + 2)]
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
    monkeypatch.setattr(singles, "PATIENCE", 1_000)  # nobody is too late, however busy the machine
    return counts


def test_those_who_were_answered_together_and_ask_again_at_once_are_scored_together_again(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = sent_back(monkeypatch)
    monkeypatch.setattr(singles, "LULL_SECONDS", 50)

    async def caller(together: Together, number: int) -> None:
        for _ in range(3):
            assert await together.answer(Single(loaded, b"%d" % number)) == b"%d" % number
            await asyncio.sleep(0.001 * number)

    async def ask() -> None:
        together = Together(CapacityLimiter(2))
        await asyncio.gather(*(caller(together, number) for number in range(5)))

    asyncio.run(ask())
    assert counts == [5, 5, 5]


def test_whoever_comes_back_alone_does_not_wait_for_those_who_do_not(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = sent_back(monkeypatch)

    async def ask() -> None:
        together = Together(CapacityLimiter(2))
        await asyncio.gather(*(together.answer(Single(loaded, b"%d" % number)) for number in range(3)))
        await asyncio.wait_for(together.answer(Single(loaded, b"alone")), 30)

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
        together = Together(CapacityLimiter(2))
        found: list[object] = []
        for sent in (b"bad", b"good"):
            found += await asyncio.gather(together.answer(Single(loaded, sent)), return_exceptions=True)
        return found

    failed, answered = asyncio.run(ask())
    assert isinstance(failed, ArithmeticError)
    assert answered == b"good"
