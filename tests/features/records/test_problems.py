"""What is wrong with records is named, all of it at once, and never repeated."""

from __future__ import annotations

import csv
import json
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import Problem, RecordsError, RecordsWarning
from features.records import RECORD_TABLES, Kind, Tables, read, write
from features.records.cutting import cut
from features.records.problems import MOST_KEPT
from features.records.sizes import Size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from features.records.read import Source

MARKER = "zqsecretqz"
LONG = pa.decimal256(50, 2)


def refused(source: Source, now: datetime | None = None, **options: Any) -> RecordsError:
    with pytest.raises(RecordsError) as caught:
        read(source, now=now, **options)
    return caught.value


def refused_when_cut(source: Path) -> RecordsError:
    with tempfile.TemporaryDirectory() as folder, pytest.raises(RecordsError) as caught:
        cut(source, Path(folder) / "parts", Size(creators=1, rows=1_000, text=1_000_000))
    return caught.value


def places(problems: Sequence[Problem]) -> list[tuple[str, int | None, int | None, str | None]]:
    return [(p.table, p.record if p.line is None else p.line, p.row, p.column) for p in problems]


def test_all_problems_are_reported_at_once(record: dict[str, Any], now: datetime) -> None:
    other = deepcopy(record) | {"creator_id": "bo", "platform": "myspace", "followers": -4}
    other["posts"][1] |= {"likes": 1.5, "comments": float("inf"), "posted_at": "2026-01-01", "media_type": "gif"}
    other["comments"] += [{"comment_id": 7}, {"text": "no id"}, "not a row"]
    other["follower_history"] = {"date": "2025-05-01"}
    again = {"creator_id": "ada", "platform": "x"}
    error = refused([record, other, again, {}, 3], now)  # type: ignore[list-item]
    assert places(error.problems) == [
        ("creators", 1, None, "platform"),
        ("creators", 1, None, "followers"),
        ("creators", 2, None, None),
        ("creators", 3, None, "creator_id"),
        ("creators", 3, None, "platform"),
        ("creators", 4, None, None),
        ("posts", 1, 1, "posted_at"),
        ("posts", 1, 1, "likes"),
        ("posts", 1, 1, "comments"),
        ("posts", 1, 1, "media_type"),
        ("follower_history", 1, None, None),
        ("comments", 1, 1, None),
        ("comments", 1, 2, "comment_id"),
        ("comments", 1, 3, None),
    ]
    assert error.total == 14
    assert "posts, record 1, row 1, column 'likes' (bo, p1): expected a whole number such as 12500" in str(error)
    assert "instagram, tiktok, youtube, x, linkedin" in str(error)


def test_a_key_that_comes_twice_is_named(record: dict[str, Any], now: datetime) -> None:
    record["comments"] += [{"comment_id": "7", "text": "same id, written otherwise"}]
    record["follower_history"] += [{"date": "2025-05-01T00:00:00Z", "followers": 1}]
    error = refused([record], now)
    assert places(error.problems) == [("follower_history", 0, 2, None), ("comments", 0, 1, None)]
    assert error.problems[0].ids == ("ada", "2025-05-01")


def test_a_refused_creator_hides_no_problem_of_its_rows(record: dict[str, Any], now: datetime) -> None:
    record["followers"] = -1
    record["posts"] = [{"post_id": "p", "likes": 1}, {"post_id": "p", "likes": 2}]
    assert places(refused([record], now).problems) == [("creators", 0, None, "followers"), ("posts", 0, 1, None)]


def test_of_a_creator_listed_twice_only_that_is_told(record: dict[str, Any], now: datetime) -> None:
    assert places(refused([record, deepcopy(record)], now).problems) == [("creators", 1, None, None)]


def test_orphans_are_named(now: datetime) -> None:
    creators = pl.DataFrame({"creator_id": ["a"], "platform": ["x"]})
    posts = pl.DataFrame({"creator_id": ["a", "b", None], "post_id": ["1", "2", "3"]})
    error = refused({"creators": creators, "posts": posts}, now)
    assert [(p.row, p.column, p.message) for p in error.problems] == [
        (1, "creator_id", "no creator has this creator_id"),
        (2, "creator_id", "is missing"),
    ]
    niches = pl.DataFrame({"creator_id": ["b"], "niche": ["food"]})
    assert places(refused({"creators": creators, "niches": niches}, now, labels=True).problems) == [
        ("niches", None, 0, "creator_id")
    ]


