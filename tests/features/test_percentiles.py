from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.context import ANY_TIER, PROBABILITIES
from features.percentiles import ROWS_AT_ONCE, Places

NAMES = ("pace", "spread")


def _norms(**quantiles: list[float]) -> pl.DataFrame:
    cohorts = {name: name.partition("_") for name in quantiles}
    rows = [("x", tier or ANY_TIER, signal, quantiles[name]) for name, (signal, _, tier) in cohorts.items()]
    return pl.DataFrame(rows, schema=["platform", "tier", "signal", "quantiles"], orient="row")


def _by_definition(quantiles: np.ndarray, value: float) -> float:
    """The middle of the probabilities whose quantile is the value; linear between two quantiles."""
    shared = PROBABILITIES[quantiles == value]
    if len(shared):
        return float((shared.min() + shared.max()) / 2)
    return float(np.interp(value, quantiles, PROBABILITIES))


@settings(max_examples=50)
@given(st.integers(0, 10**6))
def test_a_value_stands_where_the_quantiles_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    quantiles = np.sort(np.round(rng.normal(size=len(PROBABILITIES)), 1))
    values = np.round(rng.normal(size=(40, 2)) * 2, 1)
    found = Places(_norms(pace=quantiles.tolist()), NAMES, PROBABILITIES, ANY_TIER).among("x", "nano", values)
    expected = [_by_definition(quantiles, value) for value in values[:, 0]]
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-12)
    assert np.isnan(found[:, 1]).all()


def test_a_tier_of_its_own_goes_before_all_tiers() -> None:
    wide, own = np.linspace(0, 10, len(PROBABILITIES)), np.linspace(0, 1, len(PROBABILITIES))
    places = Places(_norms(pace=wide.tolist(), spread=wide.tolist(), pace_nano=own.tolist()), NAMES, PROBABILITIES, "*")
    assert places.among("x", "nano", np.array([[2.0, 20.0]])).tolist() == [[1.0, 1.0]]
    pace, spread = places.among("x", None, np.array([[-1.0, 5.0]]))[0]
    assert pace == 0.0
    assert spread == pytest.approx(0.5)


def test_what_is_not_known_has_no_place() -> None:
    places = Places(_norms(pace=list(PROBABILITIES)), NAMES, PROBABILITIES, ANY_TIER)
    assert np.isnan(places.among("x", None, np.array([[np.nan, 1.0]]))).all()
    assert np.isnan(places.among("y", None, np.array([[0.5, 0.5]]))).all()
    assert places.among("x", None, np.empty((0, 2))).shape == (0, 2)


def test_many_rows_get_what_each_gets_alone() -> None:
    rng = np.random.default_rng(0)
    places = Places(_norms(pace=list(PROBABILITIES)), NAMES, PROBABILITIES, ANY_TIER)
    values = rng.random((ROWS_AT_ONCE + 7, 2))
    together = places.among("x", None, values)
    for row in (0, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, ROWS_AT_ONCE + 6):
        np.testing.assert_array_equal(together[row], places.among("x", None, values[row : row + 1])[0])
