"""The straight way from JSON to tables gives what the thorough one gives, and leaves the rest to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import records
from features.errors import RecordsError

if TYPE_CHECKING:
    from features.records import Straight

ADA: dict[str, object] = {
    "creator_id": "ada",
    "platform": "Instagram",
    "handle": "@ada.l",
    "followers": 12_400,
    "verified": True,
    "price": 120,
    "created_at": "2019-03-02T10:00:00Z",
    "posts": [
        {"post_id": "p2", "posted_at": "2025-05-02T10:00:00+02:00", "likes": 310, "mentions": ["nasa", "esa"]},
        {"post_id": "p1", "posted_at": "2025-05-01", "likes": None, "media_type": "image", "sponsors": []},
    ],
    "follower_history": [{"date": "2025-05-02", "followers": 12_390}, {"date": "2025-05-01", "followers": 12_380}],
    "comments": [{"comment_id": "c", "post_id": "p1", "author_id": "bob", "text": "\u00e9t\u00e9 \U0001f600"}],
    "audience": [{"follower_id": "f1", "handle_digit_ratio": 0.25, "followers": 3}],
}
BOB: dict[str, object] = {"creator_id": "bob", "platform": "tiktok", "posts": [], "comments": None}


def straight(*creators: object) -> Straight | None:
    return read(orjson.dumps({"creators": creators, "explain": True}))


def read(text: bytes) -> Straight | None:
    return records.read_straight(text, "creators", ("explain",), most=3)


@pytest.mark.parametrize("creators", [(ADA,), (BOB,), (ADA, BOB), (BOB, {**ADA, "creator_id": "eve"}, ADA)])
def test_plain_records_become_the_same_tables(creators: tuple[dict[str, object], ...]) -> None:
    found = straight(*creators)
    assert found is not None
    assert found.flags == {"explain": True}
    tables = records.read(creators)
    for name, frame in found.tables.items():
        assert frame.equals(tables[name])
        assert frame.schema == tables[name].schema


def test_escapes_and_blanks_are_read() -> None:
    found = read(json.dumps({"creators": [ADA]}, indent=1).encode())
    assert found is not None
    assert found.flags == {"explain": None}
    assert found.tables == records.read([ADA])


@pytest.mark.parametrize(
    "change",
    [
        {"creator_id": 5},
        {"creator_id": ""},
        {"creator_id": None},
        {"platform": "myspace"},
        {"followers": 5.0},
        {"followers": "5"},
        {"followers": True},
        {"followers": -1},
        {"followers": 2**63},
        {"verified": 1},
        {"handle": 5},
        {"created_at": "soon"},
        {"created_at": "9000-01-01T00:00:00Z"},
        {"colour": "red"},
        {"posts": {}},
        {"posts": [None]},
        {"posts": [{"post_id": "p"}, {"post_id": "p"}]},
        {"posts": [{"likes": 5}]},
        {"posts": [{"post_id": "p", "creator_id": "ada"}]},
        {"posts": [{"post_id": "p", "mentions": ["a", 5]}]},
        {"comments": [{"comment_id": "c", "spam": True}]},
    ],
)
def test_what_is_not_plain_is_left_to_the_thorough_way(change: dict[str, object]) -> None:
    assert straight(ADA | change) is None


@pytest.mark.parametrize("creators", [(), (None,), (ADA, None), (ADA, ADA), (ADA, 5), (ADA, BOB, ADA, BOB)])
def test_lists_that_are_not_of_records_are_left_to_it(creators: tuple[object, ...]) -> None:
    assert straight(*creators) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"12400", b"NaN"),
        (b'"price":120', b'"price":NaN'),
        (b'"price":120', b'"price":Inf'),
        (b'"price":120', b'"price":120,"price":120'),
        (b'"price":120', b'"price":0120'),
        (b"@ada.l", b"\xff"),
        (b"@ada.l", rb"\ud800"),
        (b"@ada.l", b"\xed\xa0\x80"),
        (b"@ada.l", b"\n"),
        (b"@ada.l", rb"\x"),
        (b'"explain":true', b'"explain":1'),
        (b'"explain":true', b'"explain":true,"more":1'),
        (b'"explain":true}', b'"explain":true}{}'),
        (b'"explain":true}', b'"explain":true} x'),
        (b'"explain":true}', b'"explain":true'),
        (b'{"creators"', b'\xef\xbb\xbf{"creators"'),
        (b'{"creators"', b'[{"creators"'),
        (b'{"creators"', b'{"creators":null,"creators"'),
        (b'"creators":', b'"other":'),
    ],
)
def test_what_is_no_such_text_is_left_to_it(before: bytes, after: bytes) -> None:
    text = orjson.dumps({"creators": [ADA], "explain": True})
    assert before in text
    assert read(text.replace(before, after)) is None


@pytest.mark.parametrize("text", [b"", b"{}", b"null", b"{", b'{"creators":null}', b'{"creators":{}}'])
def test_nothing_is_left_to_it(text: bytes) -> None:
    assert read(text) is None


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 2**53 + 1), st.floats(), st.text(max_size=3), st.just("2025-05-01")
)


@given(
    st.dictionaries(st.sampled_from([column.name for column in records.CREATORS.columns]), VALUES),
    st.lists(st.dictionaries(st.sampled_from([column.name for column in records.AUDIENCE.columns[1:]]), VALUES)),
)
def test_whatever_is_read_straight_the_thorough_way_reads_too(
    profile: dict[str, object], audience: list[dict[str, object]]
) -> None:
    record = {"creator_id": "a", "platform": "x", **profile, "audience": audience}
    found = read(json.dumps({"creators": [record]}).encode())
    try:
        tables = records.read([record], extra="refuse")
    except RecordsError:
        assert found is None
    else:
        assert found is None or found.tables == tables
