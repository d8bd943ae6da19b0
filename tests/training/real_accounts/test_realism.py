"""Telling simulated creators from real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features import Family, records
from features.records import Tables
from training.real_accounts.realism import COLLECTED, distinguished, realism, told_apart
from training.simulate import Simulation, simulate


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return simulate(2500, 21)


def _as_if_real(seed: int, platform: str) -> Tables:
    """Genuine creators of another simulation with nothing left out, without what public sets never have."""
    other = simulate(2500, seed)
    honest = other.truth.filter(~pl.col("fraud") & (pl.col("hidden").list.len() == 0)).join(
        other.tables.creators.filter(pl.col("platform") == platform), on="creator_id"
    )
    kept = other.tables.select(honest["creator_id"].to_list())
    return Tables.from_frames({"creators": kept.creators, "posts": kept.posts, "comments": kept.comments})


def test_alike_values_are_not_told_apart_and_different_ones_are() -> None:
    rng = np.random.default_rng(0)
    label = np.repeat([0, 1], 400)
    assert distinguished(rng.standard_normal((800, 4)), label) == pytest.approx(0.5, abs=0.06)
    apart = rng.standard_normal((800, 4)) + 2.5 * label[:, None] * np.array([1, 0, 0, 0])
    assert distinguished(apart, label) > 0.93


def test_missing_values_do_not_stop_the_comparison() -> None:
    rng = np.random.default_rng(1)
    values = np.where(rng.random((600, 3)) < 0.3, np.nan, rng.standard_normal((600, 3)))
    assert 0.35 < distinguished(values, np.repeat([0, 1], 300)) < 0.65


def test_two_simulations_of_other_seeds_are_hard_to_tell_apart(simulation: Simulation) -> None:
    told = told_apart(_as_if_real(22, "tiktok"), simulation, Family.ENGAGEMENT)
    assert told is not None
    assert told.auc < 0.65
    assert told.creators >= 50


def test_what_differs_is_found_and_named(simulation: Simulation) -> None:
    real = _as_if_real(23, "tiktok")
    changed = Tables.from_frames(
        {"creators": real.creators, "posts": real.posts.with_columns(likes=pl.col("views") // 2)}
    )
    told = told_apart(changed, simulation, Family.ENGAGEMENT)
    assert told is not None
    assert told.auc > 0.95
    assert told.alone[0][1] > 0.9


def test_a_set_that_is_too_small_says_nothing(simulation: Simulation) -> None:
    real = _as_if_real(24, "instagram")
    few = real.select(real.creators["creator_id"].head(20).to_list())
    assert told_apart(few, simulation, Family.ENGAGEMENT) is None


def test_the_table_names_families_sets_and_what_was_left_out(simulation: Simulation) -> None:
    (table,) = realism({"another": _as_if_real(25, "instagram")}, simulation)
    assert [row[0] for row in table.rows if str(row[0]).startswith("engagement")] == [
        "engagement: another",
        "engagement: mean",
    ]
    assert all(name in table.note for name in COLLECTED)
    assert all(0.3 < float(str(row[1])) <= 1 for row in table.rows)


@pytest.mark.parametrize(
    ("name", "family", "most"),
    [
        ("instagram", Family.ENGAGEMENT, 0.65),
        ("tiktok", Family.ENGAGEMENT, 0.80),
        ("youtube", Family.ENGAGEMENT, 0.75),
        ("instagram", Family.COMMENTS, 0.85),
        ("instagram", Family.PROFILE, 0.65),
        ("tiktok", Family.PROFILE, 0.65),
    ],
)
def test_real_creators_are_hard_to_tell_from_simulated_ones(
    simulation: Simulation, real_data: Path, name: str, family: Family, most: float
) -> None:
    told = told_apart(records.read(real_data / "creators" / name), simulation, family)
    assert told is not None
    assert told.auc < most
