"""A creator's rows come together however Spark cuts them, and go through the same door."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby

import pyarrow as pa
import pytest

from features.records import TABLES
from models.spark import parcels
from models.spark.chunks import Chunk, Door, Pile, chunks, newest, whole_buckets
from models.spark.parcels import BUCKET, KEY, NEWEST, PLACE, opened, packed

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DOOR = Door(NOW, most_rows=3)
POSTS = list(TABLES).index("posts")


def batch(buckets: list[int], first: int = 0) -> pa.RecordBatch:
    """Posts of one creator in each bucket, numbered from the first."""
    columns = {
        BUCKET: pa.array(buckets, pa.int32()),
        KEY: pa.array([str(bucket) for bucket in buckets], pa.string()),
        PLACE: pa.nulls(len(buckets), pa.int64()),
        NEWEST: pa.nulls(len(buckets), pa.int64()),
        "n": pa.array(range(first, first + len(buckets)), pa.int64()),
    }
    return pa.RecordBatch.from_pydict(columns)


def sorted_by_spark(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    """Parcels in the order of their buckets."""
    return pa.Table.from_batches(batches).sort_by(BUCKET).combine_chunks().to_batches()[0]


def test_parcels_hold_every_row_in_its_bucket_in_the_order_that_it_came_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "PARCEL_ROWS", 2)
    monkeypatch.setattr(parcels, "PACKED_BYTES", batch([1] * 5).nbytes)
    given = [batch([4, 1, 4, 1, 1]), batch([]), batch([2, 4], first=5)]
    found = [(bucket, table, rows["n"].to_pylist()) for bucket, table, rows in opened(packed(POSTS, iter(given)))]
    assert found == [
        (1, "posts", [1, 3]), (1, "posts", [4]), (4, "posts", [0, 2]),
        (2, "posts", [5]), (4, "posts", [6]),
    ]  # fmt: skip


def test_nothing_makes_no_parcel() -> None:
    assert list(packed(POSTS, iter([]))) == []
    assert list(packed(POSTS, iter([batch([])]))) == []


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize("least", [1, 2, 3, 5, 100])
def test_no_bucket_is_cut_in_two(least: int, size: int) -> None:
    first = [*packed(POSTS, iter([batch([7, 7, 1, 3, 3, 3])])), *packed(POSTS, iter([batch([3, 9, 1], first=6)]))]
    rows = sorted_by_spark(first)
    cut = (rows[start : start + size] for start in range(0, rows.num_rows, size))
    tables = [one["posts"] for one in whole_buckets(cut, least, 100)]
    assert sorted(n for one in tables for n in one["n"].to_pylist()) == list(range(9))
    keys = [key for one in tables for key, _ in groupby(one[KEY].to_pylist())]
    assert keys == ["1", "3", "7", "9"]
    assert all(one.num_rows >= least for one in tables[:-1])


def test_a_pile_keeps_the_newest_of_a_large_creator_and_all_of_the_others() -> None:
    pile = Pile(most_rows=3)
    for start in range(0, 1000, 10):
        rows = {
            KEY: ["large"] * 9 + [f"small {start}"],
            PLACE: pa.nulls(10, pa.int64()),
            NEWEST: pa.array([(7 * n) % 1000 for n in range(start, start + 10)], pa.int64()),
        }
        pile.add(pa.table(rows))
        assert pile.height <= 2 * (3 + start // 10 + 1) + 10
    kept = pile.taken()
    own = [when for key, when in zip(kept[KEY].to_pylist(), kept[NEWEST].to_pylist(), strict=True) if key == "large"]
    every = sorted((7 * n) % 1000 for n in range(1000) if n % 10 != 9)
    assert sorted(own) == every[-3:]
    assert kept.num_rows == 100 + 3


def test_which_rows_of_one_time_are_kept_does_not_depend_on_their_order() -> None:
    rows = pa.table(
        {
            KEY: ["a"] * 50,
            PLACE: pa.array(range(50)),
            NEWEST: pa.array([None] * 40 + [1] * 10, pa.int64()),
            "n": [f"{n}" for n in range(50)],
        }
    )
    back = rows.take(pa.array(range(49, -1, -1))).set_column(1, PLACE, pa.array(range(50)))
    found, turned = (sorted(newest(one, 15)["n"].to_pylist()) for one in (rows, back))
    assert found == turned
    assert {f"{n}" for n in range(40, 50)} < set(found)
    assert len(found) == 15


def rows(*given: tuple[str | None, str, int | None, dict[str, object]]) -> Chunk:
    """What an executor reads of rows: key, table, place and columns, the newest first."""
    found = []
    for number, name in enumerate(TABLES):
        own = [(key, place, values) for key, table, place, values in given if table == name]
        if own:
            facts = {
                BUCKET: pa.array([0] * len(own), pa.int32()),
                KEY: pa.array([key for key, _, _ in own], pa.string()),
                PLACE: pa.array([place for _, place, _ in own], pa.int64()),
                NEWEST: pa.array(range(len(own), 0, -1), pa.int64()),
            }
            content = pa.Table.from_pylist([values for _, _, values in own])
            columns = facts | {one: content[one].combine_chunks() for one in content.column_names}
            found += packed(number, iter([pa.RecordBatch.from_pydict(columns)]))
    [chunk] = chunks(iter(found), DOOR)
    return chunk


def creator(name: str, place: int | None = None) -> tuple[str, str, int | None, dict[str, object]]:
    return name, "creators", place, {"creator_id": name, "platform": "x"}


def post(name: str | None, post_id: str, place: int | None = None, likes: int = 1) -> tuple:
    return name, "posts", place, {"creator_id": name, "post_id": post_id, "likes": likes}


def test_only_so_many_rows_of_a_table_are_looked_at_and_that_is_told() -> None:
    chunk = rows(creator("a"), *(post("a", f"p{n}") for n in range(4)), creator("b"), post("b", "p"))
    assert chunk.tables.posts["post_id"].to_list() == ["p0", "p1", "p2", "p"]
    assert chunk.shortened == {"a": ["posts"]}
    assert not chunk.problems.total


def test_the_first_of_rows_with_the_same_key_is_the_one_that_stood_first() -> None:
    chunk = rows(creator("a", 0), post("a", "p", 7, likes=7), post("a", "p", 5, likes=5))
    assert chunk.tables.posts["likes"].to_list() == [5]
    [problem] = chunk.problems.in_order()
    assert (problem.row, problem.ids) == (7, ("a", "p"))


def test_rows_of_nobody_are_told_also_where_there_is_no_creator_at_all() -> None:
    beside = rows(creator("a"), post("b", "p")).problems.in_order()
    alone = rows(post("b", "p")).problems.in_order()
    assert [str(one) for one in beside] == [str(one) for one in alone] != []


def test_rows_without_a_creator_are_told_as_that() -> None:
    [problem] = rows(post(None, "p")).problems.in_order()
    assert (problem.column, problem.message) == ("creator_id", "is missing")
