"""Risks computed before are taken as they are, or refused by what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from features.errors import NotFoundError, RecordsError
from models.index.scores import read_scores

if TYPE_CHECKING:
    from pathlib import Path

GOOD = pl.DataFrame({"creator_id": ["007", "b"], "risk_score": [1.5, None], "band": ["low", None], "state": ["x", "y"]})


@pytest.mark.parametrize("ending", ["parquet", "csv", "ndjson"])
def test_every_kind_of_file_reads_the_same(ending: str, tmp_path: Path) -> None:
    path = tmp_path / "of [2025]*" / f"scores.{ending}"  # no pattern
    path.parent.mkdir()
    getattr(GOOD, f"write_{ending}")(path)
    assert read_scores(path).equals(GOOD.drop("state"))


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (GOOD.drop("band"), "no column band"),
        (GOOD.with_columns(creator_id=pl.lit("a")), "there twice"),
        (GOOD.with_columns(risk_score=pl.lit(100.1)), "between 0 and 100"),
        (GOOD.with_columns(risk_score=pl.lit("much")), "column 'risk_score': scores.parquet is no"),
    ],
)
def test_what_is_wrong_is_named(frame: pl.DataFrame, said: str, tmp_path: Path) -> None:
    frame.write_parquet(tmp_path / "scores.parquet")
    with pytest.raises(RecordsError, match=said):
        read_scores(tmp_path / "scores.parquet")


def test_a_file_that_a_spreadsheet_wrote_reads_the_same(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_bytes(b"\xef\xbb\xbf" + GOOD.write_csv(line_terminator="\r\n").encode())
    assert read_scores(tmp_path / "scores.csv").equals(GOOD.drop("state"))


@pytest.mark.parametrize("ending", ["parquet", "csv", "ndjson"])
def test_a_file_without_rows_is_refused(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"scores.{ending}"
    getattr(GOOD.clear(), f"write_{ending}")(path)
    with pytest.raises(RecordsError, match="holds no scores"):
        read_scores(path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scores.parquet").write_text("no")
    (tmp_path / "scores.txt").write_text("no")
    for name, said in (("scores.parquet", "is no .parquet file of scores"), ("scores.txt", "is not a .parquet, ")):
        with pytest.raises(RecordsError, match=said):
            read_scores(tmp_path / name)
    with pytest.raises(NotFoundError):
        read_scores(tmp_path / "nowhere.csv")
