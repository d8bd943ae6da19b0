"""Every way of handing records over gives the same tables."""

from __future__ import annotations

import json
import math
import warnings
from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import NotFoundError, RecordsError, RecordsWarning
from features.records import COMMENTS, TABLES, Tables, read, read_briefs, read_rows, write
from features.records.sizes import Size, fits

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def records(record: dict[str, Any]) -> list[dict[str, Any]]:
    other = deepcopy(record) | {"creator_id": "Bo", "platform": "tiktok", "audience": None}
    return [record, other, {"creator_id": 3, "platform": "youtube"}]


@pytest.fixture
def tables(records: list[dict[str, Any]], now: datetime) -> Tables:
    return read(records, now=now)


def test_nested_records_become_the_tables_of_the_contract(tables: Tables) -> None:
    assert tables.creators["creator_id"].to_list() == ["ada", "Bo", "3"]
    assert tables.posts["post_id"].to_list() == ["p1", "p2", "p1", "p2"]
    assert tables.posts["creator_id"].to_list() == ["Bo", "Bo", "ada", "ada"]
    assert tables.posts["likes"].to_list() == [None, 310, None, 310]
    assert tables.comments["comment_id"].to_list() == ["7", "7"]
    assert tables.audience.height == 1
    for name, frame in tables.items():
        assert frame.schema == TABLES[name].schema()


def test_a_folder_of_parquet_gives_the_same(tables: Tables, tmp_path: Path, now: datetime) -> None:
    write(tables, tmp_path / "in")
    assert read(tmp_path / "in", now=now) == tables
    assert read(str(tmp_path / "in"), now=now) == tables


@pytest.mark.parametrize("zone", ["+05:30", "-03:30", "Asia/Kathmandu", "Z", "UTC"])
def test_parquet_in_any_zone_is_read(tmp_path: Path, now: datetime, zone: str) -> None:
    created = pa.array([datetime(2024, 5, 31, 12), None], pa.timestamp("us", zone))  # as UTC, whatever the zone
    rows = pa.table({"creator_id": ["1", "2"], "platform": ["x", "x"], "created_at": created, "seen": created})
    pq.write_table(rows, tmp_path / "creators.parquet")
    with pytest.warns(RecordsWarning, match="seen"):
        creators = read(tmp_path, now=now).creators
    assert creators["created_at"].to_list() == [datetime(2024, 5, 31, 12, tzinfo=UTC), None]
    assert not fits(tmp_path, Size(creators=1, rows=1, text=1))


def test_a_folder_may_be_called_what_elsewhere_is_a_pattern(tables: Tables, tmp_path: Path, now: datetime) -> None:
    odd = tmp_path / "export [2024]*"
    write(tables, odd)
    assert read(odd, now=now) == tables
    assert read_rows(odd, COMMENTS, now=now).height == tables.comments.height


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_folder_of_csv_gives_the_same(tables: Tables, tmp_path: Path, now: datetime, separator: str) -> None:
    for name, frame in tables.items():
        if frame.height:
            lists = [
                pl.col(c).map_elements(lambda texts: json.dumps(list(texts)), return_dtype=pl.String)
                for c, t in frame.schema.items()
                if t == pl.List(pl.String)
            ]
            file = tmp_path / f"{name}.csv"
            frame.with_columns(lists).write_csv(file, include_bom=name == "creators", separator=separator)
    assert read(tmp_path, now=now) == tables


@pytest.mark.parametrize(
    ("heading", "bio"), [("creator_id,platform,bio,followers", ""), ('"creator_id","platform","bio","followers"', None)]
)
def test_who_quotes_every_cell_tells_no_empty_text_from_a_missing_one(
    tmp_path: Path, now: datetime, heading: str, bio: str | None
) -> None:
    (tmp_path / "creators.csv").write_text(f'{heading}\n"1","x","",""\n"2","x",,\n')
    creators = read(tmp_path, now=now).creators
    assert creators["bio"].to_list() == [bio, None]
    assert creators["followers"].to_list() == [None, None]


