from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from training.comparisons.paired import FIGURES, average_precision, differences, disagreement


def drawn(seed: int, rows: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    label = (rng.random(rows) < 0.3).astype(float)
    return label, 1 / (1 + np.exp(-(3 * label - 1.5 + noise * rng.normal(size=rows))))


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_is_that_of_scikit_learn(seed: int) -> None:
    label, score = drawn(seed, 200, 2.0)
    tied = np.round(score, 1)
    for one in (score, tied, np.full(200, 0.5)):
        assert average_precision(label, one) == pytest.approx(average_precision_score(label, one), abs=1e-12)


def test_a_model_does_not_differ_from_itself() -> None:
    label, score = drawn(0, 200, 2.0)
    found = differences(label, score, score)
    assert found.keys() == FIGURES.keys()
    assert {(one.difference, one.lo, one.hi) for one in found.values()} == {(0.0, 0.0, 0.0)}


def test_a_better_model_is_better_with_its_whole_interval() -> None:
    label, poor = drawn(0, 400, 6.0)
    good = 0.7 * label + 0.3 * poor
    ap = differences(label, poor, good)["ap"]
    assert 0 < ap.lo < ap.difference < ap.hi < 1


def test_pairs_make_intervals_narrow() -> None:
    """Two scores that err alike differ by little, however far the test set decides about either."""
    label, score = drawn(0, 200, 3.0)
    nearly = score + np.random.default_rng(1).normal(0, 1e-4, 200)
    ap = differences(label, score, nearly, figures={"ap": average_precision})["ap"]
    assert ap.hi - ap.lo < 0.02


def test_the_interval_of_no_difference_holds_zero_as_often_as_it_says() -> None:
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        label = (rng.random(200) < 0.4).astype(float)
        one, other = (label + rng.normal(0, 1.0, 200) for _ in range(2))
        found = differences(label, one, other, figures={"ap": average_precision}, seed=seed)["ap"]
        held += found.lo <= 0 <= found.hi
    assert held >= 53


def test_a_figure_that_is_not_defined_has_no_interval() -> None:
    label, score = drawn(0, 50, 1.0)
    found = differences(label, score * 0.1, score * 0.1)["precision_at_high"]
    assert np.isnan([found.champion, found.challenger, found.lo, found.hi]).all()


def test_disagreement_is_mcnemars_exact_test() -> None:
    label = np.ones(12)
    champion = np.array([True] * 10 + [False] * 2)
    challenger = np.array([False] * 9 + [True] * 3)
    found = disagreement(label, champion, challenger)
    assert (found.challenger_right, found.champion_right) == (2, 9)
    assert found.p_worse == pytest.approx(sum([55, 11, 1]) / 2**11)
    assert found.p == pytest.approx(2 * sum([55, 11, 1]) / 2**11)
    assert disagreement(label, champion, champion).p == 1.0
