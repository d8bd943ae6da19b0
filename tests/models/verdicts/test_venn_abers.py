from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from models.verdicts.venn_abers import GROUPS, VennAbers, fit_venn_abers


def _calibration(seed: int, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores with many ties, labels that follow them by and large, and uneven weights."""
    rng = np.random.default_rng(seed)
    score = np.round(rng.random(rows), 2)
    return score, (rng.random(rows) < score**2).astype(float), rng.choice([0.25, 0.5, 1.0], rows)


def _by_definition(score: np.ndarray, label: np.ndarray, weight: np.ndarray, at: float, added: float) -> float:
    fitted = IsotonicRegression().fit(np.append(score, at), np.append(label, added), np.append(weight, 1.0))
    return float(fitted.predict([at])[0])


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 120))
def test_the_rates_are_those_of_isotonic_regression_with_the_account_added(seed: int, rows: int) -> None:
    score, label, weight = _calibration(seed, rows)
    found = fit_venn_abers(score, label, weight, groups=10_000)
    for at in np.unique(score):
        genuine, fraud = (float(part[0]) for part in found.rates(np.array([at])))
        assert genuine == pytest.approx(_by_definition(score, label, weight, at, 0.0), abs=2e-6)
        assert fraud == pytest.approx(_by_definition(score, label, weight, at, 1.0), abs=2e-6)


def test_grouped_scores_get_the_rates_of_their_group() -> None:
    score, label, weight = _calibration(3, 4_000)
    found = fit_venn_abers(score, label, weight, groups=8)
    assert len(found.genuine) <= 9
    merged = np.searchsorted(found.edges, score, side="right").astype(float)
    for at in np.unique(merged):
        inside = score[merged == at]
        genuine, fraud = found.rates(np.array([inside.min(), inside.max()]))
        assert genuine[0] == genuine[1] == pytest.approx(_by_definition(merged, label, weight, at, 0.0), abs=2e-6)
        assert fraud[0] == fraud[1] == pytest.approx(_by_definition(merged, label, weight, at, 1.0), abs=2e-6)


def test_a_lookup_stays_small_and_rises_with_the_score() -> None:
    rng = np.random.default_rng(1)
    score = rng.random(20_000)
    found = fit_venn_abers(score, (rng.random(20_000) < score).astype(float), np.ones(20_000))
    assert len(found.genuine) == len(found.fraud) == len(found.edges) + 1 <= GROUPS + 1
    for part in (found.edges, found.genuine, found.fraud):
        assert list(part) == sorted(part)


@settings(max_examples=50)
@given(st.integers(0, 10**6), st.floats(0, 1))
def test_the_hull_holds_the_probability_and_both_rates(seed: int, probability: float) -> None:
    found = fit_venn_abers(*_calibration(seed, 60))
    given_ = np.array([probability])
    below, above = found.hull(given_)
    genuine, fraud = found.rates(given_)
    assert 0 <= below[0] <= min(probability, genuine[0])
    assert max(probability, fraud[0]) <= above[0] <= 1
    assert genuine[0] <= fraud[0]


def test_more_accounts_bring_the_two_rates_together() -> None:
    rng = np.random.default_rng(2)
    widths = []
    for rows in (50, 500, 5_000):
        score = rng.random(rows)
        found = fit_venn_abers(score, (rng.random(rows) < score).astype(float), np.ones(rows))
        genuine, fraud = found.rates(np.linspace(0.05, 0.95, 50))
        widths.append(float((fraud - genuine).mean()))
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.02


def test_without_calibration_nothing_is_added() -> None:
    nothing = fit_venn_abers(np.empty(0), np.empty(0), np.empty(0))
    assert nothing == VennAbers()
    below, above = nothing.hull(np.array([0.4]))
    assert below[0] == above[0] == 0.4
