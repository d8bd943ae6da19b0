"""One creator goes another way than many and must come out the same."""

from __future__ import annotations

import polars as pl
import pytest

from features.few import FEW_ROWS, aggregated, beside, collected

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
    among = beside(ROWS.lazy(), CREATORS, ("platform",)).collect()
    alone = beside(rows.lazy(), creators, ("platform",)).collect()
    assert alone.equals(among.filter(pl.col("creator_id") == creator))
    assert among["post_id"].to_list() == ROWS["post_id"].to_list()


@pytest.mark.parametrize("rows", [1, FEW_ROWS + 1])
def test_few_and_many_rows_give_the_same(rows: int) -> None:
    plan = ROWS.lazy().with_columns(twice=pl.col("likes") * 2).filter(pl.col("twice") > 2).select("post_id", "twice")
    assert collected(plan, rows).rows() == [("p", 6), ("s", 4)]
