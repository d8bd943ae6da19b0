"""A corpus is cut by creators, rows and text, and every creator lies whole in one part."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING, Literal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import records
from features.errors import RecordsError, RecordsWarning, UsageError
from features.records import cutting
from features.records.cutting import cut
from features.records.parts import Cut, Slice, read_part
from features.records.problems import Problems
from features.records.sizes import Size, fits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six creators with two captions of 100 bytes each, of which the last has one of 1,000."""
    ids = [f"c{number}" for number in range(6)]
    captions = [(one, f"{one}-{post}", "x" * 100) for one in ids for post in range(2)]
    captions[-1] = ("c5", "c5-1", "x" * 1_000)
    posts = pl.DataFrame(captions, schema=["creator_id", "post_id", "caption"], orient="row")
    creators = pl.DataFrame({"creator_id": ids, "platform": ["instagram"] * 6})
    records.write(records.Tables.from_frames({"creators": creators, "posts": posts}, labels=False), tmp_path / "in")
    return tmp_path / "in"


def posts_of(found: Cut, folder: Path) -> list[pl.DataFrame]:
    """The posts of each part."""
    return [read_part(found, folder, number, Problems(), skip=False).tables.posts for number in range(len(found.parts))]


@pytest.mark.parametrize(
    ("size", "creators"),
    [
        (Size(creators=4, rows=1_000, text=1_000_000), [4, 2]),
        (Size(creators=1_000, rows=7, text=1_000_000), [2, 2, 2]),
        (Size(creators=1_000, rows=1_000, text=650), [3, 2, 1]),
        (Size(creators=1_000, rows=12, text=900), [2, 2, 1, 1]),  # a half by rows and a half by text
    ],
)
def test_whatever_is_reached_first_ends_a_part(folder: Path, size: Size, creators: list[int], tmp_path: Path) -> None:
    assert not fits(folder, size)
    found = cut(folder, tmp_path / "parts", size)
    assert [part.creators for part in found.parts] == creators
    for part, posts in zip(found.parts, posts_of(found, tmp_path / "parts"), strict=True):
        assert posts["creator_id"].n_unique() == part.creators


def test_the_last_parts_of_several_processes_are_small_and_their_pieces_are_those_of_one(
    folder: Path, tmp_path: Path
) -> None:
    one, several = (
        cut(folder, tmp_path / "parts", Size(creators=2, rows=1_000, text=1_000_000, processes=processes))
        for processes in (1, 2)
    )
    assert [part.creators for part in one.parts] == [2, 2, 2]
    assert [part.creators for part in several.parts] == [2, 1, 1, 1, 1]
    assert [part.piece for part in several.parts] == [0, 1, 1, 2, 2]
    assert Cut.from_json(several.to_json()) == several
    whole, dealt = (pl.concat(posts_of(found, tmp_path / "parts")) for found in (one, several))
    assert dealt.equals(whole)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_in_a_folder_whose_name_looks_like_a_pattern_is_cut_as_any_other(
    folder: Path, tmp_path: Path, separator: str
) -> None:
    odd = tmp_path / "export [2024]*"
    (odd / "csv").mkdir(parents=True)
    for path in folder.glob("*.parquet"):
        shown = pl.read_parquet(path).select(pl.exclude(pl.List))
        file = odd / "csv" / f"{path.stem}.csv"
        shown.sample(fraction=1, shuffle=True, seed=1).write_csv(file, separator=separator)
    found = cut(odd / "csv", odd / "parts", Size(creators=4, rows=1_000, text=1_000_000))
    assert sum(posts.height for posts in posts_of(found, odd / "parts")) == 12