def test_a_time_may_be_a_day_ahead_and_no_more(now: datetime) -> None:
    creators = pd.DataFrame(
        {"creator_id": [1, 2], "platform": "x", "observed_at": ["2025-06-02T11:59:59Z", "2025-06-02T12:00:01Z"]}
    )
    assert places(refused({"creators": creators}, now).problems) == [("creators", None, 1, "observed_at")]
    naive = now.replace(tzinfo=None)
    assert places(refused({"creators": creators}, naive).problems) == [("creators", None, 1, "observed_at")]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([], "there are no creators"),
        ({}, "the table is missing"),
        ({"creators": pl.DataFrame({"creator_id": [], "platform": []})}, "there are no creators"),
        ({"creators": pl.DataFrame({"platform": ["x"]})}, "'creator_id': the column is missing"),
        ({"creators": [{"creator_id": "a"}]}, "expected a pandas or Polars frame"),
        ({"creator_id": "a", "platform": "x"}, "the table is missing"),
        ([[]], "expected an object"),
    ],
)
@pytest.mark.filterwarnings("ignore::features.errors.RecordsWarning")
def test_a_source_without_creators_is_refused(source: Any, message: str) -> None:
    assert message in str(refused(source))


def test_a_pandas_column_that_comes_twice_is_refused(now: datetime) -> None:
    creators = pd.DataFrame([["a", "x", 1, 2]], columns=["creator_id", "platform", "followers", "followers"])
    assert places(refused({"creators": creators}, now).problems) == [("creators", None, None, "followers")]


def test_only_so_many_alike_are_kept_but_all_are_counted(now: datetime) -> None:
    creators = pl.DataFrame(
        {"creator_id": [str(i) for i in range(5_000)], "platform": ["x"] * 4_999 + ["y"], "followers": [-1] * 5_000}
    )
    error = refused({"creators": creators}, now)
    assert error.total == 5_001
    assert len(error.problems) == 101
    assert str(error).startswith("5,001 problems")
    assert "column 'platform'" in str(error)
    assert str(error).count("is negative") == 3


def test_of_fields_without_number_only_so_many_are_kept_but_all_are_counted(now: datetime) -> None:
    source = [{"creator_id": "a", "platform": "x", **dict.fromkeys(map(str, range(30_000)))}]
    error = refused(source, now, extra="refuse")
    assert (error.total, len(error.problems)) == (30_000, MOST_KEPT)
    with pytest.warns(RecordsWarning, match=f"and {MOST_KEPT - 10} more"):
        read(source, now=now)


