"""`bonafide classify niches` and `train fit --taxonomy`, on what the demo leaves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from models.matching.taxonomy import Taxonomy

if TYPE_CHECKING:
    from tests.bonafide.conftest import House, Run


@pytest.mark.parametrize("ending", ["parquet", "csv", "ndjson"])
def test_every_creator_gets_a_weight_a_niche(house: House, trained: Run, tmp_path: Path, ending: str) -> None:
    examples, out = house.home / "demo" / "examples", tmp_path / f"niches.{ending}"
    done = trained("classify", "niches", str(examples), "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    reader = {"parquet": pl.read_parquet, "csv": pl.read_csv, "ndjson": pl.read_ndjson}[ending]
    found = reader(out)
    names = found.columns[1:-1]
    assert found.columns == ["creator_id", *names, "unknown"]
    assert set(names) <= set(Taxonomy.default().names)
    assert found.select(names).sum_horizontal().to_numpy() == pytest.approx(1.0)
    known = pl.read_parquet(examples / "creators.parquet")
    assert sorted(found["creator_id"].cast(pl.String)) == sorted(known["creator_id"])


def test_without_a_fit_model_the_way_to_one_is_told(bonafide: Run, tmp_path: Path) -> None:
    (tmp_path / "one.ndjson").write_text('{"creator_id": "a", "platform": "instagram"}\n')
    done = bonafide("classify", "niches", "one.ndjson", "--out", "niches.csv")
    assert done.returncode != 0
    assert "bonafide train fit" in done.stderr
    assert not (tmp_path / "niches.csv").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [("[[niche]]\nname = 'unknown'\n", "column"), ("[[niche", "no TOML"), (None, "there is no taxonomy")],
)
def test_a_taxonomy_that_cannot_be_used_is_refused_before_training(
    bonafide: Run, tmp_path: Path, text: str | None, message: str
) -> None:
    if text is not None:
        (tmp_path / "own.toml").write_text(text)
    done = bonafide("train", "fit", "--data", ".", "--taxonomy", "own.toml")
    assert done.returncode in (1, 2)
    assert message in done.stderr