@pytest.mark.parametrize("written", ["12.000", "1.234.000", '"12,000"'])
def test_a_count_whose_thousands_are_set_apart_is_refused_and_not_read_as_a_thousandth(
    tmp_path: Path, now: datetime, written: str
) -> None:
    (tmp_path / "creators.csv").write_text(f"creator_id,platform,followers\na,x,{written}\nb,x,12.0\nc,x,12.5\n")
    with pytest.raises(RecordsError) as caught:
        read(tmp_path, now=now)
    assert [(problem.line, problem.message) for problem in caught.value.problems] == [
        (2, "may be thousands or a fraction: write the whole number alone, such as 12500"),
        (4, "expected a whole number such as 12500"),
    ]


@pytest.mark.parametrize("written", ["1.78414E+16", '"1,78414E+16"', "1.78414e+16"])
def test_an_id_that_a_spreadsheet_has_rounded_is_refused(tmp_path: Path, now: datetime, written: str) -> None:
    (tmp_path / "creators.csv").write_text(f"creator_id,platform\n{written},x\n17841400000000001,x\nE+1,x\n")
    with pytest.raises(RecordsError, match=r"line 2, column 'creator_id'.*hand ids over as text") as caught:
        read(tmp_path, now=now)
    assert caught.value.total == 1


def test_a_handle_is_the_same_with_an_at_sign_before_it(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "creators.csv").write_text("creator_id,platform,handle\na,x,@ada.l\nb,x,ada.l\nc,x,@\nd,x,\n")
    assert read(tmp_path, now=now).creators["handle"].to_list() == ["ada.l", "ada.l", "", None]
    sent = read([{"creator_id": "a", "platform": "x", "handle": "@ada.l"}], now=now)
    assert sent == read([{"creator_id": "a", "platform": "x", "handle": "ada.l"}], now=now)


def test_ndjson_gives_the_same(records: list[dict[str, Any]], tables: Tables, tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "creators.ndjson"
    path.write_text("\ufeff" + "\n\n".join(json.dumps(record) for record in records), encoding="utf-8")
    assert read(path, now=now) == tables


@pytest.mark.parametrize("ending", [".PARQUET", ".Parquet"])
def test_the_case_of_an_ending_says_nothing(tables: Tables, tmp_path: Path, now: datetime, ending: str) -> None:
    folder = tmp_path / "in"
    write(tables, folder)
    for path in folder.iterdir():
        path.rename(path.with_suffix(ending))
    assert read(folder, now=now) == tables
    assert read_rows(folder, COMMENTS, now=now)["comment_id"].to_list() == tables.comments["comment_id"].to_list()
    write(tables, folder)  # in place of the tables that lie there
    assert {path.suffix for path in folder.iterdir()} == {".parquet"}


def test_csv_and_ndjson_are_read_whatever_the_case_of_their_ending(tmp_path: Path, now: datetime) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "creators.CSV").write_text("creator_id,platform\na,x\n")
    (tmp_path / "in.NDJSON").write_text('{"creator_id": "a", "platform": "x"}\n')
    assert read(folder, now=now) == read(tmp_path / "in.NDJSON", now=now)
    (tmp_path / "briefs.JSONL").write_text('{"brief_id": "b"}\n')
    assert read_briefs(tmp_path / "briefs.JSONL")["brief_id"].to_list() == ["b"]


def test_two_files_of_a_table_are_refused_by_their_names(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "creators.CSV").write_text("creator_id,platform\na,x\n")
    (tmp_path / "creators.csv").write_text("creator_id,platform\na,x\n")
    with pytest.raises(RecordsError, match=r"two files hold this table: creators\.CSV and creators\.csv"):
        read(tmp_path, now=now)


def test_frames_give_the_same(tables: Tables, now: datetime) -> None:
    assert read(dict(tables.items()), now=now) == tables
    assert read(tables.pandas(), now=now) == tables
    assert read({name: frame.lazy() for name, frame in tables.items()}, now=now) == tables
    shuffled = {
        name: frame.sample(frac=1, random_state=1) for name, frame in tables.pandas().items() if name != "creators"
    }
    assert read(shuffled | {"creators": tables.pandas()["creators"]}, now=now) == tables


