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
    path = tmp_path / f"scores.{ending}"
    getattr(GOOD, f"write_{ending}")(path)
    assert read_scores(path).equals(GOOD.drop("state"))


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (GOOD.drop("band"), "no column band"),
        (GOOD.with_columns(creator_id=pl.lit("a")), "there twice"),
        (GOOD.with_columns(risk_score=pl.lit(100.1)), "between 0 and 100"),
        (GOOD.with_columns(risk_score=pl.lit("much")), "not a number"),
    ],
)
def test_what_is_wrong_is_named(frame: pl.DataFrame, said: str, tmp_path: Path) -> None:
    frame.write_parquet(tmp_path / "scores.parquet")
    with pytest.raises(RecordsError, match=said):
        read_scores(tmp_path / "scores.parquet")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scores.parquet").write_text("no")
    (tmp_path / "scores.txt").write_text("no")
    for name in ("scores.parquet", "scores.txt"):
        with pytest.raises(RecordsError, match="can be read"):
            read_scores(tmp_path / name)
    with pytest.raises(NotFoundError):
        read_scores(tmp_path / "nowhere.csv")
