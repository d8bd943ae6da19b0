"""What is known on a day, and which counts are none."""

from __future__ import annotations

from datetime import date

import pytest

from features.known import known_on
from features.records import Tables, read
from tests.features.conftest import NOW, creator

DAY = date(2026, 6, 1)
BEFORE, THAT_DAY, AFTER = "2026-05-31T23:59:59Z", "2026-06-01T23:59:59Z", "2026-06-02T00:00:00Z"


def test_rows_of_later_days_are_not_known_and_those_without_a_time_are() -> None:
    times = (BEFORE, THAT_DAY, AFTER, None)
    record = creator(
        posts=[{"post_id": f"p{k}", "posted_at": time, "likes": 50} for k, time in enumerate(times)],
        comments=[{"comment_id": f"k{k}", "posted_at": time, "text": "hello"} for k, time in enumerate(times)],
        follower_history=[{"date": time[:10], "followers": 9} for time in times if time is not None],
    )
    tables = read([record], now=NOW)
    known = known_on(tables, DAY)
    assert known.posts["post_id"].to_list() == ["p0", "p1", "p3"]
    assert known.comments["comment_id"].to_list() == ["k0", "k1", "k3"]
    assert known.follower_history["date"].to_list() == [date(2026, 5, 31), DAY]
    assert known_on(tables, None).comments.height == 4


def counted(column: str, **counts: list[int | None]) -> list[int | None]:
    """A column of posts with these counts, as it is known; asking again changes nothing."""
    many = len(next(iter(counts.values())))
    rows = [{"post_id": f"p{k}", **{name: values[k] for name, values in counts.items()}} for k in range(many)]
    known: Tables = known_on(read([creator(posts=rows)], now=NOW), None)
    assert known_on(known, None).posts.equals(known.posts)
    found: list[int | None] = known.posts[column].to_list()
    return found


@pytest.mark.parametrize("hidden", [0, 3])
def test_likes_that_more_people_comment_on_are_hidden_where_others_are_many(hidden: int) -> None:
    shown: list[int | None] = [100, 120]
    assert counted("likes", likes=[hidden] * 2 + shown, comments=[5, 5, 1, 1]) == [None, None, *shown]
    assert counted("likes", likes=[hidden] * 2 + shown, comments=[5, 4, 1, 1]) == [hidden, hidden, *shown]
    assert counted("likes", likes=[hidden] * 2, comments=[5, 5]) == [None, None]


def test_small_accounts_keep_their_likes() -> None:
    assert counted("likes", likes=[0, 0, 9, 9], comments=[5, 5, 1, 1]) == [0, 0, 9, 9]
    assert counted("likes", likes=[0, 0, 10, 10], comments=[5, 5, 1, 1]) == [None, None, 10, 10]
    assert counted("likes", likes=[3] * 4, comments=[3] * 4) == [3] * 4


def test_views_of_posts_that_people_like_or_comment_on_were_not_counted() -> None:
    assert counted("views", views=[0, 0], likes=[6, 4]) == [None, None]
    assert counted("views", views=[0, 0], comments=[6, 4]) == [None, None]
    assert counted("views", views=[0, 0], likes=[5, 1], comments=[2, 1]) == [0, 0]
    assert counted("views", views=[0, 900], likes=[20, 20]) == [None, 900]
