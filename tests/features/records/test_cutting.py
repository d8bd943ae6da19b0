"""A corpus is cut by creators, rows and text, and every creator lies whole in one part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from features import records
from features.records.cutting import Size, cut, fits

if TYPE_CHECKING:
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
    for number, part in enumerate(found.parts):
        [file] = (tmp_path / "parts" / f"{number:06}" / "posts").iterdir()
        assert pl.read_parquet(file)["creator_id"].n_unique() == part.creators


def test_what_is_small_is_one_part(folder: Path, tmp_path: Path) -> None:
    size = Size(creators=6, rows=1_000, text=100_000)
    assert fits(folder, size)
    assert len(cut(folder, tmp_path / "parts", size).parts) == 1