def test_csv_with_columns_without_names_or_with_the_same_is_cut_as_it_is_read(folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*.parquet"):
        lines = pl.read_parquet(path).select(pl.exclude(pl.List)).write_csv().splitlines()
        spare = [",note,note,,", *(",1,2,," for _ in lines[1:])]
        path.with_suffix(".csv").write_text("".join(f"{a}{b}\n" for a, b in zip(lines, spare, strict=True)))
        path.unlink()
    with pytest.warns(RecordsWarning, match="note") as when_cut:
        found = cut(folder, tmp_path / "parts", Size(creators=4, rows=1_000, text=1_000_000))
    with pytest.warns(RecordsWarning, match="note") as when_read:
        whole = records.read(folder)
    assert pl.concat(posts_of(found, tmp_path / "parts")).equals(whole.posts)
    assert [str(one.message) for one in when_cut] == [str(one.message) for one in when_read]


@pytest.mark.parametrize("name", ["creators.csv", "records.json"])
def test_a_file_that_holds_no_records_is_not_cut_however_large(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("creator_id,platform\n1,x\n2,x\n")
    assert fits(tmp_path / name, Size(creators=1, rows=1, text=1))
    with pytest.raises(RecordsError, match="neither a folder of tables nor"):
        records.read(tmp_path / name)


@pytest.mark.parametrize("quote_style", ["necessary", "always"])
def test_what_is_missing_in_csv_is_missing_in_its_parts(
    folder: Path, tmp_path: Path, quote_style: Literal["necessary", "always"]
) -> None:
    for path in folder.glob("*.parquet"):
        emptied = pl.read_parquet(path).select(pl.exclude(pl.List)).with_columns(pl.col("^alt_text|bio$").fill_null(""))
        emptied.write_csv(path.with_suffix(".csv"), quote_style=quote_style)
        path.unlink()
    found = cut(folder, tmp_path / "parts", Size(creators=4, rows=1_000, text=1_000_000))
    assert pl.concat(posts_of(found, tmp_path / "parts")).equals(records.read(folder).posts)


def test_tables_are_cut_whatever_the_case_of_their_ending(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        path.rename(path.with_suffix(".PARQUET"))
    found = cut(folder, tmp_path / "parts", Size(creators=4, rows=1_000, text=1_000_000))
    assert sum(posts.height for posts in posts_of(found, tmp_path / "parts")) == 12


def test_what_is_small_is_one_part(folder: Path, tmp_path: Path) -> None:
    size = Size(creators=6, rows=1_000, text=100_000)
    assert fits(folder, size)
    assert len(cut(folder, tmp_path / "parts", size).parts) == 1


def test_rows_in_the_creators_order_stay_in_their_file(folder: Path, tmp_path: Path) -> None:
    found = cut(folder, tmp_path / "parts", Size(creators=4, rows=1_000, text=1_000_000))
    assert not [*(tmp_path / "parts").rglob("*.parquet")]
    assert [part.slices["posts"] for part in found.parts] == [Slice(0, 8), Slice(8, 4)]
    assert Cut.from_json(found.to_json()) == found


@pytest.mark.parametrize("in_order", [True, False])
def test_rows_in_another_order_or_in_large_pieces_are_copied(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_order: bool
) -> None:
    size = Size(creators=4, rows=1_000, text=1_000_000)
    kept = posts_of(cut(folder, tmp_path / "kept", size), tmp_path / "kept")
    if in_order:
        monkeypatch.setattr(cutting, "MOST_TOGETHER", 11)
    else:
        posts = pl.read_parquet(folder / "posts.parquet")
        posts.sample(fraction=1.0, shuffle=True, seed=3).write_parquet(folder / "posts.parquet")
    found = cut(folder, tmp_path / "copied", size)
    assert not any("posts" in part.slices for part in found.parts)
    for one, other in zip(posts_of(found, tmp_path / "copied"), kept, strict=True):
        assert one.equals(other)


@pytest.mark.parametrize(
    "change", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes() + b" ")]
)
def test_a_table_that_is_changed_while_it_is_read_is_refused(
    folder: Path, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    found = cut(folder, tmp_path / "parts", Size(creators=4, rows=1_000, text=1_000_000))
    change(folder / "posts.parquet")
    with pytest.raises(UsageError, match=r"posts.parquet was changed while it was read"):
        posts_of(found, tmp_path / "parts")


def many(folder: Path, creators: int) -> Path:
    """So many creators with a post each."""
    folder.mkdir()
    ids = pl.DataFrame({"number": range(creators)}).select(creator_id=pl.format("creator-{}", pl.col("number") + 10**7))
    ids.with_columns(platform=pl.lit("instagram")).write_parquet(folder / "creators.parquet", row_group_size=50_000)
    ids.with_columns(post_id="creator_id").write_parquet(folder / "posts.parquet", row_group_size=50_000)
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's count of a process's memory")
def test_a_creator_takes_a_few_bytes_while_a_corpus_is_cut(tmp_path: Path) -> None:
    creators = 500_000
    corpora = many(tmp_path / "small", 1_000), many(tmp_path / "large", creators)
    command = [sys.executable, "-m", "tests.features.records.cutting_many", *map(str, corpora), str(tmp_path / "parts")]
    environment = os.environ | {"POLARS_MAX_THREADS": "1"}
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert int(found.stdout) < 350 * creators


def test_csv_whose_quotes_are_misplaced_is_refused_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    rows = 'a,x,"5\\" tall"\nb,x,"6\\" tall"\n'
    (tmp_path / "in" / "creators.csv").write_text(f"\ufeffcreator_id,platform,bio\n{rows}")
    with pytest.raises(RecordsError, match=r"creators, line 2: creators\.csv has a quote here"):
        cut(tmp_path / "in", tmp_path / "parts", Size(creators=1, rows=1_000, text=1_000_000))


def test_a_table_that_cannot_be_cut_is_refused_as_one_that_cannot_be_read(folder: Path, tmp_path: Path) -> None:
    posts = pq.read_table(folder / "posts.parquet")
    size = Size(creators=2, rows=1_000, text=1_000_000)
    for changed in (
        posts.append_column("shares", pa.array([1] * len(posts), pa.decimal256(50, 2))),
        posts.append_column("likes", posts["likes"]),
        posts.rename_columns({"post_id": "Post ID"}),
    ):
        pq.write_table(changed, folder / "posts.parquet")
        with pytest.raises(RecordsError) as whole, warnings.catch_warnings(action="ignore", category=RecordsWarning):
            records.read(folder)
        with pytest.raises(RecordsError) as in_parts, warnings.catch_warnings(action="ignore", category=RecordsWarning):
            cut(folder, tmp_path / "parts", size)
        assert str(in_parts.value) == str(whole.value)


def test_rows_that_turn_out_damaged_are_a_problem_of_their_table(folder: Path, tmp_path: Path) -> None:
    posts = pq.read_table(folder / "posts.parquet")
    pq.write_table(posts, folder / "posts.parquet", compression="zstd", use_dictionary=False)
    start = pq.read_metadata(folder / "posts.parquet").row_group(0).column(0).data_page_offset
    content = bytearray((folder / "posts.parquet").read_bytes())
    content[start : start + 12] = b"\xff" * 12
    (folder / "posts.parquet").write_bytes(content)
    with pytest.raises(RecordsError, match=r"posts: posts\.parquet is not a Parquet file that can be read"):
        cut(folder, tmp_path / "parts", Size(creators=2, rows=1_000, text=1_000_000))
