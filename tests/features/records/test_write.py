"""Tables on disk: the former ones stay until the new ones stand in their place."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from features import records

CREATORS = [{"creator_id": "ana", "platform": "instagram"}]


def interrupted(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """The folder that was there has been moved away, and the new one is about to come."""
    rename = Path.rename

    def renamed(path: Path, target: Path) -> Path:
        if path.name == "new":
            monkeypatch.undo()
            raise error
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", renamed)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("the disk is full")], ids=["interrupted", "failed"])
def test_tables_that_stood_there_are_there_again_where_they_could_not_be_replaced(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tables"
    records.write(records.read(CREATORS), folder)
    interrupted(monkeypatch, error)
    with pytest.raises(type(error)):
        records.write(records.read([{"creator_id": "ben", "platform": "tiktok"}]), folder)
    assert pl.read_parquet(folder / "creators.parquet")["creator_id"].to_list() == ["ana"]
    assert [*tmp_path.iterdir()] == [folder]