def test_frames_are_not_changed(tables: Tables, now: datetime) -> None:
    frames = tables.pandas()
    before = {name: frame.copy(deep=True) for name, frame in frames.items()}
    read(frames, now=now)
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_one_by_one_gives_the_same_as_together(records: list[dict[str, Any]], tables: Tables, now: datetime) -> None:
    for record in records:
        alone = read([record], now=now)
        assert alone == tables.select([str(record["creator_id"])])


def test_what_pandas_writes_is_read(now: datetime) -> None:
    creators = pd.DataFrame(
        {
            "creator_id": [1, 2],
            "platform": pd.Categorical(["x", "x"]),
            "followers": [1000.0, math.nan],
            "verified": [True, None],
            "bio": [math.nan, "hi"],
            "agency": [math.nan, math.nan],
            "created_at": pd.to_datetime(["2020-01-01", None]),
        },
        index=["b", "a"],
    )
    tables = read({"creators": creators}, now=now)
    assert tables.creators["creator_id"].to_list() == ["1", "2"]
    assert tables.creators["followers"].to_list() == [1000, None]
    assert tables.creators["verified"].to_list() == [True, None]
    assert tables.creators["bio"].to_list() == [None, "hi"]
    assert tables.creators["agency"].null_count() == 2
    assert tables.creators["created_at"].null_count() == 1


def test_a_pandas_column_of_a_type_that_arrow_does_not_have_is_refused(now: datetime) -> None:
    frame = pd.DataFrame({"creator_id": ["1"], "platform": ["x"], "followers": [3 + 0j]})
    with pytest.raises(RecordsError, match="expected a whole number"):
        read({"creators": frame}, now=now)


def test_hidden_likes_are_null_and_not_zero(now: datetime) -> None:
    posts = pd.DataFrame({"creator_id": ["a"] * 3, "post_id": [1, 2, 3], "likes": [5.0, math.nan, 0.0]})
    tables = read({"creators": pl.DataFrame({"creator_id": ["a"], "platform": ["x"]}), "posts": posts}, now=now)
    assert tables.posts["likes"].to_list() == [5, None, 0]


def test_python_json_habits_are_read(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"creator_id": "a", "platform": "x", "followers": NaN, "bio": "half \\ud83d"}\n')
    tables = read(path, now=now)
    assert tables.creators["followers"].to_list() == [None]
    assert tables.creators["bio"].to_list() == ["half \ufffd"]


def test_ten_megabytes_of_text_in_one_comment_are_read(record: dict[str, Any], tmp_path: Path, now: datetime) -> None:
    record["comments"][0]["text"] = "a\u00e9" * 5_000_000
    path = tmp_path / "in.ndjson"
    path.write_text(json.dumps(record))
    assert read(path, now=now).comments["text"].str.len_chars().to_list() == [10_000_000]


def test_labels_are_left_aside_unless_asked_for(record: dict[str, Any], tmp_path: Path, now: datetime) -> None:
    record["comments"][0]["spam"] = True
    record["niches"] = [{"niche": "food"}, {"niche": "art"}]
    assert "spam" not in read([record], now=now).comments
    assert not read([record], now=now).niches.height
    labelled = read([record], labels=True, now=now)
    assert labelled.comments["spam"].to_list() == [True]
    assert labelled.niches["niche"].to_list() == ["art", "food"]
    write(labelled, tmp_path / "in")
    pl.DataFrame({"brief_id": ["b"]}).write_parquet(tmp_path / "in" / "briefs.parquet")
    assert not read(tmp_path / "in", now=now).briefs.height
    assert read(tmp_path / "in", labels=True, now=now).briefs["brief_id"].to_list() == ["b"]


def test_the_truth_of_the_simulator_is_passed_over(tables: Tables, tmp_path: Path, now: datetime) -> None:
    write(tables, tmp_path / "in")
    pl.DataFrame({"creator_id": ["ada"]}).write_parquet(tmp_path / "in" / "truth.parquet")
    assert read(tmp_path / "in", now=now) == tables


