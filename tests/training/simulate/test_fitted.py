"""Drawing creators and posts from what was fitted to real sets."""

from __future__ import annotations

import numpy as np
import pytest

from training.simulate import fitted
from training.simulate.fitted import HABITS, ORDINARY, POPULATIONS, TIKTOK_FAMOUS, WWW


@pytest.mark.parametrize("population", range(len(POPULATIONS)))
def test_every_population_has_every_habit(population: int) -> None:
    drawn = fitted.habits(np.random.default_rng(1), np.full(300, population))
    assert set(drawn) == set(HABITS)
    assert all(np.isfinite(values).all() for values in drawn.values())


def test_habits_have_the_quantiles_and_correlations_that_were_measured() -> None:
    drawn = fitted.habits(np.random.default_rng(2), np.full(20_000, WWW))
    measured = fitted.load()["instagram"]
    for name in ("followers", "following", "talk"):
        middle = measured["quantiles"][name][fitted.load()["probabilities"].index(0.5)]
        assert np.median(drawn[name]) == pytest.approx(middle, abs=0.05)
    row, column = measured["habits"].index("followers"), measured["habits"].index("talk")
    ranks = [np.argsort(np.argsort(drawn[name])) for name in ("followers", "talk")]
    assert np.corrcoef(ranks)[0, 1] == pytest.approx(measured["correlation"][row][column], abs=0.05)


def test_posts_of_a_creator_drift_by_the_trend_and_are_alike_to_their_neighbours() -> None:
    who = np.repeat(np.arange(400), 40)
    population = np.full(400, ORDINARY)
    noise = fitted.unlike(np.random.default_rng(3), "reach", population, who, np.full(400, 1.0)).reshape(400, 40)
    drift = [np.corrcoef(np.arange(40), posts)[0, 1] for posts in noise]
    assert np.median(drift) == pytest.approx(np.tanh(1.0), abs=0.12)
    still = fitted.unlike(np.random.default_rng(3), "reach", population, who).reshape(400, 40)
    assert abs(np.median([np.corrcoef(np.arange(40), posts)[0, 1] for posts in still])) < 0.1


def test_commenters_of_the_famous_are_liked_less_than_those_of_the_small() -> None:
    rng = np.random.default_rng(4)
    small, famous = (fitted.under_posts(rng, np.full(4000, size)) for size in (3e3, 1e6))
    assert famous["liked"].mean() < small["liked"].mean() - 0.1
    assert famous["own"].mean() < small["own"].mean()
    assert min(small["mentioning"].min(), famous["own"].min()) >= 0


def test_records_hold_no_more_posts_than_were_ever_published() -> None:
    count = np.array([3.0, 12.0, 4000.0])
    kept = fitted.posts_kept(np.random.default_rng(5), np.full(3, TIKTOK_FAMOUS), count)
    assert (kept <= count).all()
    assert kept.min() >= 1
