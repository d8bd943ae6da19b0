from __future__ import annotations

import json
import logging
from datetime import date, datetime
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import records
from serving.api import examples
from serving.api.bodies import MOST_BYTES
from serving.api.problems import MEDIA_TYPE, MOST_ERRORS, ProblemDocument
from serving.api.requests import MOST_CREATORS
from serving.queues import singles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from httpx import Client, Response

    from serving.champions.loaded import Loaded

    ClientOf = Callable[[Loaded | None], AbstractContextManager[Client]]


MARKER = "hunter2-marker"
BARE = {"creator_id": "a", "platform": "instagram"}


def problem(answer: Response, status: int) -> ProblemDocument:
    """The problem document of an answer that must have that status."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    document = ProblemDocument.model_validate_json(answer.content)
    assert document.status == status
    return document


def pointers(answer: Response, status: int = 400) -> list[str]:
    return [fault.pointer for fault in problem(answer, status).errors]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ["/creator"]),
        ({"creator": []}, ["/creator"]),
        ({"creator": BARE, "explain": "yes"}, ["/explain"]),
        ({"creator": BARE, "explian": True}, ["/explian"]),
        ({"creator": {**BARE, "nmae": 1}}, ["/creator/nmae"]),
        ({"creator": {"creator_id": "a"}}, ["/creator/platform"]),
        ({"creator": {**BARE, "platform": MARKER}}, ["/creator/platform"]),
        ({"creator": {**BARE, "followers": -1, "following": 1.5}}, ["/creator/followers", "/creator/following"]),
        ({"creator": {**BARE, "posts": 3}}, ["/creator/posts"]),
        ({"creator": {**BARE, "posts": [3]}}, ["/creator/posts/0"]),
        ({"creator": {**BARE, "posts": [{"post_id": "p", "a/b": 1}]}}, ["/creator/posts/0/a~1b"]),
        ({"creator": {**BARE, "posts": [{"post_id": "p"}, {"post_id": "p"}]}}, ["/creator/posts/1"]),
        ({"creator": {**BARE, "observed_at": "2999-01-01T00:00:00Z"}}, ["/creator/observed_at"]),
    ],
)
def test_a_refused_score_names_every_field_at_fault(client: Client, body: dict, expected: list[str]) -> None:
    answer = client.post("/v1/score", json=body)
    assert sorted(pointers(answer)) == expected
    assert MARKER not in answer.text


def test_infinity_is_refused_by_name(client: Client) -> None:
    body = json.dumps({"creator": {**BARE, "followers": float("inf")}})
    assert pointers(client.post("/v1/score", content=body)) == ["/creator/followers"]


def test_one_bad_record_refuses_the_batch_and_has_its_index(client: Client) -> None:
    creators = [examples.creator(f"c{k}") for k in range(5)]
    creators[3]["posts"][1]["likes"] = -5  # type: ignore[index]
    document = problem(client.post("/v1/score_batch", json={"creators": creators}), 400)
    assert [(fault.pointer, fault.ids) for fault in document.errors] == [("/creators/3/posts/1/likes", ("c3", "p1"))]


@pytest.mark.parametrize(
    ("creators", "expected"),
    [([], ["/creators"]), ([BARE, BARE], ["/creators/1"]), ([BARE] * (MOST_CREATORS + 1), ["/creators"])],
    ids=["empty", "twice the same", "too many"],
)
def test_a_batch_of_the_wrong_size_is_refused(client: Client, creators: list, expected: list[str]) -> None:
    assert pointers(client.post("/v1/score_batch", json={"creators": creators})) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"creator_ids": ["a"]}, ["/creator_ids"]),
        ({"candidates": None, "creator_ids": []}, ["/creator_ids"]),
        ({"candidates": None, "creator_ids": ["a", 2, "", True, None]}, [f"/creator_ids/{k}" for k in (2, 3, 4)]),
        ({"reasons": -1}, ["/reasons"]),
        ({"risk": "gate"}, ["/risk"]),
        ({"risk": {"form": "divide", "most": 3}}, ["/risk/form", "/risk/most"]),
        ({"weights": {"relevance": 0, "authenticity": 0, "reach": 0}}, ["/weights"]),
        (
            {"weights": {"relevance": -1, "reach": "1", "fame": 1}},
            [f"/weights/{k}" for k in ("relevance", "reach", "fame")],
        ),
        ({"filters": {"min_followers": -1, "platforms": []}}, ["/filters/min_followers", "/filters/platforms"]),
        ({"filters": {"min_followers": 10, "max_followers": 9}}, ["/filters/max_followers"]),
        ({"filters": {"min_followers": 10**30}}, ["/filters/min_followers"]),
        ({"brief": {"brief_id": "b", "weights": {"fame": 1}}}, ["/brief/weights"]),
        ({"brief": {"brief_id": "b", "weights": {"relevance": 0, "authenticity": 0}}}, ["/brief/weights"]),
        ({"brief": {"brief_id": "b", "weights": {"relevance": -2}}}, ["/brief/weights"]),
        ({"candidates": []}, ["/candidates"]),
        ({"candidates": [BARE, {"creator_id": "b", "platform": "?"}]}, ["/candidates/1/platform"]),
        ({"top": 0}, ["/top"]),
        ({"top": "3"}, ["/top"]),
        ({"brief": {"brief_id": "b", "budget": -1}}, ["/brief/budget"]),
        ({"brief": {"text": "no id"}}, ["/brief/brief_id"]),
        ({"brief": {"brief_id": "b", "words": "?"}}, ["/brief/words"]),
    ],
)
def test_a_refused_ranking_names_the_field(client: Client, change: dict, expected: list[str]) -> None:
    assert pointers(client.post("/v1/rank", json=examples.RANK | change)) == expected


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/rank"),
        ("POST", "/v1/similar"),
        ("POST", "/v1/audits"),
        ("GET", "/v1/audits"),
        ("GET", "/v1/model"),
        ("GET", "/v1/jobs"),
        ("DELETE", "/v1/jobs/one"),
    ],
)
def test_a_parameter_that_an_endpoint_does_not_take_is_refused_by_name(client: Client, method: str, path: str) -> None:
    answer = client.request(method, path, params={"creator_id": "a", "top": 5} if "audits" in path else {"top": 5})
    assert "top" in [fault.parameter for fault in problem(answer, 400).errors]


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/v1/score_batch", {"creators": []}, "Must have at least 1 item."),
        ("/v1/rank", examples.RANK | {"top": 0}, "Must be greater than or equal to 1."),
        ("/v1/audits", {"key": "k", "creator_id": "a", "verdict": "no"}, "Must be 'genuine', 'fraud' or 'unsure'."),
    ],
)
def test_what_a_field_must_be_is_said_in_one_way(client: Client, path: str, body: dict, said: str) -> None:
    assert [one.detail for one in problem(client.post(path, json=body), 400).errors] == [said]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [""]),
        ({"creator_id": "a", "niche": "food"}, [""]),
        ({"creator_id": 1.5}, ["/creator_id"]),
        ({"creator_id": "a", "top": 0}, ["/top"]),
        ({"creator_id": "a", "same": ["language"]}, ["/same/0"]),
        ({"niche": "food", "same": ["tier"]}, ["/same"]),
        ({"niche": "food", "filters": {"max_risk": -1, "platforms": "x"}}, ["/filters/max_risk", "/filters/platforms"]),
        ({"niche": "food", "filters": {"min_followers": 2, "max_followers": 1}}, ["/filters/max_followers"]),
    ],
)
def test_a_refused_search_names_the_field(client: Client, body: dict, expected: list[str]) -> None:
    assert sorted(pointers(client.post("/v1/similar", json=body))) == expected


@pytest.mark.parametrize(
    "body", [b"", b"{", b'"text"', b"[]", b"null", b"\xff\xfe", b'{"creator": "\\ud800"', b'"\\ud800"', b"[" * 999]
)
def test_what_is_not_a_json_object_is_refused(client: Client, body: bytes) -> None:
    assert problem(client.post("/v1/score", content=body), 400).errors == ()


@pytest.mark.parametrize("path", ["/v1/score", "/v1/score_batch", "/v1/rank"])
def test_a_text_that_was_cut_within_a_character_is_read(client: Client, path: str) -> None:
    record = {**BARE, "bio": "cut \ud83d", "posts": [{"post_id": "p", "caption": "cut \ud83d"}]}
    body = {
        "/v1/score": {"creator": record},
        "/v1/score_batch": {"creators": [record]},
        "/v1/rank": {"brief": {"brief_id": "b", "text": "cut \ud83d"}, "candidates": [record]},
    }[path]
    assert client.post(path, content=json.dumps(body)).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/v1/score", {"creator": {**BARE, "creator_id": "\ud83d"}}, ["/creator/creator_id"]),
        ("/v1/score", {"creator": {**BARE, "\ud83d": 1}}, ["/creator/?"]),
        ("/v1/score", {"creator": BARE, "\ud83d": 1}, [""]),
        ("/v1/rank", {"brief": {"brief_id": "b"}, "creator_ids": ["\ud83d"]}, ["/creator_ids/0"]),
        ("/v1/audits", {"key": "k", "creator_id": "a", "verdict": "fraud", "note": "\ud83d"}, []),
    ],
)
def test_half_a_character_names_nothing(client: Client, path: str, body: dict, expected: list[str]) -> None:
    assert pointers(client.post(path, content=json.dumps(body))) == expected


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-14:00"])
def test_a_time_that_utc_does_not_have_is_refused(client: Client, time: str) -> None:
    body = {"key": "k", "creator_id": "a", "verdict": "fraud", "audited_at": time}
    assert pointers(client.post("/v1/audits", json=body)) == ["/audited_at"]


def test_many_faults_are_counted_but_not_all_listed(client: Client) -> None:
    posts = [{"post_id": str(k), "likes": -1, f"x{k}": 1} for k in range(MOST_ERRORS)]
    document = problem(client.post("/v1/score", json={"creator": {**BARE, "posts": posts}}), 400)
    assert document.detail.startswith(f"{2 * MOST_ERRORS} problems")
    assert len(document.errors) == MOST_ERRORS


def test_ten_megabytes_in_one_comment_are_scored(client: Client) -> None:
    comment = {"comment_id": "c", "text": "so nice " * 1_250_000}
    answer = client.post("/v1/score", json={"creator": {**BARE, "comments": [comment]}})
    assert answer.status_code == 200


def test_a_body_that_says_it_is_too_large_is_refused_unread(client: Client) -> None:
    headers = {"content-length": str(MOST_BYTES + 1)}
    problem(client.post("/v1/score", content=b"{}", headers=headers), 413)


def test_a_body_that_turns_out_too_large_is_refused(client: Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(MOST_BYTES // 2**20 + 1):
            yield b" " * 2**20

    problem(client.post("/v1/score", content=chunks()), 413)


def test_unknown_paths_and_methods_have_the_same_shape(client: Client) -> None:
    problem(client.get(f"/v1/{MARKER}"), 404)
    answer = client.get("/v1/score")
    problem(answer, 405)
    assert answer.headers["allow"] == "POST"


def test_a_failure_tells_nothing_of_the_request(
    loaded: Loaded, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise ValueError(f"cannot cope with {MARKER}")

    monkeypatch.setattr(singles, "reported", fail)
    with caplog.at_level(logging.DEBUG), client_of(loaded) as client:
        answer = client.post("/v1/score", json=examples.SCORE)
    assert problem(answer, 500).detail == "The service failed; its log says where."
    assert "ValueError while answering" in caplog.text
    assert MARKER not in caplog.text


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
"""What JSON can hold, and what Python writes beside it: NaN, infinities and integers of any size."""

admitted: dict[records.Kind, st.SearchStrategy[object]] = {
    records.Kind.ID: st.text("abcxyz0189-_", min_size=1, max_size=4),
    records.Kind.TEXT: st.text(max_size=40),
    records.Kind.COUNT: st.integers(0, 50) | st.integers(0, 2**52),
    records.Kind.SHARE: st.floats(0, 1),
    records.Kind.MONEY: st.floats(0, 1e9),
    records.Kind.FLAG: st.booleans(),
    records.Kind.TIME: st.datetimes(datetime(2003, 1, 1), datetime(2025, 1, 1)).map(lambda t: f"{t.isoformat()}Z"),
    records.Kind.DATE: st.dates(date(2003, 1, 1), date(2025, 1, 1)).map(date.isoformat),
    records.Kind.TEXTS: st.lists(st.text(max_size=8), max_size=3),
}


def rows_of(table: records.Table, *, wild: bool = False) -> st.SearchStrategy[dict[str, object]]:
    """Rows that the contract admits, without `creator_id`; wild ones hold anything in any column."""

    def values(column: records.Column) -> st.SearchStrategy[object]:
        right = st.sampled_from(column.choices) if column.choices else admitted[column.kind]
        right = right if column.required else right | st.none()
        return right | anything if wild else right

    columns = [column for column in table.columns if not column.label and column.name != "creator_id"]
    return st.fixed_dictionaries(
        {column.name: values(column) for column in columns if column.required},
        optional={column.name: values(column) for column in columns if not column.required},
    )


def creators(*, wild: bool = False) -> st.SearchStrategy[dict[str, object]]:
    """Records; unless wild, ones that the contract admits."""
    nested = {
        table.name: st.lists(
            rows_of(table, wild=wild), max_size=8, unique_by=lambda row, key=table.key[1]: str(row[key])
        )
        for table in records.RECORD_TABLES[1:]
    }
    tables = st.fixed_dictionaries({}, optional=nested)
    return st.builds(lambda row, inner: BARE | row | inner, rows_of(records.CREATORS, wild=wild), tables)


briefs = st.fixed_dictionaries({"brief_id": anything}, optional={"niches": anything, "max_risk": anything})
bodies = (
    anything
    | st.fixed_dictionaries({"creator": creators(wild=True) | anything}, optional={"explain": st.booleans() | anything})
    | st.fixed_dictionaries({"creators": st.lists(creators(wild=True) | anything, max_size=3) | anything})
    | st.fixed_dictionaries(
        {"brief": briefs, "candidates": st.lists(creators(wild=True), min_size=1, max_size=2)},
        optional={"top": st.integers() | anything},
    )
    | st.fixed_dictionaries(
        {"brief": briefs},
        optional={
            "creator_ids": st.lists(st.text(max_size=4), max_size=3) | anything,
            "weights": st.dictionaries(st.sampled_from(["relevance", "authenticity", "reach"]), anything) | anything,
            "risk": anything,
            "filters": anything,
        },
    )
    | st.fixed_dictionaries({}, optional={"creator_id": anything, "niche": anything, "filters": anything})
)


@settings(max_examples=20)
@given(creator=creators())
def test_every_record_that_the_contract_admits_is_answered(client: Client, creator: dict) -> None:
    answer = client.post("/v1/score", json={"creator": creator})
    assert answer.status_code == 200, answer.text
    answer = client.post("/v1/rank", json={"brief": examples.BRIEF, "candidates": [creator]})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("path", ["/v1/score", "/v1/score_batch", "/v1/rank", "/v1/similar"])
@settings(max_examples=40)
@given(body=bodies)
def test_no_json_whatever_makes_the_service_fail(searching: Client, path: str, body: object) -> None:
    answer = searching.post(path, content=json.dumps(body))
    if answer.status_code != 200:
        problem(answer, 404 if answer.status_code == 404 else 400)


@settings(max_examples=40)
@given(body=st.binary(max_size=64))
def test_no_bytes_whatever_make_the_service_fail(client: Client, body: bytes) -> None:
    assert client.post("/v1/score", content=body).status_code == 400


def test_ids_are_the_only_values_that_come_back(client: Client) -> None:
    creator = {**BARE, "handle": 5, "bio": [MARKER], "posts": [{"post_id": "p", "likes": MARKER}]}
    answer = client.post("/v1/score", content=orjson.dumps({"creator": creator}))
    assert answer.status_code == 400
    assert MARKER not in answer.text
