"""Texts and bodies made to harm: inert or refused, whichever endpoint they are sent to."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import orjson
import pytest

from serving.api import examples
from serving.api.problems import MEDIA_TYPE
from tests.serving.pages.test_report import HOSTILE

if TYPE_CHECKING:
    from httpx import Client

TEXTS = (
    *HOSTILE[:-1],
    "${jndi:ldap://127.0.0.1/a}",
    "'; DROP TABLE scores; --",
    "=HYPERLINK(1)",
    "\ud7ff\U0010ffff\ufeff",
    "\r\nset-cookie: a=b",
)


def hostile(text: str) -> dict[str, object]:
    """A creator with that text wherever a text may stand."""
    creator = examples.creator(text)
    fields = ("handle", "display_name", "bio", "category", "country", "language", "agency")
    posts = [
        {**post, "post_id": f"{text}{k}", "caption": text, "alt_text": text, "mentions": [text], "sponsors": [text]}
        for k, post in enumerate(creator["posts"])
    ]
    comments = [{"comment_id": f"{text}{k}", "author_id": text, "text": text} for k in range(25)]
    return {**creator, **dict.fromkeys(fields, text), "posts": posts, "comments": comments}


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_hostile_text_is_data_wherever_it_stands(client: Client, text: str) -> None:
    creator = hostile(text)
    plain = client.post("/v1/score", json={"creator": hostile("plain")}).json()
    for path, body in (
        ("/v1/score", {"creator": creator}),
        ("/v1/score_batch", {"creators": [creator, examples.SECOND]}),
        ("/v1/score?compat=hypeauditor", {"creator": creator}),
        (
            "/v1/rank",
            {
                "brief": {"brief_id": text, "brand": text, "text": text, "exclude_brands": [text]},
                "candidates": [creator],
            },
        ),
    ):
        answer = client.post(path, content=orjson.dumps(body))
        assert answer.status_code == 200, answer.text
        assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == (
            "application/json",
            "nosniff",
        )
        assert "set-cookie" not in answer.headers
    report = client.post("/v1/score", content=orjson.dumps({"creator": creator})).json()
    assert report["creator_id"] == text  # to the letter, as data
    assert report["state"] == plain["state"]


@pytest.mark.parametrize("path", ["/v1/score", "/v1/score_batch", "/v1/rank", "/v1/similar", "/v1/audits"])
@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", bytes), ("gzip, gzip", gzip.compress)],
)
def test_what_is_compressed_is_refused_and_never_unpacked(
    client: Client, path: str, coding: str, pack: type[bytes]
) -> None:
    body = pack(b" " * 20_000_000 + orjson.dumps(examples.SCORE))
    answer = client.post(path, content=body[:100_000], headers={"content-encoding": coding})
    assert (answer.status_code, answer.headers["content-type"]) == (415, MEDIA_TYPE)
    assert client.post(path, content=gzip.compress(b"{}")).status_code in (400, 503)


@pytest.mark.parametrize("field", ["caption", "bio", "handle"])
def test_ten_megabytes_in_one_text_are_scored(client: Client, field: str) -> None:
    much = "so nice " * 1_250_000
    creator = dict(examples.CREATOR)
    if field == "caption":
        creator["posts"] = [{"post_id": "p", "caption": much}]
    else:
        creator[field] = much
    answer = client.post("/v1/score", content=orjson.dumps({"creator": creator}))
    assert answer.status_code == 200
    assert len(answer.content) < 11_000_000


def test_a_comment_of_ten_megabytes_of_one_letter_or_of_marks_is_scored(client: Client) -> None:
    for text in ("x" * 10_000_000, "\u0301" * 5_000_000, "\u202e" * 3_000_000):
        comments = [{"comment_id": "c", "text": text}]
        answer = client.post("/v1/score", content=orjson.dumps({"creator": {**examples.CREATOR, "comments": comments}}))
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/v1/score", {"creator": examples.CREATOR, **dict.fromkeys(map(str, range(200_000)))}, "more fields than"),
        ("/v1/similar", {"niche": "tea", "filters": dict.fromkeys(map(str, range(200_000)))}, "more fields than"),
        ("/v1/similar", {"niche": "tea", "filters": {"countries": [1] * 200_000}}, "at most 10000 items"),
        ("/v1/rank", {"brief": {}, "weights": dict.fromkeys(map(str, range(200_000)))}, "more fields than"),
        (
            "/v1/audits",
            {"key": "k", "creator_id": "c", "verdict": "fraud", "types": [1] * 200_000},
            "at most 100 items",
        ),
        ("/v1/audits", {"key": "k", "creator_id": "c", "verdict": "fraud", "note": "n" * 10_001}, "at most 10000 char"),
    ],
    ids=range(6),
)
def test_faults_without_number_are_one_fault(client: Client, path: str, body: dict[str, object], said: str) -> None:
    answer = client.post(path, content=orjson.dumps(body))
    assert answer.status_code == 400
    [fault] = answer.json()["errors"]
    assert said in fault["detail"]


def test_lists_without_number_are_refused_before_they_take_memory(client: Client) -> None:
    answer = client.post("/v1/score_batch", content=b'{"creators":[' + b"[]," * 2_000_000 + b"[]]}")
    assert (answer.status_code, answer.headers["content-type"]) == (413, MEDIA_TYPE)
    assert answer.json()["detail"].startswith("The body holds more than 2,000,000 lists and objects")


def test_what_is_nested_without_end_is_refused(client: Client) -> None:
    for opened, closed in ((b"[", b"]"), (b'{"a":', b"}")):
        body = b'{"creator":' + opened * 100_000 + b"1" + closed * 100_000 + b"}"
        assert client.post("/v1/score", content=body).status_code == 400