class TestFiles:
    def test_a_broken_line_is_named_and_the_rest_is_read(self, tmp_path: Path, now: datetime) -> None:
        good = json.dumps({"creator_id": "a", "platform": "x"}).encode()
        lines = [
            good,
            b'{"creator_id": "' + MARKER.encode(),
            b"",
            b'{"creator_id": "b", "platform": "\xff"}',
            b"[1]",
            b'"text"',
            b'{"creator_id": "c", "platform": "x", "followers": 123456789012345678901234567890}',
            b"[" * 100_000,
            b'{"creator_id": "d", "followers": NaN, "following": ' + b"9" * 5_000 + b"}",
            good,
        ]
        path = tmp_path / "in.ndjson"
        path.write_bytes(b"\r\n".join(lines))
        error = refused(path, now)
        assert [(p.line, p.column) for p in error.problems] == [
            (2, None), (4, None), (5, None), (6, None), (7, "followers"), (8, None), (9, None), (10, None),
        ]  # fmt: skip
        assert "line 4: is not UTF-8 at byte 33 of the line" in str(error)
        assert MARKER not in str(error)

    def test_an_empty_file_or_folder_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "in.ndjson").touch()
        assert "there are no creators" in str(refused(tmp_path / "in.ndjson"))
        (tmp_path / "empty").mkdir()
        assert "neither creators.parquet nor creators.csv" in str(refused(tmp_path / "empty"))
        for name in ("creators.csv", "creators.parquet"):
            (tmp_path / name).touch()
            folder = tmp_path / name.replace(".", "-")
            folder.mkdir()
            (tmp_path / name).rename(folder / name)
            assert f"{name} is empty" in str(refused(folder))

    def test_a_file_of_another_kind_is_refused(self, tmp_path: Path) -> None:
        other = tmp_path / "in.xlsx"
        other.write_bytes(b"PK")
        assert "neither a folder of tables nor an .ndjson file" in str(refused(other))
        other.unlink()
        for name, next_step in (
            ("creators.csv", "name the folder that it lies in"),
            ("posts.PARQUET", "name the folder that it lies in"),
            ("in.json", "write one creator a line"),
        ):
            (tmp_path / name).write_text("{}")
            assert next_step in str(refused(tmp_path / name))
            (tmp_path / name).unlink()
        (tmp_path / "creators.parquet").write_bytes(b"PAR1 but not really")
        assert "not a Parquet file" in str(refused(tmp_path))

    @pytest.mark.parametrize(
        "name", ["posts", "posts/part-0.parquet", "Posts.csv", "posts.csv.gz", "posts-0.parquet", "posts (1).csv"]
    )
    def test_what_seems_to_be_a_table_is_refused_and_not_passed_over(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "creators.csv").write_text("creator_id,platform\na,x\n")
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("creator_id,post_id\na,p\n")
        message = f"posts: found {name.split('/')[0]}; a table is one file, posts.parquet or posts.csv"
        assert message in str(refused(tmp_path))
        assert message in str(refused_when_cut(tmp_path))
        (tmp_path / "posts.csv").write_text("creator_id,post_id\na,p\n")
        with pytest.warns(RecordsWarning, match="files or tables of other names"):
            assert read(tmp_path).posts.height == 1

    def test_a_file_that_is_called_a_little_like_a_table_is_passed_over(self, tmp_path: Path) -> None:
        (tmp_path / "creators.csv").write_text("creator_id,platform\na,x\n")
        for name in ("posts_deleted.csv", "comments by hand.txt", "my posts.csv"):
            (tmp_path / name).touch()
        with pytest.warns(RecordsWarning, match="comments by hand.txt, my posts.csv, posts_deleted.csv"):
            assert read(tmp_path).creators.height == 1

    def test_two_files_of_one_table_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "creators.csv").write_text("creator_id,platform\na,x\n")
        pl.DataFrame({"creator_id": ["a"], "platform": ["x"]}).write_parquet(tmp_path / "creators.parquet")
        assert "two files" in str(refused(tmp_path))

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (
                b"\xef\xbb\xbfcreator_id;platform;price\r\na;x;1,5\r\n",
                "creators, line 2, column 'price' (a): expected a number",
            ),
            (b"creator_id;platform\na;x\nb;x;extra\n", "line 3: creators.csv has more values here than columns"),
            (b"creator_id,platform\ra,x\r", "line 1: creators.csv ends its lines with a carriage return alone"),
            (
                b"creator_id,platform\na,x\n\xe9,x\n",
                "creators.csv is not UTF-8 at byte 0 of the line; save it as CSV UTF-8",
            ),
            ("creator_id,platform\na,x\n".encode("utf-16"), "is not UTF-8"),
            (b"creator_id,platform\na,x\nb,x,extra\n", "line 3: creators.csv has more values here than columns"),
            (b"creator_id,platform,platform\na,x,x\n", "the column is there more than once"),
            (b"creator_id,platform\n,x\n", "creators, line 2, column 'creator_id': is missing"),
            (
                b'creator_id,bio,platform\na,"two\nlines",x\n\nb,,y\n',
                "creators, line 4, column 'platform' (b): expected one of",
            ),
            (b'creator_id,bio,platform\na,"two\nlines",x\nb,,x,y\n', "line 3: creators.csv has more values here"),
            (
                b'creator_id,platform,bio\na,x,"5\\" tall"\nb,x,"6\\" tall"\n',  # else all of this is one row
                "creators, line 2: creators.csv has a quote here that is neither around a value nor twice within one",
            ),
            (b'creator_id,platform,bio\na,x,"y"\nb,x,"never closed\nc,x,\n', "line 3: creators.csv has a quote here"),
            (b'creator_id,platform,bio\na,x,"y"\nb,x,"so" called\n', "line 3: creators.csv has a quote here"),
            (b'creator_id,platform,bio\na,x,"y"\nb,x,5" tall\n', "line 3: creators.csv has a quote here"),
            (b"creator_id,platform\na,x\na,x\n", "creators, line 3 (a): an earlier row has the same key (creator_id)"),
            (b"creator_id,platform\n", "there are no creators"),
            (b"\n", "the column is missing"),
            (
                b"Creator ID,platform,Network\na,x,y\n",
                "missing; columns of other names are Creator ID, Network",
            ),
            (b"creator_id,platform,created_at\na,x,3.2.2024\n", "such as 2024-05-31 or 2024-05-31T12:00:00Z"),
        ],
    )
    @pytest.mark.filterwarnings("ignore::features.errors.RecordsWarning")
    def test_bad_csv_is_refused(self, tmp_path: Path, content: bytes, message: str) -> None:
        (tmp_path / "creators.csv").write_bytes(content)
        assert message in str(refused(tmp_path))

    def test_a_line_of_too_many_values_is_named_however_long_a_value_is(self, tmp_path: Path) -> None:
        before = csv.field_size_limit(10)
        try:
            (tmp_path / "creators.csv").write_text(f"a,b\na,{'x' * 20}\nb,x,extra\n")
            assert "line 3: creators.csv has more values here than columns" in str(refused(tmp_path))
        finally:
            csv.field_size_limit(before)

    def test_parquet_with_a_name_twice_or_decimals_too_long_is_refused_by_the_column(self, tmp_path: Path) -> None:
        plain = pa.table({"creator_id": ["a"], "platform": ["x"], "followers": [5]})
        pq.write_table(plain.append_column("followers", [[6]]), tmp_path / "creators.parquet")
        assert "creators, column 'followers': the column is there more than once" in str(refused(tmp_path))
        long = pa.table({**dict(zip(plain.column_names, plain.columns, strict=True)), "price": pa.array([1], LONG)})
        pq.write_table(long, tmp_path / "creators.parquet")
        assert "creators, column 'price': holds decimals of more than 38 digits" in str(refused(tmp_path))
        unknown = plain.append_column("other", pa.array([1], LONG))
        pq.write_table(unknown, tmp_path / "creators.parquet")
        with pytest.warns(RecordsWarning, match="other"):
            assert read(tmp_path).creators["followers"].to_list() == [5]

    @pytest.mark.parametrize("indent", [2, 0])
    @pytest.mark.parametrize("many", [True, False])
    def test_a_document_over_several_lines_is_told_once(
        self, record: dict[str, Any], tmp_path: Path, indent: int, many: bool
    ) -> None:
        (tmp_path / "in.ndjson").write_text(json.dumps([record] if many else record, indent=indent))
        error = refused(tmp_path / "in.ndjson")
        assert str(error).endswith("creators, line 1: begins a JSON document of several lines; write one record a line")
        assert error.total == 1

    def test_a_parquet_column_of_another_type_is_refused_row_by_row(
        self, record: dict[str, Any], tmp_path: Path, now: datetime
    ) -> None:
        write(read([record], now=now), tmp_path / "in")
        path = tmp_path / "in" / "posts.parquet"
        pl.read_parquet(path).with_columns(likes=pl.lit(MARKER), posted_at=pl.lit(b"x")).write_parquet(path)
        error = refused(tmp_path / "in", now)
        assert places(error.problems) == [
            ("posts", None, row, column) for row in (0, 1) for column in ("posted_at", "likes")
        ]
        assert MARKER not in str(error)


