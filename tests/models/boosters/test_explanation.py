from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features import SIGNALS
from models.boosters.explanation import explain, most_first, points_per_log_odds
from models.verdicts.calibration import sigmoid

log_odds = arrays(np.float64, (4, 6), elements=st.floats(-3, 3, allow_subnormal=False))


@settings(max_examples=100)
@given(log_odds, st.floats(-5, 5))
def test_points_add_up_to_the_risk(parts: np.ndarray, base: float) -> None:
    explanation = explain(base, parts)
    risk = 100 * sigmoid(base + parts.sum(axis=1))
    np.testing.assert_allclose(explanation.base_risk + explanation.points.sum(axis=1), risk, atol=1e-9, rtol=0)


@settings(max_examples=50)
@given(st.floats(-5, 5), st.floats(0.01, 3))
def test_points_follow_the_formula(base: float, total: float) -> None:
    expected = 100 * (sigmoid(np.array([base + total])) - sigmoid(np.array([base]))) / total
    np.testing.assert_allclose(points_per_log_odds(base, np.array([total])), expected, rtol=1e-9)


def test_contributions_that_cancel_out_get_the_slope_of_the_risk() -> None:
    explanation = explain(0.0, np.array([[0.5, -0.5], [0.0, 0.0]]))
    np.testing.assert_allclose(explanation.points, [[12.5, -12.5], [0.0, 0.0]])


def test_the_limit_is_reached_smoothly() -> None:
    near = points_per_log_odds(1.0, np.array([0.0, 1e-12, 1e-8, 1e-6]))
    np.testing.assert_allclose(near, near[0], rtol=1e-6)


def test_points_that_only_rounding_tells_apart_keep_their_order() -> None:
    third = 1 / 3
    found = most_first(np.array([[third, third + 1e-15, 1.0, -2.0], [0.0, 0.0, third + 1e-15, third]]))
    assert found.tolist() == [[2, 0, 1, 3], [2, 3, 0, 1]]


def test_families_share_out_the_log_odds() -> None:
    parts = np.linspace(-0.1, 0.2, len(SIGNALS))[None, :]
    families = explain(0.0, parts).by_family(SIGNALS)
    assert set(families) == {"profile", "engagement", "growth", "comments", "audience"}
    assert sum(float(part[0]) for part in families.values()) == pytest.approx(parts.sum())
