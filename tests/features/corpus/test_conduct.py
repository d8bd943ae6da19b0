"""What tells a pod from people who like each other: when they come, and whether they miss a post."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from features.corpus.conduct import Conduct
from features.corpus.ties import Graph, Ties
from features.records import read
from tests.features.conftest import NOW

START = datetime(2026, 3, 1, tzinfo=UTC)
Hours = dict[str, dict[str, dict[str, float | None]]]


def conduct_of(comments: Hours) -> Conduct:
    """Of the creators a, b and c, and all of these who comment: creators -> posts -> authors -> hours."""
    records = [
        {
            "creator_id": creator,
            "platform": "instagram",
            "comments": [
                {
                    "comment_id": f"{creator}{post}{author}",
                    "post_id": post,
                    "author_id": author,
                    "text": "hello",
                    "posted_at": None if hours is None else START + timedelta(hours=hours),
                }
                for post, authors in posts.items()
                for author, hours in authors.items()
            ],
        }
        for creator, posts in comments.items()
    ]
    graph = Graph(Ties.of(read(records, now=NOW)))
    return Conduct.of(graph, graph.block(np.arange(len(comments))))


def test_sooner_is_the_share_of_the_others_who_came_later() -> None:
    posts = {"p": {"b": 1.0, "c": 2.0, "x": 3.0, "y": 0.5}}
    found = conduct_of({"a": posts, "b": {"p": {"a": 5.0, "x": 1.0}}, "c": {"p": {"a": 1.0, "z": 1.0}}})
    assert found.compared == 4
    assert found.sooner == pytest.approx((0.5 + 0.5 + 0 + 0.5) / 4)
    assert (found.first, found.last) == (START.date(), START.date())


def test_what_the_group_writes_among_itself_is_not_compared() -> None:
    found = conduct_of({"a": {"p": {"b": 1, "c": 2}}, "b": {"p": {"a": 1}}, "c": {"p": {"a": 1, "x": 2}}})
    assert (found.compared, found.sooner) == (1, 1)


def test_what_is_not_dated_is_not_compared() -> None:
    found = conduct_of({"a": {"p": {"b": None, "x": 2}}, "b": {"p": {"a": 1, "w": None}}, "c": {"p": {"a": 3, "x": 2}}})
    assert (found.compared, found.sooner) == (1, 0)
    assert not found.is_prompt
    nothing = conduct_of({"a": {"p": {"b": None}}, "b": {"p": {"a": None}}, "c": {"p": {"a": None}}})
    assert (nothing.compared, nothing.sooner, nothing.first, nothing.last) == (0, None, None, None)


def test_thorough_is_the_share_of_the_posts_under_which_each_of_the_others_writes() -> None:
    found = conduct_of(
        {
            "a": {"p": {"b": 1, "c": 1}, "q": {"b": 1, "x": 1}},
            "b": {"p": {"a": 1}, "q": {"x": 1}},
            "c": {"p": {"a": 1}, "q": {"a": 1}},
        }
    )
    assert found.posts == 2
    assert found.thorough == pytest.approx(6 / 12)


@pytest.mark.parametrize(
    ("compared", "sooner", "prompt"), [(400, 0.84, True), (25, 0.89, False), (25, 0.93, True), (10, 1.0, False)]
)
def test_few_comparisons_have_to_say_more(compared: int, sooner: float, prompt: bool) -> None:
    assert Conduct(compared, sooner, 1.0, None, None, None).is_prompt is prompt


@pytest.mark.parametrize(
    ("creators", "posts", "thorough"), [(7, 5.0, 0.9), (9, 2.0, 0.9), (9, 5.0, 0.4), (9, 5.0, None)]
)
def test_a_small_or_short_lived_or_careless_group_is_not_thorough(
    creators: int, posts: float, thorough: float | None
) -> None:
    assert not Conduct(0, None, posts, thorough, None, None).is_thorough(creators)
    assert Conduct(0, None, 5.0, 0.9, None, None).is_thorough(9)