BAD_FOR = dict.fromkeys(Kind, MARKER) | {Kind.ID: {MARKER: MARKER}, Kind.TEXT: [MARKER]}


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_bad_value_is_named_by_its_place_and_never_repeated(
    record: dict[str, Any], now: datetime, data: st.DataObject
) -> None:
    table = data.draw(st.sampled_from(RECORD_TABLES))
    columns = [c for c in table.columns if not c.label and (table.name == "creators" or c.name != "creator_id")]
    column = data.draw(st.sampled_from(columns))
    spoilt = deepcopy(record)
    row = spoilt if table.name == "creators" else data.draw(st.sampled_from(spoilt[table.name]))
    row[column.name] = BAD_FOR[column.kind]
    error = refused([spoilt], now)
    assert {(p.table, p.column) for p in error.problems} == {(table.name, column.name)}
    assert MARKER not in str(error)
    assert not any(MARKER in str(problem) for problem in error.problems)


def test_a_hostile_id_cannot_break_a_message() -> None:
    hostile = "a\n\x1b[31mfake log line" + "x" * 10_000
    message = str(refused([{"creator_id": hostile, "platform": "nowhere"}]))
    assert len(message) < 400
    assert "\x1b" not in message
    assert message.count("\n") == 1


def test_trusted_frames_must_still_have_the_columns_of_the_contract() -> None:
    with pytest.raises(KeyError, match="no such table: people"):
        Tables.from_frames({"people": pl.DataFrame()})
    with pytest.raises(KeyError, match="has no column shoe_size"):
        Tables.from_frames({"creators": pl.DataFrame({"shoe_size": [1]})})
    with pytest.raises(KeyError):
        Tables.from_frames({})["people"]
