"""More fraud never looks like less: genuine accounts with rising doses of one kind of fraud."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from features.records import Tables
from models.fraud import FraudBundle
from training.injection.doses import DOSED
from training.real_accounts.rising import MOST_FALL, RISING, falls, rising, rising_scores
from training.simulate import simulate

ACCOUNTS = 200
WITHIN_TWO_POINTS = 0.985
"""What is bought also takes the place of something, or evens out a chance peak that looked bought before it."""
WORST_FALL = dict.fromkeys(DOSED, 6.0) | {"bought_comments": 7.5}
"""Points. No purchase is missed that was found at a lower dose: that would be a fall by dozens. Bought praise takes the
place of sentences that fit any post, and their signal falls."""


@pytest.fixture(scope="module")
def genuine() -> Tables:
    simulated = simulate(300, seed=77)
    honest = simulated.truth.filter(~pl.col("fraud"))["creator_id"].head(ACCOUNTS)
    return simulated.tables.select(honest.to_list())


@pytest.fixture(scope="module")
def scores(learnt_fraud: FraudBundle, genuine: Tables) -> dict[str, pl.DataFrame]:
    return rising_scores(learnt_fraud, genuine)


@pytest.mark.parametrize("kind", DOSED)
def test_the_mean_score_does_not_fall_as_the_dose_rises(scores: dict[str, pl.DataFrame], kind: str) -> None:
    means = scores[kind].select(map(str, RISING)).mean().row(0)
    assert scores[kind].height > 0.9 * ACCOUNTS
    assert all(later >= earlier for earlier, later in pairwise(means)), means


@pytest.mark.parametrize("kind", DOSED)
def test_next_to_no_account_falls_by_more_than_two_points(scores: dict[str, pl.DataFrame], kind: str) -> None:
    fallen = falls(scores[kind])
    shown = f"{(fallen > MOST_FALL).sum()} accounts fall by up to {fallen.max():.1f} points"
    assert (fallen <= MOST_FALL).mean() >= WITHIN_TWO_POINTS, shown
    assert fallen.max() <= WORST_FALL[kind], shown


def test_a_fall_is_measured_from_the_highest_score_before_it() -> None:
    frame = pl.DataFrame([("a", 1.0, 5.0, 2.0, 4.0, 9.0), ("b", 1.0, 1.0, 2.0, 3.0, 3.0)], orient="row")
    frame.columns = ["creator_id", *map(str, RISING)]
    np.testing.assert_array_equal(falls(frame), [3.0, 0.0])


def test_the_table_has_a_row_for_each_kind(learnt_fraud: FraudBundle, genuine: Tables) -> None:
    few = genuine.select(genuine.creators["creator_id"][:10].to_list())
    table = rising(learnt_fraud, few)
    assert [row[0] for row in table.rows] == list(DOSED)
    assert all(len(row) == len(table.columns) for row in table.rows)
