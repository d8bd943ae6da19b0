"""Agreement on who came first, against counting it pair by pair."""

from __future__ import annotations

from itertools import combinations
from unittest import mock

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from features.rows import order
from features.rows.order import order_of_return

Row = tuple[int, str, str, int]


def counted(rows: list[Row]) -> list[tuple[int, int]]:
    """(agreements, disagreements) of each row's creator, as `order_of_return` gives them."""
    frame = pl.DataFrame(rows, schema=["creator", "post", "author", "time"], orient="row")
    returning = frame.select(pl.col("post").n_unique().over("creator", "author") >= 2).to_series()
    found = order_of_return(*frame.with_columns(pl.col("time").cast(pl.Datetime("us"))).get_columns(), returning)
    return list(pl.DataFrame(found).select("agreements", "disagreements").iter_rows())


def by_definition(rows: list[Row], creator: int) -> tuple[int, int]:
    first: dict[str, dict[str, int]] = {}
    for owner, post, author, time in rows:
        if owner == creator:
            seen = first.setdefault(post, {})
            seen[author] = min(time, seen.get(author, time))
    agreements = disagreements = 0
    for one, other in combinations(first.values(), 2):
        for a, b in combinations(sorted(set(one) & set(other)), 2):
            product = (one[a] - one[b]) * (other[a] - other[b])
            agreements += product > 0
            disagreements += product < 0
    return agreements, disagreements


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.sampled_from("pqr"), st.sampled_from("abcde"), st.integers(0, 9)), min_size=1
    )
)
@settings(max_examples=60)
def test_counts_are_those_of_the_definition(rows: list[Row]) -> None:
    rows = [(0, "p", "z", 0), *rows]
    assert counted(rows) == [by_definition(rows, creator) for creator, *_ in rows]


NAMES = st.sampled_from("ab") | st.none()


@given(st.lists(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=8), min_size=1, max_size=3))
@settings(max_examples=60)
def test_authors_come_back_under_as_many_posts_alone_and_among_many(creators: list[list[tuple[str, str]]]) -> None:
    rows = [(place, *one) for place, own in enumerate(creators) for one in own]
    schema = {"creator": pl.UInt32, "post": pl.String, "author": pl.String}
    columns = pl.DataFrame(rows, schema=schema, orient="row").get_columns()
    told = order.posts_of_authors(*columns)
    with mock.patch.object(order, "FEW_ROWS", 0):
        assert order.posts_of_authors(*columns).equals(told, check_names=True, check_dtypes=True, null_equal=True)
    for (creator, post, author), times in zip(rows, told, strict=True):
        under = {other for owner, other, name in rows if owner == creator and name == author}
        assert times == (None if post is None or author is None else len(under))


def test_only_the_first_of_many_are_compared() -> None:
    many = [(0, post, f"a{place}", place) for post in "pq" for place in range(order.MOST_COMMENTERS + 20)]
    pairs = order.MOST_COMMENTERS * (order.MOST_COMMENTERS - 1) // 2
    assert counted(many)[0] == (pairs, 0)
