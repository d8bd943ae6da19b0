"""Lenient reading leaves out what is refused, with all that hangs on it, and says so."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from features.errors import RecordsError
from features.records import read, read_lenient

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


def test_sound_records_come_through_whole(record: dict[str, Any], now: datetime) -> None:
    tables, refused = read_lenient([record], now=now)
    assert tables == read([record], now=now)
    assert refused.problems == ()


def test_a_refused_row_is_left_out_and_named(record: dict[str, Any], now: datetime) -> None:
    record["posts"][0]["likes"] = -1
    tables, refused = read_lenient([record], now=now)
    assert tables.posts["post_id"].to_list() == ["p1"]
    assert [json.loads(line) for line in refused.ndjson().splitlines()] == refused_rows(
        [{"table": "posts", "record": 0, "row": 0, "column": "likes", "ids": ["ada", "p2"], "message": "is negative"}]
    )


def refused_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"line": None, **row} for row in rows]


def test_a_refused_creator_takes_its_rows_with_it(record: dict[str, Any], now: datetime) -> None:
    bad = deepcopy(record) | {"platform": "myspace"}
    again = deepcopy(record) | {"posts": [{"post_id": "p9"}]}
    good = deepcopy(record) | {"creator_id": "bo"}
    tables, refused = read_lenient([bad | {"creator_id": "cy"}, good, record, again], now=now)
    assert tables == read([good, record], now=now)
    fallen = [(p.table, p.record) for p in refused.problems if p.message == "its creator is refused"]
    assert fallen.count(("posts", 0)) == 2
    assert fallen.count(("posts", 3)) == 1
    assert {r for _, r in fallen} == {0, 3}


def test_rows_of_refused_creators_and_orphans_differ_in_frames(now: datetime) -> None:
    creators = pl.DataFrame({"creator_id": ["a", "b"], "platform": ["x", "myspace"]})
    posts = pl.DataFrame({"creator_id": ["a", "b", "c"], "post_id": ["1", "1", "1"]})
    tables, refused = read_lenient({"creators": creators, "posts": posts}, now=now)
    assert tables.creators["creator_id"].to_list() == ["a"]
    assert tables.posts["creator_id"].to_list() == ["a"]
    assert [(p.table, p.row, p.message) for p in refused.problems[1:]] == [
        ("posts", 1, "its creator is refused"),
        ("posts", 2, "no creator has this creator_id"),
    ]


def test_a_refused_row_does_not_keep_out_a_sound_one_with_its_key(now: datetime) -> None:
    creators = pl.DataFrame({"creator_id": ["a", "a", "a"], "platform": ["myspace", "x", "tiktok"]})
    tables, refused = read_lenient({"creators": creators}, now=now)
    assert tables.creators["platform"].to_list() == ["x"]
    assert [problem.row for problem in refused.problems] == [0, 2]


def test_broken_lines_are_left_out(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "in.ndjson"
    path.write_bytes(b'{"creator_id": "a", "platform": "x"}\n{"creator\n\xff\n{"creator_id": "b", "platform": "x"}\n')
    tables, refused = read_lenient(path, now=now)
    assert tables.creators["creator_id"].to_list() == ["a", "b"]
    assert [problem.line for problem in refused.problems] == [2, 3]


def test_what_cannot_be_read_as_a_whole_is_still_refused(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "creators.csv").write_text("creator_id,platform\na,x\n")
    (tmp_path / "posts.csv").write_bytes(b"creator_id,post_id,caption\na,1,\xff\n")
    with pytest.raises(RecordsError, match=r"posts\.csv is not UTF-8"):
        read_lenient(tmp_path, now=now)
    (tmp_path / "posts.csv").write_text("creator_id,likes\na,1\n")
    with pytest.raises(RecordsError, match="'post_id': the column is missing"):
        read_lenient(tmp_path, now=now)


def test_nothing_left_is_refused(now: datetime) -> None:
    with pytest.raises(RecordsError, match="expected one of"):
        read_lenient([{"creator_id": "a", "platform": "myspace"}], now=now)
