"""Frames as one Parquet file, whole and in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from serving.jobs.frames import read_frames, write_frames

if TYPE_CHECKING:
    from pathlib import Path


def test_several_frames_are_one_file_and_nothing_else_is_left(tmp_path: Path) -> None:
    path, frames = tmp_path / "errors.parquet", [pl.DataFrame({"row": [k, k + 1]}) for k in range(3)]
    write_frames(frames, path)
    assert list(tmp_path.iterdir()) == [path]
    assert pl.read_parquet(path).equals(pl.concat(frames))
    assert pl.concat(read_frames(path)).equals(pl.concat(frames))


def test_a_file_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    nothing = pl.DataFrame(schema={"row": pl.Int64()})
    write_frames([nothing], tmp_path / "errors.parquet")
    [found] = read_frames(tmp_path / "errors.parquet")
    assert found.equals(nothing)
