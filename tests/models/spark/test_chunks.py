"""A creator's rows come together however Spark cuts them, and go through the same door."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pyarrow as pa
import pytest

from features.records import RECORD_TABLES, TABLES
from models.spark.chunks import Chunk, Door, chunks, whole_creators
from models.spark.stream import KEY, PLACE, RANK, TABLE

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DOOR = Door(NOW, most_rows=3)


def batch(keys: list[str | None]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({KEY: pa.array(keys, pa.string()), "n": list(range(len(keys)))})


@pytest.mark.parametrize("least", [1, 2, 3, 5, 100])
def test_no_creator_is_cut_in_two(least: int) -> None:
    cut = [[None, None, "a", "a"], ["a", "a"], ["b", "c", "c"], [], ["c"], ["d"]]
    tables = list(whole_creators(iter(map(batch, cut)), least))
    rows = [row for table in tables for row in zip(table[KEY].to_pylist(), table["n"].to_pylist(), strict=True)]
    assert rows == [(key, n) for keys in cut for n, key in enumerate(keys)]
    for one, other in pairwise(tables):
        assert one[KEY].to_pylist()[-1] != other[KEY].to_pylist()[0]
    assert all(table.num_rows >= least for table in tables[:-1])


def test_a_creator_alone_longer_than_a_batch_stays_whole() -> None:
    [whole, rest] = whole_creators(iter([batch(["a"] * 4)] * 5 + [batch(["b"])]), 2)
    assert (whole.num_rows, rest.num_rows) == (20, 1)


def rows(*given: tuple[str | None, str, int | None, dict[str, object]]) -> Chunk:
    """What an executor reads of rows: key, table, place and columns, the newest first."""
    seen: dict[tuple[str | None, str], int] = {}
    columns: dict[str, list[object]] = {name: [] for name in (KEY, TABLE, PLACE, RANK)}
    columns |= {table.name: [] for table in RECORD_TABLES}
    for key, name, place, values in given:
        seen[key, name] = rank = seen.get((key, name), 0) + 1
        facts = {KEY: key, TABLE: list(TABLES).index(name), PLACE: place, RANK: rank, name: values}
        for column, cells in columns.items():
            cells.append(facts.get(column))
    made = {name: pa.array(cells) for name, cells in columns.items() if set(cells_of(cells)) != {None}}
    made[KEY] = pa.array(columns[KEY], pa.string())
    made[PLACE] = pa.array(columns[PLACE], pa.int64())
    [chunk] = chunks(iter([pa.RecordBatch.from_pydict(made)]), DOOR)
    return chunk


def cells_of(cells: list[object]) -> list[object]:
    return [None if cell is None else 1 for cell in cells]


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
