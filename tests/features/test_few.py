"""One creator goes another way than many and must come out the same."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from features.few import (
    FEW_ROWS,
    Rowwise,
    Windowed,
    aggregated,
    beside,
    collected,
    in_order,
    key_of,
    named,
    numbers,
    tells_apart,
    widened,
)

CREATORS = pl.DataFrame({"creator_id": ["a", "b", "c"], "platform": ["x", None, "tiktok"]})
ROWS = pl.DataFrame({"creator_id": ["a", "a", "b", "a"], "likes": [3, 1, None, 2], "post_id": ["p", "q", "r", "s"]})


def _of(creator: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    mine = pl.col("creator_id") == creator
    return ROWS.filter(mine), CREATORS.filter(mine)


@pytest.mark.parametrize("creator", ["a", "b", "c"])
def test_aggregates_of_one_creator_are_those_among_many(creator: str) -> None:
    likes = pl.col("likes")
    expressions = [likes.median().alias("middle"), (likes.sum() / likes.count()).alias("mean"), pl.len().alias("many")]
    among = aggregated(ROWS, CREATORS, expressions)
    alone = aggregated(*_of(creator), expressions)
    assert alone.equals(among.filter(pl.col("creator_id") == creator))
    assert among["creator_id"].to_list() == ["a", "b", "c"]


@pytest.mark.parametrize("creator", ["a", "b", "c"])
def test_lists_of_one_creator_are_those_among_many(creator: str) -> None:
    cited = [pl.col("post_id").filter(pl.col("likes") > 1).sort().alias("cited")]
    among = aggregated(ROWS, CREATORS, cited, lists=True)
    assert aggregated(*_of(creator), cited, lists=True).equals(among.filter(pl.col("creator_id") == creator))
    assert among["cited"].to_list() == [["p", "s"], [], None]


@pytest.mark.parametrize("creator", ["a", "b"])
def test_what_stands_beside_the_rows_of_one_creator_does_among_many(creator: str) -> None:
    rows, creators = _of(creator)
    among = beside(ROWS, CREATORS, ("platform",)).collect()
    alone = beside(rows, creators, ("platform",)).collect()
    assert alone.equals(among.filter(pl.col("creator_id") == creator))
    assert among["post_id"].to_list() == ROWS["post_id"].to_list()


@pytest.mark.parametrize("rows", [1, FEW_ROWS + 1])
def test_few_and_many_rows_give_the_same(rows: int) -> None:
    plan = ROWS.lazy().with_columns(twice=pl.col("likes") * 2).filter(pl.col("twice") > 2).select("post_id", "twice")
    assert collected(plan, rows).rows() == [("p", 6), ("s", 4)]


@pytest.mark.parametrize("creators", [1, 3])
def test_further_columns_are_the_same_in_one_thread_and_in_several(creators: int) -> None:
    likes = pl.col("likes")
    plan = widened(ROWS.lazy(), ((likes * 2).alias("likes"), (likes + 1).alias("more")), creators, ROWS.height)
    assert plan.select("likes", "more").collect().rows() == [(6, 4), (2, 2), (None, None), (4, 3)]


@pytest.mark.parametrize("creator", ["a", "b"])
def test_windows_of_one_creator_are_those_among_many(creator: str) -> None:
    written = Windowed.of(
        lambda within: (
            (pl.col("likes") - within(pl.col("likes").median())).alias("above"),
            within(pl.col("likes").shift(1)).alias("before"),
            within(pl.col("post_id").n_unique(), "likes").alias("alike"),
        )
    )
    rows, creators = _of(creator)
    among, alone = ROWS.with_columns(written.over(CREATORS)), rows.with_columns(written.over(creators))
    assert alone.equals(among.filter(pl.col("creator_id") == creator))
    assert written.beside(ROWS, CREATORS).equals(among)
    assert written.beside(rows, creators).select(alone.columns).equals(alone)


@pytest.mark.parametrize("creator", ["a", "b"])
def test_columns_made_row_by_row_for_one_creator_are_those_for_many(creator: str) -> None:
    likes = pl.col("likes")
    more = Rowwise(
        (
            (likes >= 2).alias("liked"),
            (likes.log1p() * 10).round().cast(pl.Int64).alias("tens"),
            (pl.col("post_id") == "r").alias("is_r"),
        )
    )
    rows, creators = _of(creator)
    among = more.beside(ROWS, CREATORS)
    assert more.beside(rows, creators).equals(among.filter(pl.col("creator_id") == creator))
    assert among["liked"].null_count() == 1


def test_named_columns_of_a_frame_are_rows_by_name() -> None:
    assert named(ROWS.tail(2), ["post_id", "likes"]) == [{"post_id": "r", "likes": None}, {"post_id": "s", "likes": 2}]


def test_a_key_within_a_creator_is_one_among_all() -> None:
    assert key_of(CREATORS, "post_id") == ("creator_id", "post_id")
    assert key_of(CREATORS.head(1), "post_id") == ("post_id",)


def test_what_was_found_of_some_creators_stands_in_the_order_of_all() -> None:
    found = pl.DataFrame({"creator_id": ["c", "a"], "share": [0.5, 0.25]})
    assert in_order(CREATORS, found)["share"].to_list() == [0.25, None, 0.5]
    alone = found.filter(pl.col("creator_id") == "a")
    assert in_order(CREATORS.head(1), alone).equals(in_order(CREATORS, found).head(1))


def test_numbers_of_one_row_are_those_of_many() -> None:
    frame = pl.DataFrame({"share": [0.1, None], "count": [None, 2]})
    assert np.array_equal(numbers(frame.head(1)), numbers(frame)[:1], equal_nan=True)


def test_rows_of_one_creator_are_told_apart_by_a_column_without_ties() -> None:
    alone = CREATORS.head(1)
    assert tells_apart(pl.Series([3, None, 1]), alone)
    assert not tells_apart(pl.Series([3, None, None]), alone)
    assert not tells_apart(pl.Series([3, None, 1]), CREATORS)
