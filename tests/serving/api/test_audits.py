from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from features.errors import RefusedError
from ledger import append_dispute, desk, erase, read_audits, read_scores
from ledger.recording import wait_until_moved
from models.settings import Settings
from serving.api import examples
from serving.api.problems import MEDIA_TYPE
from serving.app import create_app
from serving.book import Book
from tests.serving.conftest import LOOPBACK, InProcess, edged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from serving.champions.loaded import Loaded

AUDIT = examples.AUDIT


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book(Settings(home=tmp_path))
    yield book
    book.close()


@pytest.fixture
def recording(loaded: Loaded, book: Book) -> Iterator[httpx.Client]:
    """A client of the application with a ledger."""
    with start_blocking_portal() as portal:
        transport = InProcess(edged(create_app(loaded, book)), portal)
        with httpx.Client(transport=transport, base_url=LOOPBACK) as client:
            yield client


def test_an_audit_is_stored_once_and_never_overwritten(recording: httpx.Client, book: Book) -> None:
    first, again = recording.post("/v1/audits", json=AUDIT), recording.post("/v1/audits", json=AUDIT)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = recording.post("/v1/audits", json=AUDIT | {"verdict": "genuine"})
    assert (other.status_code, other.headers["content-type"]) == (409, MEDIA_TYPE)
    assert other.json()["errors"][0]["pointer"] == "/key"
    [stored] = read_audits(book.ledger)
    assert stored.verdict == "fraud"


def test_an_audit_that_the_database_cannot_hold_is_refused_and_not_asked_for_again(
    recording: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(*_: object) -> NoReturn:
        raise RefusedError("the ledger's database cannot hold a row")

    monkeypatch.setattr(desk, "append_audits", refusing)
    answer = recording.post("/v1/audits", json=AUDIT | {"creator_id": "x" * 6_000})
    assert (answer.status_code, answer.headers["content-type"]) == (400, MEDIA_TYPE)
    assert answer.json()["errors"][0]["pointer"] == "/creator_id"


def test_audits_are_read_back_with_the_state_of_an_objection(recording: httpx.Client, book: Book) -> None:
    recording.post("/v1/audits", json=AUDIT)
    recording.post("/v1/audits", json=AUDIT | {"key": "k2", "verdict": "genuine", "reviewer": "reader-3"})
    append_dispute(book.ledger, str(AUDIT["key"]), "open", "I bought nothing")
    found = recording.get("/v1/audits", params={"creator_id": "creator-1"}).json()
    assert [one["verdict"] for one in found["audits"]] == ["fraud", "genuine"]
    assert found["audits"][0]["dispute"]["state"] == "open"
    assert found["audits"][1]["dispute"] is None
    assert recording.get("/v1/audits", params={"creator_id": "nobody"}).json()["audits"] == []
    assert recording.get("/v1/audits").status_code == 400


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"verdict": "bad"}, "/verdict"),
        ({"key": ""}, "/key"),
        ({"audited_at": "yesterday"}, "/audited_at"),
        ({"audited_at": "2025-04-02T10:15:00"}, "/audited_at"),
        ({"audited_at": "2999-04-02T10:15:00Z"}, "/audited_at"),
        ({"audited_at": "1970-01-01T00:00:00Z"}, "/audited_at"),
        ({"fake_follower_share": 1.5}, "/fake_follower_share"),
        ({"hint": "x"}, "/hint"),
    ],
)
def test_a_wrong_field_is_named(recording: httpx.Client, change: dict[str, object], pointer: str) -> None:
    refused = recording.post("/v1/audits", json=AUDIT | change)
    assert refused.status_code == 400
    assert [fault["pointer"] for fault in refused.json()["errors"]] == [pointer]


def test_an_audit_from_before_an_erasure_is_gone(recording: httpx.Client, book: Book) -> None:
    erase(book.ledger, "creator-1")
    assert recording.post("/v1/audits", json=AUDIT).status_code == 410
    assert recording.post("/v1/audits", json=AUDIT | {"audited_at": None}).status_code == 201


def test_a_database_that_is_away_is_told_with_when_to_try_again(loaded: Loaded, tmp_path: Path) -> None:
    away = Book(Settings(home=tmp_path, ledger="postgresql://someone:hidden@127.0.0.1:1/x"))
    with start_blocking_portal() as portal:
        transport = InProcess(edged(create_app(loaded, away)), portal)
        with httpx.Client(transport=transport, base_url=LOOPBACK) as client:
            assert client.post("/v1/score", json=examples.SCORE).status_code == 200
            refused = client.post("/v1/audits", json=AUDIT)
            looked = client.get("/v1/audits", params={"creator_id": "creator-1"})
    away.close()
    for answer in (refused, looked):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert "hidden" not in answer.text


def test_every_score_served_is_in_the_ledger_with_its_signals(
    recording: httpx.Client, book: Book, loaded: Loaded
) -> None:
    report = recording.post("/v1/score", json=examples.SCORE).json()
    recording.post("/v1/score_batch", json=examples.SCORE_BATCH)
    assert wait_until_moved(book.ledger, 240)  # seconds, on a busy machine
    found = read_scores(book.ledger)
    assert found["creator_id"].to_list() == ["creator-1", "creator-1", "creator-2"]
    first = found.row(0, named=True)
    for name in ("input_hash", "probability", "lo", "hi", "band", "decision", "state"):
        assert first[name] == report[name]
    assert (first["model_version"], first["norms_version"]) == (
        loaded.fraud.contract.version,
        loaded.fraud.context.version,
    )
    verdict = loaded.fraud.verdict(found)
    assert verdict["probability"].to_list() == found["probability"].to_list()


def test_the_worked_example_of_an_audit_gives_the_answer_shown(recording: httpx.Client) -> None:
    operation = recording.get("/docs.json").json()["paths"]["/v1/audits"]["post"]
    worked = operation["requestBody"]["content"]["application/json"]["examples"]["worked"]["value"]
    answer = recording.post("/v1/audits", json=worked)
    shown = operation["responses"]["201"]["content"]["application/json"]["example"]
    assert answer.status_code == 201
    assert answer.json() | {"recorded_at": None} == shown | {"recorded_at": None}
