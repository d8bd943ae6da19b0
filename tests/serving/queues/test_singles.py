from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from ledger import read_scores
from ledger.recording import wait_until_moved
from models.settings import Settings
from serving.api import examples
from serving.api.problems import RequestError
from serving.app import score
from serving.book import Book
from serving.queues import singles
from serving.queues.singles import Single, answers_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serving.champions.loaded import Loaded
    from serving.compat import Compat

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
    assert wait_until_moved(book.ledger, 240)
    assert sorted(read_scores(book.ledger)["creator_id"]) == ["creator-0", "creator-2"]
