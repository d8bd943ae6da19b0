"""A comment that was collected twice is one comment."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import features
from features.few import FEW_ROWS
from features.records import read
from features.rows.recollected import counted_once
from tests.features.conftest import NOW, Record, comments, creator, posts, signals_of

SECOND = timedelta(seconds=1)
TALK = [f"the {noun} in the garden is taller than last year" for noun in ("tree", "rose", "hedge", "fence", "gate")]


def collected(*rows: Record) -> pl.DataFrame:
    """The ids that are left of one creator's comments."""
    ids = count()
    usual = {"author_id": "a", "post_id": "p", "text": "so nice", "posted_at": NOW.isoformat()}
    made = [{"comment_id": f"k{next(ids)}", **usual, **row} for row in rows]
    return counted_once(read([{"creator_id": "c", "platform": "x", "comments": made}], now=NOW).comments)


def test_the_same_words_of_the_same_person_and_time_count_once() -> None:
    assert collected({}, {}, {})["comment_id"].to_list() == ["k0"]


@pytest.mark.parametrize(
    "other",
    [
        {"author_id": "b"},
        {"post_id": "q"},
        {"text": "so nice!"},
        {"posted_at": (NOW - SECOND).isoformat()},
    ],
)
def test_another_person_post_text_or_time_is_another_comment(other: Record) -> None:
    assert collected({}, other).height == 2


@pytest.mark.parametrize("unknown", ["author_id", "text"])
def test_of_unknown_people_and_texts_nobody_can_tell(unknown: str) -> None:
    assert collected({unknown: None}, {unknown: None}).height == 2


def test_where_a_time_is_not_known_it_may_be_the_same() -> None:
    assert collected({"posted_at": None}, {"posted_at": None}).height == 1
    assert collected({}, {"posted_at": None}).height == 1
    assert collected({"post_id": None}, {"post_id": None}).height == 1


def test_creators_who_thank_many_in_the_same_words_have_said_it_to_each() -> None:
    own: Record = {"author_id": "c", "text": "thank you", "posted_at": None}
    assert collected(own, own).height == 2
    assert collected({**own, "posted_at": NOW.isoformat()}, {**own, "posted_at": NOW.isoformat()}).height == 1


def test_the_one_with_most_likes_is_kept_whatever_its_id() -> None:
    assert collected({"likes": 1}, {"likes": 3}, {"likes": None})["likes"].to_list() == [3]
    assert collected({"likes": 3}, {"likes": 1}, {"likes": None})["likes"].to_list() == [3]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from([None, 0, 1])), max_size=12))
def test_many_are_told_apart_as_few_are(said: list[tuple[str, str, int | None]]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "author_id": author,
            "text": text,
            "posted_at": None if second is None else (NOW - second * SECOND).isoformat(),
        }
        for author, text, second in said
    ]
    others: list[dict[str, Any]] = [{"text": f"number {place}", "author_id": "z"} for place in range(FEW_ROWS + 1)]
    few = collected(*rows)
    assert collected(*rows, *others).filter(pl.col("author_id") != "z").equals(few)
    assert few.select("author_id", "text").n_unique() == len({(author, text) for author, text, _ in said})


def test_a_collector_that_came_twice_makes_nobody_a_buyer() -> None:
    when = [(NOW - timedelta(hours=5, minutes=7 * place)).isoformat() for place in range(40)]
    once = comments([f"{text} ({place})" for place, text in enumerate(TALK * 8)], posted_at=when)
    again = [{**row, "comment_id": f"{row['comment_id']}-again"} for row in once]
    made = posts([1], posted_at=[(NOW - timedelta(days=2)).isoformat()])
    assert signals_of(creator(posts=made, comments=once + again)) == signals_of(creator(posts=made, comments=once))
    both = [creator(creator_id=name, posts=made, comments=rows) for name, rows in (("a", once), ("b", once + again))]
    first, second = features.build(read(both, now=NOW)).drop("creator_id").rows()
    assert first == second
