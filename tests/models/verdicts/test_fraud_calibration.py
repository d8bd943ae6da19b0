from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import SIGNALS
from features.signal import Family
from models.verdicts.calibration import Calibration, sigmoid
from models.verdicts.fraud_calibration import FraudCalibration, comments_alone, steepness

BASE = -1.2
CALIBRATION = FraudCalibration(Calibration(1.1, 0.2), BASE, 1.5)


def row(*families: Family) -> np.ndarray:
    """A row of signals of which those of these families are known."""
    return np.array([[0.0 if signal.family in families else np.nan for signal in SIGNALS]])


@pytest.mark.parametrize("beside", [(), (Family.PROFILE,), (Family.ENGAGEMENT, Family.PROFILE)])
def test_comments_stand_alone_where_nothing_is_known_of_the_followers(beside: tuple[Family, ...]) -> None:
    assert comments_alone(row(Family.COMMENTS, *beside)).tolist() == [True]
    assert comments_alone(row(*beside)).tolist() == [False]
    for followers in (Family.GROWTH, Family.AUDIENCE):
        assert comments_alone(row(Family.COMMENTS, followers, *beside)).tolist() == [False]


def test_one_signal_of_comments_is_enough_to_stand_alone_and_one_of_followers_not_to() -> None:
    places = {signal.name: place for place, signal in enumerate(SIGNALS)}
    values = np.full((2, len(SIGNALS)), np.nan)
    values[:, places["comment_length"]] = 20.0
    values[1, places["growth_30d"]] = 0.1
    assert comments_alone(values).tolist() == [True, False]


def test_comments_alone_lie_further_from_the_base_on_either_side() -> None:
    alone, whole = row(Family.COMMENTS), row(*Family)
    raw = np.linspace(-4.0, 4.0, 9)
    scaled = CALIBRATION.scaling.log_odds(raw)
    assert np.array_equal(CALIBRATION.log_odds(raw, np.repeat(whole, 9, axis=0)), scaled)
    further = CALIBRATION.log_odds(raw, np.repeat(alone, 9, axis=0))
    np.testing.assert_allclose(further - BASE, 1.5 * (scaled - BASE), rtol=1e-12)
    assert CALIBRATION.slope(np.concatenate([alone, whole])).tolist() == pytest.approx([1.65, 1.1])


def test_several_boosters_are_calibrated_row_by_row() -> None:
    values = np.concatenate([row(Family.COMMENTS), row(*Family)])
    raw = np.array([[0.5, 0.5], [1.5, 1.5], [-2.0, -2.0]])
    together = CALIBRATION.log_odds(raw, values)
    assert np.array_equal(together, np.array([CALIBRATION.log_odds(one, values) for one in raw]))
    assert np.array_equal(CALIBRATION.probability(raw, values), sigmoid(together))


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from([0.6, 1.0, 1.8]))
def test_the_slope_that_made_the_labels_is_found(seed: int, true: float) -> None:
    rng = np.random.default_rng(seed)
    scaled = BASE + rng.normal(0.0, 1.0, 20_000)
    label = (rng.random(20_000) < sigmoid(BASE + true * (scaled - BASE))).astype(float)
    assert steepness(scaled, BASE, label, np.ones(20_000)) == pytest.approx(true, abs=0.12)


def test_few_labels_say_little_and_none_nothing() -> None:
    nothing = np.empty(0)
    assert steepness(nothing, BASE, nothing, nothing) == 1.0
    few = steepness(np.array([BASE + 1.0]), BASE, np.array([1.0]), np.array([1.0]))
    assert 1.0 < few < 1.3


def test_the_order_within_a_group_stays_where_labels_run_against_it() -> None:
    scaled = BASE + np.linspace(-3.0, 3.0, 2_000)
    assert steepness(scaled, BASE, (scaled < BASE).astype(float), np.ones(2_000)) > 0.0
