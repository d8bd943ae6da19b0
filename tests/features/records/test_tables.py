"""Round trips, hashes, writing and the schema: properties that hold for any records."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import UsageError
from features.records import (
    BRIEFS,
    CREATORS,
    RECORD_TABLES,
    TABLES,
    Column,
    Kind,
    Tables,
    input_hashes,
    json_schema,
    read,
    write,
)
from features.records import hashes as record_hashes
from features.records.schema import markdown

NOW = datetime(2025, 6, 1, tzinfo=UTC)
DOCUMENT = Path(__file__).parents[3] / "docs" / "records.md"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.ID: st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5) | st.integers(0, 99),
    Kind.TEXT: texts,
    Kind.COUNT: st.integers(0, 2**53) | st.integers(0, 10).map(float),
    Kind.SHARE: st.floats(0, 1),
    Kind.MONEY: st.floats(0, 1e9),
    Kind.FLAG: st.booleans(),
    Kind.TIME: st.datetimes(datetime(2003, 1, 1), datetime(2025, 5, 31)).map(lambda time: time.isoformat() + "Z"),
    Kind.DATE: st.dates(date(2003, 1, 1), date(2025, 5, 31)).map(date.isoformat),
    Kind.TEXTS: st.lists(texts, max_size=3),
}


def values(column: Column) -> st.SearchStrategy[Any]:
    known = st.sampled_from(column.choices) if column.choices else VALUES[column.kind]
    return known if column.required else st.none() | known


def rows(table: Any) -> st.SearchStrategy[list[dict[str, Any]]]:
    columns = [column for column in table.columns if not column.label and column.name != "creator_id"]
    required = {column.name: values(column) for column in columns if column.required}
    optional = {column.name: values(column) for column in columns if not column.required}
    row = st.fixed_dictionaries(required, optional=optional)
    return st.lists(row, max_size=3, unique_by=lambda found: str(found[table.key[-1]]))


@st.composite
def records(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for creator_id in draw(st.lists(VALUES[Kind.ID], min_size=1, max_size=4, unique_by=str)):
        columns = {column.name: values(column) for column in CREATORS.columns if column.name != "creator_id"}
        platform = {"platform": columns.pop("platform")}
        nested = {table.name: st.none() | rows(table) for table in RECORD_TABLES[1:]}
        record = draw(st.fixed_dictionaries(platform, optional=columns | nested))
        found.append(record | {"creator_id": creator_id})
    return found


property_test = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@property_test
@given(records())
def test_tables_survive_frames_pandas_and_nothing_is_made_up(given_records: list[dict[str, Any]]) -> None:
    tables = read(given_records, now=NOW)
    assert read(dict(tables.items()), now=NOW) == tables
    assert read(tables.pandas(), now=NOW) == tables
    assert Tables.from_frames(dict(tables.items()), labels=False) == tables
    for record, row in zip(given_records, tables.creators.to_dicts(), strict=True):
        assert {name for name, value in row.items() if value is None} == {
            name for name in row if record.get(name) is None
        }
    for table in RECORD_TABLES[1:]:
        given_rows = [row for record in given_records for row in record.get(table.name) or []]
        assert tables[table.name].height == len(given_rows)
        for column in table.columns[1:]:
            if not column.label:
                known = sum(row.get(column.name) is not None for row in given_rows)
                assert tables[table.name][column.name].count() == known


@property_test
@given(records(), st.randoms(use_true_random=False))
def test_neither_row_order_nor_neighbours_change_a_record_or_its_hash(
    given_records: list[dict[str, Any]], random: Any
) -> None:
    tables = read(given_records, now=NOW)
    hashes = input_hashes(tables)
    assert list(hashes) == tables.creators["creator_id"].to_list()
    for record in given_records:
        shuffled = dict(record)
        for table in RECORD_TABLES[1:]:
            if record.get(table.name):
                shuffled[table.name] = random.sample(record[table.name], len(record[table.name]))
        alone = read([shuffled], now=NOW)
        creator_id = alone.creators["creator_id"][0]
        assert alone == tables.select([creator_id])
        assert input_hashes(alone)[creator_id] == hashes[creator_id]


def test_the_hash_tells_records_apart_and_not_absent_from_null(record: dict[str, Any]) -> None:
    def hashed(change: dict[str, Any]) -> str:
        return next(iter(input_hashes(read([record | change], now=NOW)).values()))

    original = hashed({})
    assert hashed({"bio": None, "audience": record["audience"]}) == original
    assert hashed({"followers": 12_400.0}) == original
    assert (
        len({original, hashed({"bio": ""}), hashed({"followers": 1}), hashed({"audience": []}), hashed({"posts": []})})
        == 5
    )


def test_the_hash_is_the_same_in_every_version(record: dict[str, Any]) -> None:
    found = next(iter(input_hashes(read([record], now=NOW)).values()))
    assert found == "be70da5b9525f4f54f83b8a639d6014da14ec8804bb5890236dbeb950d74b71a"


def test_labels_do_not_change_the_hash(record: dict[str, Any]) -> None:
    record["comments"][0]["spam"] = True
    plain, labelled = (input_hashes(read([record], labels=labels, now=NOW)) for labels in (False, True))
    assert plain == labelled


def test_selected_creators_keep_their_order_and_lose_their_labels(record: dict[str, Any]) -> None:
    tables = read([record | {"creator_id": name, "niches": [{"niche": "a"}]} for name in "cab"], labels=True, now=NOW)
    selected = tables.select(["b", "c", "nobody"])
    assert selected.creators["creator_id"].to_list() == ["c", "b"]
    assert selected.posts["creator_id"].to_list() == ["b", "b", "c", "c"]
    assert not selected.niches.height
    assert selected != tables
    assert tables.__eq__("tables") is NotImplemented


def test_trusted_frames_are_filled_cast_and_sorted() -> None:
    posts = pl.DataFrame({"post_id": ["2", "1"], "creator_id": ["a", "a"], "likes": [1.0, None]})
    tables = Tables.from_frames({"creators": pl.DataFrame({"creator_id": ["a"], "platform": ["x"]}), "posts": posts})
    assert tables.posts["post_id"].to_list() == ["1", "2"]
    assert tables.posts["likes"].to_list() == [None, 1]
    for name, frame in tables.items():
        assert frame.schema == TABLES[name].schema(labels=True)


class TestWriting:
    def test_only_tables_with_rows_are_written(self, tmp_path: Path) -> None:
        write(read([{"creator_id": "a", "platform": "x"}]), tmp_path / "out" / "here")
        assert [path.name for path in (tmp_path / "out" / "here").iterdir()] == ["creators.parquet"]
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["here"]

    def test_former_tables_are_replaced_as_a_whole(self, record: dict[str, Any], tmp_path: Path) -> None:
        folder = tmp_path / "out"
        write(read([record], now=NOW), folder)
        (folder / "truth.parquet").touch()
        write(read([{"creator_id": "a", "platform": "x"}]), folder)
        assert [path.name for path in folder.iterdir()] == ["creators.parquet"]

    def test_a_folder_of_other_things_is_not_touched(self, record: dict[str, Any], tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").touch()
        with pytest.raises(UsageError, match=r"thesis\.txt"):
            write(read([record], now=NOW), tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]

    def test_nothing_half_written_stays(
        self, record: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tables = read([record], now=NOW)
        write(tables, tmp_path / "out")

        def fail(frame: pl.DataFrame, path: Path) -> None:
            path.write_bytes(b"half")
            raise OSError("the disk is full")

        monkeypatch.setattr(pl.DataFrame, "write_parquet", fail)
        for folder in ("out", "new"):
            with pytest.raises(OSError, match="full"):
                write(tables, tmp_path / folder)
        monkeypatch.undo()
        assert [path.name for path in tmp_path.iterdir()] == ["out"]
        assert read(tmp_path / "out", now=NOW) == tables


class TestSchema:
    def test_a_record_is_described_with_its_tables_nested(self) -> None:
        schema: Any = json.loads(json.dumps(json_schema()))
        assert schema["required"] == ["creator_id", "platform"]
        assert not schema["additionalProperties"]
        assert set(schema["properties"]) == {c.name for c in CREATORS.columns} | {t.name for t in RECORD_TABLES[1:]}
        row = schema["properties"]["comments"]["items"]
        assert row["required"] == ["comment_id"]
        assert "creator_id" not in row["properties"]
        assert "spam" not in row["properties"]
        assert row["properties"]["likes"] == {
            "type": ["integer", "null"],
            "minimum": 0,
            "maximum": 2**53,
            "description": "Likes of the comment.",
        }
        assert schema["properties"]["platform"]["enum"] == ["instagram", "tiktok", "youtube", "x", "linkedin"]

    def test_a_brief_is_described_alone(self) -> None:
        schema: Any = json_schema(BRIEFS.name)
        assert schema["required"] == ["brief_id"]
        assert schema["properties"]["weights"]["type"] == ["object", "null"]

    def test_the_document_is_in_step_with_the_contract(self) -> None:
        assert DOCUMENT.read_text(encoding="utf-8").endswith(markdown())


@given(st.lists(st.integers(0, 3), max_size=20))
def test_rows_that_stand_together_are_found_alike_in_small_and_large_tables(owners: list[int]) -> None:
    creators = pl.Series([f"creator {owner}" for owner in sorted(owners)], dtype=pl.String)
    few = list(record_hashes.runs(creators))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record_hashes, "MANY_ROWS", -1)
        assert list(record_hashes.runs(creators)) == few
    assert [creators[rows].to_list() for _, rows in few] == [
        [owner] * creators.to_list().count(owner) for owner, _ in few
    ]
