"""Details: the newest posts with their terms, and sketches of commenters that tell how far two audiences overlap."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.records import Tables, read
from models.rankings.details import DETAILS, MOST_POSTS, SKETCH, details, hashes, known_words, overlap
from models.texts.space import TextSpace
from models.texts.terms import told_words

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SPACE = TextSpace.fit(pl.Series(["red bicycle", "green tea in the morning"]))


def record(creator: str, posts: int = 0, authors: tuple[str, ...] = ()) -> dict[str, object]:
    return {
        "creator_id": creator,
        "platform": "instagram",
        "posts": [{"post_id": f"p{k}", "posted_at": NOW, "caption": "A red bicycle"} for k in range(posts)],
        "comments": [{"comment_id": f"c{k}", "author_id": author} for k, author in enumerate(authors)],
    }


def told(*records: dict[str, object]) -> pl.DataFrame:
    return details(read(list(records)), SPACE)


def test_rows_follow_the_creators_and_lists_are_never_null() -> None:
    found = told(record("b"), record("a", 2, ("x",)))
    assert found.schema == DETAILS
    assert found["creator_id"].to_list() == ["b", "a"]
    assert found["posts"].list.len().to_list() == [0, 2]
    assert found["commenters"].list.len().to_list() == [0, 1]


def test_an_empty_table_has_no_rows() -> None:
    assert details(Tables.from_frames({}), SPACE).schema == DETAILS


def test_posts_are_the_newest_with_places_of_known_words() -> None:
    posts = [{"post_id": f"p{k:02}", "posted_at": NOW.replace(minute=k), "caption": "RED bicycle!"} for k in range(40)]
    posts.append({"post_id": "undated", "caption": "tea, tea"})
    [found] = told({"creator_id": "a", "platform": "x", "posts": posts})["posts"].to_list()
    assert [post["post_id"] for post in found] == [f"p{k:02}" for k in range(39, 39 - MOST_POSTS, -1)]
    assert sorted(SPACE.words.terms.gather(found[0]["terms"])) == ["bicycle", "red"]
    [few] = told({"creator_id": "a", "platform": "x", "posts": posts[-3:]})["posts"].to_list()
    assert [post["post_id"] for post in few] == ["p39", "p38", "undated"]
    assert SPACE.words.terms.gather(few[-1]["terms"]).to_list() == ["tea"]


@given(st.lists(st.text(alphabet="Red bicycleＴＥＡ, 日本\u0301\nß", max_size=60), min_size=1, max_size=5))
def test_words_are_those_of_the_text_space(texts: list[str]) -> None:
    series = pl.Series([*texts, "x" * 50])
    vectors = SPACE.word_vectors(series)
    wanted = [vectors.indices[a:b].tolist() for a, b in pairwise(vectors.indptr)]
    assert known_words(told_words(series), len(series), SPACE).to_list() == wanted


def test_commenters_count_once_and_the_creator_not_at_all() -> None:
    found = told(record("a", authors=("x", "y", "x", "a")), record("b", authors=("a", "x")))
    names = {name: int(hashes(pl.Series([name]))[0]) for name in "axy"}
    assert found["commenters"].to_list() == [sorted([names["x"], names["y"]]), sorted([names["a"], names["x"]])]


def test_hashes_are_the_same_for_ever() -> None:
    assert hashes(pl.Series(["creator-1", "日本"])).tolist() == [8507708678085158437, 17040212410883982529]


def sketch(first: int, after: int) -> np.ndarray:
    return np.sort(hashes(pl.Series([f"author {k}" for k in range(first, after)])))[:SKETCH]


@given(st.integers(1, 200), st.integers(1, 200), st.integers(0, 200))
def test_the_overlap_of_small_sets_is_exact(one: int, other: int, start: int) -> None:
    shared = len(set(range(one)) & set(range(start, start + other)))
    assert overlap(sketch(0, one), sketch(start, start + other)) == pytest.approx(shared / min(one, other))


@pytest.mark.parametrize(("one", "other", "shared"), [(5_000, 5_000, 2_500), (20_000, 3_000, 600), (600, 200, 100)])
def test_the_overlap_of_large_sets_is_estimated(one: int, other: int, shared: int) -> None:
    found = overlap(sketch(0, one), sketch(one - shared, one - shared + other))
    assert found is not None
    assert found == pytest.approx(shared / min(one, other), abs=0.12)


def test_overlap_is_symmetric_and_unknown_without_commenters() -> None:
    one, other = sketch(0, 900), sketch(500, 2_000)
    assert overlap(one, other) == overlap(other, one)
    assert overlap(one, one) == 1.0
    assert overlap(one, one[:0]) is overlap(one[:0], one) is overlap(one[:0], one[:0]) is None


def test_overlap_is_unknown_where_the_larger_set_is_kept_up_to_below_all_of_the_smaller() -> None:
    crowd = np.arange(1, SKETCH + 1, dtype=np.uint64)
    assert overlap(np.array([2**63], dtype=np.uint64), crowd) is None
    assert overlap(np.array([7, 2**63], dtype=np.uint64), crowd) == 1.0
