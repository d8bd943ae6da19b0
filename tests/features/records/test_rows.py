"""One table by itself, under any name, from a folder of files, or out of whole records."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from features.errors import NotFoundError, RecordsError, RecordsWarning
from features.records import AUDIENCE, COMMENTS, creators_beside, read_rows, write
from training.simulate import Simulation


def _followers(path: Path, creator: str, count: int = 3, **more: object) -> Path:
    frame = pl.DataFrame({"creator_id": creator, "follower_id": [str(k) for k in range(count)]}).with_columns(
        **{name: pl.lit(value) for name, value in more.items()}
    )
    (frame.write_csv if path.suffix == ".csv" else frame.write_parquet)(path)
    return path


def test_a_file_under_any_name_is_read_with_its_name_as_the_source(tmp_path: Path) -> None:
    rows = read_rows(_followers(tmp_path / "panel_a.parquet", "one", followers=7), AUDIENCE)
    assert rows.columns == [*AUDIENCE.schema(), "source"]
    assert rows.select("followers", "source").unique().rows() == [(7, "panel_a")]


def test_labels_are_read_only_where_they_are_asked_for(tmp_path: Path) -> None:
    path = _followers(tmp_path / "a.csv", "one", fake=True)
    assert "fake" not in read_rows(path, AUDIENCE).columns
    assert read_rows(path, AUDIENCE, labels=True)["fake"].to_list() == [True] * 3


def test_a_folder_of_files_is_put_together_and_the_same_key_may_stand_in_two(tmp_path: Path) -> None:
    for name in ("b", "a"):
        _followers(tmp_path / f"{name}.parquet", "one")
    (tmp_path / "c.ndjson").write_text('{"creator_id": "two", "follower_id": "1"}\n')
    rows = read_rows(tmp_path, AUDIENCE)
    assert rows["source"].to_list() == ["a"] * 3 + ["b"] * 3 + ["c"]


def test_a_file_without_the_key_is_left_out_with_a_warning(tmp_path: Path) -> None:
    _followers(tmp_path / "a.parquet", "one")
    pl.DataFrame({"other": [1]}).write_parquet(tmp_path / "other.parquet")
    with pytest.warns(RecordsWarning, match=r"other\.parquet"):
        assert read_rows(tmp_path, AUDIENCE).height == 3


def test_whole_records_give_their_table(simulation: Simulation, tmp_path: Path) -> None:
    write(simulation.tables, tmp_path / "records")
    rows = read_rows(tmp_path / "records", COMMENTS, labels=True)
    assert rows.drop("source").equals(simulation.tables.comments)


def test_creators_with_their_tables_nested_give_their_table(tmp_path: Path) -> None:
    path = tmp_path / "creators.ndjson"
    path.write_text('{"creator_id": "a", "platform": "x", "audience": [{"follower_id": "1", "following": 4}]}\n')
    assert read_rows(path, AUDIENCE).select("creator_id", "following").rows() == [("a", 4)]


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    _followers(tmp_path / "a.parquet", "one", followers=-1)
    _followers(tmp_path / "b.parquet", "one", handle_digit_ratio=2.0)
    with pytest.raises(RecordsError) as caught:
        read_rows(tmp_path, AUDIENCE)
    assert {problem.column for problem in caught.value.problems} == {"followers", "handle_digit_ratio"}


def test_what_is_passed_over_in_a_folder_of_files_is_named(tmp_path: Path) -> None:
    _followers(tmp_path / "part-0.parquet", "one")
    (tmp_path / "part-1.csv.gz").touch()
    (tmp_path / "earlier").mkdir()
    with pytest.warns(RecordsWarning, match=r"files or tables of other names \(earlier, part-1.csv.gz\)"):
        assert set(read_rows(tmp_path, AUDIENCE)["source"]) == {"part-0"}


def test_a_key_that_comes_twice_in_one_file_is_refused(tmp_path: Path) -> None:
    pl.DataFrame({"creator_id": ["a", "a"], "follower_id": ["1", "1"]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(RecordsError, match="same key"):
        read_rows(tmp_path / "a.parquet", AUDIENCE)


@pytest.mark.parametrize("name", ["empty", "notes.txt"])
def test_nothing_to_read_is_an_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix:
        path.write_text("hello")
    else:
        path.mkdir()
    with pytest.raises(RecordsError):
        read_rows(path, AUDIENCE)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_other_tables_of_a_records_folder_are_not_taken_for_the_one_that_it_lacks(tmp_path: Path, ending: str) -> None:
    for name in ("creators", "posts"):
        _followers(tmp_path / f"{name}{ending}", "one")
    with pytest.raises(RecordsError) as refused:
        read_rows(tmp_path, COMMENTS)
    assert [problem.message for problem in refused.value.problems] == [
        f"there are no rows of this table in {tmp_path.name}"
    ]


def test_no_such_path_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_rows(tmp_path / "missing", AUDIENCE)


def test_creators_beside_a_table_are_given_where_they_are_there(simulation: Simulation, tmp_path: Path) -> None:
    write(simulation.tables, tmp_path / "records")
    found = creators_beside(tmp_path / "records", "creator_id", "platform")
    assert found is not None
    assert found.equals(simulation.tables.creators.select("creator_id", "platform"))
    (tmp_path / "nested.ndjson").write_text(
        '{"creator_id": "a", "platform": "x", "audience": [{"follower_id": "f"}]}\n'
    )
    nested = creators_beside(tmp_path / "nested.ndjson", "platform")
    assert nested is not None
    assert nested["platform"].to_list() == ["x"]
    assert creators_beside(tmp_path / "records" / "audience.parquet", "platform") is None
    (tmp_path / "sets").mkdir()
    simulation.tables.audience.head(5).write_parquet(tmp_path / "sets" / "one.parquet")
    assert creators_beside(tmp_path / "sets", "platform") is None
