from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from features.errors import UsageError
from models.drift import Reference
from training.audits.performance import performance
from training.drift import ALL, SCORE, drift

NAMES = [f"signal_{k}" for k in range(12)]


def creators(seed: int, rows: int, **moved: float) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    columns = {name: rng.normal(moved.get(name, 0.0), 1.0, rows) for name in NAMES}
    score = 1 / (1 + np.exp(-rng.normal(moved.get("score", 0.0), 1.0, rows)))
    platform = np.where(np.arange(rows) % 2, "instagram", "tiktok")
    return pl.DataFrame({"platform": platform, "probability": score, **columns})


@pytest.mark.parametrize("rows", [60, 200, 1000])
def test_windows_of_the_same_creators_are_hardly_ever_over(rows: int) -> None:
    reference = creators(0, 2000)
    over = [bool(drift(reference, creators(seed, rows), NAMES).over) for seed in range(1, 9)]
    assert sum(over) <= 1


def test_what_moved_is_named_and_what_did_not_is_not() -> None:
    found = drift(creators(0, 2000), creators(1, 500, signal_3=1.0, score=0.8), NAMES)
    assert {one.name for name, one in found.over if name == ALL} == {SCORE, "signal_3"}
    assert {name for name, _ in found.over} == {ALL, "platform instagram", "platform tiktok"}
    shown = found.tables[0].rows
    assert {row[0] for row in shown[:2]} == {SCORE, "signal_3"}


def test_a_slice_that_moved_alone_is_named() -> None:
    moved = creators(1, 800).with_columns(
        signal_5=pl.when(pl.col("platform") == "tiktok").then(pl.col("signal_5") + 1.5).otherwise("signal_5")
    )
    found = drift(creators(0, 2000), moved, NAMES)
    assert ("platform tiktok", "signal_5") in {(name, one.name) for name, one in found.over}
    assert ("platform instagram", "signal_5") not in {(name, one.name) for name, one in found.over}


def test_a_models_own_reference_will_do() -> None:
    was = creators(0, 2000)
    reference = Reference.of(was["probability"].to_numpy(), {name: was[name].to_numpy() for name in NAMES})
    assert not drift(reference, creators(1, 300), NAMES).over
    assert {one.name for _, one in drift(reference, creators(1, 300, signal_0=1.5), NAMES).over} == {"signal_0"}


def test_scores_alone_are_compared_too() -> None:
    scores = creators(0, 500).select("platform", "probability")
    assert [one.name for one in drift(scores, scores, NAMES).slices[ALL]] == [SCORE]


def test_a_side_without_scores_is_refused() -> None:
    with pytest.raises(UsageError, match="probability"):
        drift(creators(0, 100), creators(0, 100).drop("probability"), NAMES)
    with pytest.raises(UsageError, match="empty"):
        drift(creators(0, 100), creators(0, 0), NAMES)


def test_performance_is_of_those_with_a_verdict_and_says_how_long_it_took() -> None:
    monday = datetime(2025, 3, 3, tzinfo=UTC)
    scores = pl.DataFrame(
        {
            "creator_id": [f"c{k}" for k in range(60)],
            "scored_at": [monday + timedelta(days=7 * (k // 30)) for k in range(60)],
            "probability": [0.9 if k % 2 else 0.1 for k in range(60)],
            "band": ["high" if k in (1, 3, 5, 6) else "low" for k in range(60)],
            "reviewer": "ann",
        }
    )
    audited = scores.head(30).with_columns(
        verdict=pl.Series(["fraud" if k % 2 else "genuine" for k in range(30)]),
        audited_at=pl.col("scored_at") + timedelta(days=3),
    )
    unsure = scores[40:41].with_columns(verdict=pl.lit("unsure"), audited_at=pl.col("scored_at") + timedelta(days=1))
    found = performance(scores, pl.concat([audited, unsure]))
    first, second, everyone = (dict(zip(found.table.columns, row, strict=True)) for row in found.table.rows)
    assert (first["scored"], first["with a verdict"], first["days to it"], first["ap"]) == (30, 30, 3.0, 1.0)
    assert first["precision at high"] == 0.75  # of the bands that were served, whatever the cut-offs were
    assert (second["with a verdict"], second["ap"], second["days to it"]) == (0, None, None)
    assert everyone["share"] == 0.5
    assert found.delays == (3.0,) * 30
