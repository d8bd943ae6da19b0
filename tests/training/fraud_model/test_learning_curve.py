from __future__ import annotations

import numpy as np
import pytest

from training.comparisons.paired import average_precision
from training.fraud_model.learning_curve import MORE, fit_curve, learning_curve


def test_a_power_law_is_found_again() -> None:
    n = np.array([60.0, 100.0, 160.0, 240.0])
    curve = fit_curve(n, 0.9 - 3.0 * n**-0.5)
    assert (curve.ceiling, curve.slope, curve.exponent) == pytest.approx((0.9, 3.0, 0.5))
    assert curve.at(540) == pytest.approx(0.9 - 3.0 * 540**-0.5)


def test_more_audits_never_cost() -> None:
    n = np.array([60.0, 100.0, 160.0, 240.0])
    curve = fit_curve(n, 0.8 + 0.5 * n**-0.5)
    assert curve.slope == 0.0
    assert curve.at(1_000) == pytest.approx(curve.at(60))


def _predicted(total: int, seed: int):
    """Scores that are the better the more is learnt from: signal plus noise of variance 0.4 + 60 / n."""
    rng = np.random.default_rng(seed)
    label = (rng.random(total) < 0.3).astype(float)

    def predicted(kept):
        return label + np.sqrt(0.4 + 60.0 / kept.sum()) * np.random.default_rng(int(kept.sum())).standard_normal(total)

    return label, predicted


def test_what_is_expected_of_more_audits_holds_what_they_bring() -> None:
    label, predicted = _predicted(300, 0)
    curve = learning_curve(label, 300, 1.0, predicted, seed=0)
    many, of_more = _predicted(600, 0)
    expected, low, high = curve.score(600)
    assert low <= average_precision(many, of_more(np.ones(600, dtype=bool))) <= high
    gain, least, most = curve.gain(MORE)
    assert 0.0 <= least <= gain <= most
    assert expected == pytest.approx(curve.score(300)[0] + gain)
    assert curve.table.rows[-1][0] == "300 more audits"
