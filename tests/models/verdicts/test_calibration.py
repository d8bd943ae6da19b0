from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from models.verdicts.calibration import SEVERAL, Calibration, platt, sigmoid


def test_platt_undoes_scores_that_are_too_sure_and_shifted() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(-0.5, 1.5, 20_000)
    label = (rng.random(20_000) < sigmoid(true)).astype(float)
    found = platt(2.0 * true + 1.0, label)
    assert found.slope == pytest.approx(0.5, abs=0.02)
    assert found.intercept == pytest.approx(-0.5, abs=0.05)


def test_platt_agrees_with_an_unpenalised_logistic_regression() -> None:
    rng = np.random.default_rng(1)
    raw = rng.normal(0, 2, 5_000)
    label = (rng.random(5_000) < sigmoid(0.7 * raw - 0.3)).astype(float)
    weight = rng.uniform(0.5, 1.0, 5_000)
    reference = LogisticRegression(C=np.inf, tol=1e-10).fit(raw[:, None], label, sample_weight=weight)
    found = platt(raw, label, weight)
    assert found.slope == pytest.approx(reference.coef_[0, 0], rel=5e-3)
    assert found.intercept == pytest.approx(reference.intercept_[0], abs=5e-3)


def test_scores_that_say_nothing_get_the_rate_of_platts_targets() -> None:
    """Three of ten: three targets of (3 + 1) / (3 + 2) and seven of 1 / (7 + 2)."""
    found = platt(np.zeros(10), np.array([1.0] * 3 + [0.0] * 7))
    assert found.probability(np.zeros(1)) == pytest.approx([(3 * 4 / 5 + 7 / 9) / 10])


def test_log_odds_are_stretched_before_they_are_moved() -> None:
    """exp(2 x 0.5 + 1) = 7.389 to 1, and exp(2 x -0.5 + 1) is one to one."""
    assert Calibration(2.0, 1.0).probability(np.array([0.5, -0.5])) == pytest.approx([7.389056 / 8.389056, 0.5])


def test_platt_stays_finite_where_scores_separate_the_labels() -> None:
    label = np.array([0.0] * 50 + [1.0] * 50)
    found = platt(np.linspace(-3, 3, 100), label)
    assert np.isfinite([found.slope, found.intercept]).all()


def test_platt_never_turns_the_order_around() -> None:
    raw = np.linspace(-3, 3, 100)
    assert platt(raw, (raw < 0).astype(float)).slope > 0


@settings(max_examples=50)
@given(st.floats(-14, 14), st.floats(0.1, 3), st.floats(-3, 3))
def test_logit_undoes_the_probability(raw: float, slope: float, intercept: float) -> None:
    calibration = Calibration(slope, intercept)
    log_odds = calibration.log_odds(np.array([raw]))
    if abs(log_odds[0]) < 15:
        assert logit(calibration.probability(np.array([raw])))[0] == pytest.approx(log_odds[0], abs=1e-9)


def test_a_probability_is_the_same_to_the_last_bit_alone_among_several_and_among_many() -> None:
    drawn = np.random.default_rng(4).normal(0, 8, SEVERAL)
    many = np.append(drawn, [0.0, -0.0, 709.5, -709.5, 710.0, -710.0, np.inf, -np.inf, np.nan])
    expected = expit(many)
    assert np.array_equal(sigmoid(many), expected, equal_nan=True)
    assert np.array_equal(sigmoid(drawn), expected[:SEVERAL])
    assert np.array_equal([float(sigmoid(np.array(one))) for one in many[-50:]], expected[-50:], equal_nan=True)


def test_many_log_odds_keep_their_shape() -> None:
    drawn = np.random.default_rng(5).normal(0, 8, (2, SEVERAL))
    assert np.array_equal(sigmoid(drawn), expit(drawn))


def test_many_log_odds_become_probabilities_without_loading_scipy() -> None:
    code = (
        "import sys, numpy as np; from models.verdicts.calibration import SEVERAL, sigmoid; "
        "print(sigmoid(np.zeros(SEVERAL + 1)).sum(), 'scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str((SEVERAL + 1) / 2), "False"]
