"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from bonafide import exits, output
from features.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "x.txt"
    output.write_text("one", path)
    output.write_text("two", path)
    assert path.read_text() == "two"
    assert [one.name for one in path.parent.iterdir()] == ["x.txt"]


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".ndjson"])
def test_the_case_of_an_ending_says_nothing(ending: str, tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1, 2]})
    for name in (f"x{ending}", f"X{ending.upper()}"):
        output.write_frame(frame, tmp_path / name)
    assert (tmp_path / f"X{ending.upper()}").read_bytes() == (tmp_path / f"x{ending}").read_bytes()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), output.whole_file(path) as part:
        part.write_text("half" * (1 // 0))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_unfinished_where_it_is_told_to_be(tmp_path: Path) -> None:
    path, unfinished = tmp_path / "x.ndjson", tmp_path / "work" / "x.ndjson"
    unfinished.parent.mkdir()
    unfinished.write_text("of a run that was killed")

    def frames() -> Iterator[pl.DataFrame]:
        assert not path.exists()
        yield pl.DataFrame({"a": [1]})

    output.write_frames(frames(), path, unfinished)
    assert path.read_text() == '{"a":1}\n'
    assert not unfinished.exists()


def test_a_failed_folder_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "mark").write_text("old")
    with pytest.raises(ZeroDivisionError), output.whole_folder(folder, "mark") as part:
        (part / "mark").write_text("half" * (1 // 0))
    assert (folder / "mark").read_text() == "old"
    assert list(tmp_path.iterdir()) == [folder]
    with output.whole_folder(folder, "mark") as part:
        (part / "mark").write_text("new")
    assert (folder / "mark").read_text() == "new"
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_could_not_be_put_in_place_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "mark").write_text("old")
    rename = Path.rename

    def renamed(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", renamed)
    with pytest.raises(KeyboardInterrupt), output.whole_folder(folder, "mark") as part:
        (part / "mark").write_text("new")
    assert (folder / "mark").read_text() == "old"
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("mine")
    for path in (tmp_path, tmp_path / "x"):
        with pytest.raises(UsageError), output.whole_folder(path, "mark"):
            pass
    assert (tmp_path / "x").read_text() == "mine"


def test_what_was_put_into_an_earlier_result_is_not_deleted(tmp_path: Path) -> None:
    for name in ("mark", "my notes.txt"):
        (tmp_path / name).write_text("mine")
    refused = pytest.raises(UsageError, match=r"holds other things.*my notes\.txt$")
    with refused, output.whole_folder(tmp_path, "mark", {"mark", "more"}):
        pass
    assert {path.read_text() for path in tmp_path.iterdir()} == {"mine"}


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a file system in which nothing can be made")
def test_what_only_the_file_system_knows_cannot_be_made_is_wrong_usage() -> None:
    place = Path("/proc/nowhere/x.csv")
    with pytest.raises(UsageError, match="cannot be made"), output.whole_file(place):
        pass
    with pytest.raises(UsageError, match="cannot be made"), output.whole_folder(place, "mark"):
        pass


def test_a_file_that_cannot_be_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name, said in (("x.txt", r"give it \.parquet, \.csv or \.ndjson"), ("folder.csv", "is a folder")):
        with pytest.raises(UsageError, match=said):
            output.check_file(tmp_path / name)


def test_a_file_may_be_read_by_whom_its_writer_lets_read(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        output.write_text("one", tmp_path / "x.txt")
    finally:
        os.umask(before)
    assert (tmp_path / "x.txt").stat().st_mode & 0o777 == 0o640


def test_where_one_may_not_write_is_told_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(UsageError, match="one may not write there"):
        output.check_file(tmp_path / "deep" / "x.csv")


def test_a_file_in_the_place_of_a_folder_is_said_plainly(tmp_path: Path) -> None:
    file = tmp_path / "home"
    file.touch()
    for make in (lambda: file.mkdir(exist_ok=True), lambda: (file / "deep").mkdir()):
        with pytest.raises(OSError) as raised:  # noqa: PT011 - one of two kinds
            make()
        assert exits.message(raised.value).endswith("a folder is needed where a file is")


def test_nested_values_are_json_in_csv_and_nulls_stay_empty(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [[1, 2], None], "b": [{"c": 'x,\n"y"'}, None], "d": ["1", None]})
    output.write_frame(frame, tmp_path / "x.csv")
    back = pl.read_csv(tmp_path / "x.csv")
    assert back["a"].to_list() == ["[1,2]", None]
    assert back["b"].to_list() == ['{"c":"x,\\n\\"y\\""}', None]