def test_everything_unknown_is_named_in_one_warning(tables: Tables, tmp_path: Path, now: datetime) -> None:
    write(tables, tmp_path / "in")
    for name in ("creators", "posts"):
        path = tmp_path / "in" / f"{name}.parquet"
        pl.read_parquet(path).with_columns(shoe_size=1).write_parquet(path)
    (tmp_path / "in" / "notes.txt").touch()
    (tmp_path / "in" / ".hidden").touch()
    with pytest.warns(RecordsWarning) as caught:
        assert read(tmp_path / "in", now=now) == tables
    assert len(caught) == 1
    message = str(caught[0].message)
    assert "creators: shoe_size; posts: shoe_size" in message
    assert "notes.txt" in message
    assert ".hidden" not in message
    assert caught[0].filename == __file__


def test_a_column_written_otherwise_is_told_how_the_contract_writes_it(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "creators.csv").write_text("creator_id,platform, Display Name,Followers,mood\n1,x,a,5,\n")
    with pytest.warns(RecordsWarning, match=r"mood\); the contract writes display_name, followers$"):
        read(tmp_path, now=now)


def test_unknown_fields_of_records_are_named_or_refused(record: dict[str, Any], now: datetime) -> None:
    record |= {"shoe_size": 1, "creator": {}}
    record["comments"][0]["spam"] = False
    record["posts"][1]["creator_id"] = "ada"
    with pytest.warns(RecordsWarning, match=r"creators: creator, shoe_size; posts: creator_id\)$"):
        read([record], now=now)
    with pytest.raises(RecordsError) as caught:
        read([record], now=now, extra="refuse")
    named = {(problem.table, problem.row, problem.column) for problem in caught.value.problems}
    assert named == {
        ("creators", None, "shoe_size"),
        ("creators", None, "creator"),
        ("posts", 1, "creator_id"),
        ("comments", 0, "spam"),
    }


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        read(tmp_path / "nowhere")
    with pytest.raises(NotFoundError, match="nowhere"):
        read_briefs(tmp_path / "nowhere.csv")
    with pytest.raises(TypeError, match="int"):
        read(3)  # type: ignore[arg-type]


BRIEFS = [{"brief_id": 2, "niches": ["food"], "weights": {"b": 1, "a": 0.5}, "max_risk": 40}, {"brief_id": "1"}]


def test_briefs_are_read_from_anywhere(tmp_path: Path) -> None:
    briefs = read_briefs(BRIEFS)
    assert briefs["brief_id"].to_list() == ["2", "1"]
    assert briefs["weights"].to_list() == ['{"a":0.5,"b":1.0}', None]
    briefs.write_parquet(tmp_path / "any.parquet")
    (tmp_path / "any.ndjson").write_text("\n".join(json.dumps(brief) for brief in BRIEFS))
    (tmp_path / "any.csv").write_text('brief_id,niches,weights,max_risk\n2,food,"{""b"":1,""a"":0.5}",40\n1,,,\n')
    for source in (tmp_path / "any.parquet", tmp_path / "any.ndjson", tmp_path / "any.csv", briefs, briefs.to_pandas()):
        assert read_briefs(source).equals(briefs)


def test_briefs_in_a_file_of_another_kind_are_told_as_that(tmp_path: Path) -> None:
    (tmp_path / "briefs.json").write_text('{"brief_id": "a"}')
    with pytest.raises(RecordsError, match=r"briefs\.json is neither Parquet, CSV nor NDJSON"):
        read_briefs(tmp_path / "briefs.json")


def test_bad_briefs_are_refused() -> None:
    with pytest.raises(RecordsError) as caught:
        read_briefs([*BRIEFS, {"brief_id": "1", "weights": {"a": "x"}}, {"text": "x"}, 3])  # type: ignore[list-item]
    assert [(p.record, p.column) for p in caught.value.problems] == [
        (2, "weights"),
        (2, None),
        (3, "brief_id"),
        (4, None),
    ]
    with pytest.raises(RecordsError, match="there are no briefs"):
        read_briefs([])


@pytest.mark.parametrize("name", ["instagram", "instagram_ordinary", "tiktok", "youtube"])
def test_real_records_are_read(real_data: Path, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tables = read(real_data / "creators" / name, labels=True)
    assert (
        tables.creators.height
        == {"instagram": 17_048, "instagram_ordinary": 700, "tiktok": 1_794, "youtube": 1_216}[name]
    )
