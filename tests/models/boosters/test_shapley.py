"""Contributions that are looked up are those of LightGBM's TreeSHAP."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from features.errors import ContractError
from models.boosters.shapley import AT_ONCE, MOST_ASKED, Shapley
from models.boosters.trees import Trees
from models.fit import FitBundle
from tests.boosters import drawn, extremes, fitted
from training.fit import FittedFit
from training.fit_model.boosting import PARAMETERS


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return drawn(400)


def shapley(booster: lgb.Booster) -> Shapley:
    return Shapley.of(booster, Trees.of(booster))


def expected(booster: lgb.Booster, rows: np.ndarray) -> np.ndarray:
    """What LightGBM says, without the expected value."""
    return np.asarray(booster.predict(rows, pred_contrib=True, num_threads=1))[:, :-1]


def assert_same(found: np.ndarray, wanted: np.ndarray) -> None:
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12)
    assert np.array_equal(found == 0, wanted == 0)


@pytest.mark.parametrize("leaves", [2, 7, 31])
def test_any_row_gets_what_lightgbm_adds(rows: np.ndarray, leaves: int) -> None:
    booster = fitted(rows, num_leaves=leaves)
    every = extremes(rows, booster)
    assert_same(shapley(booster).contributions(every), expected(booster, every))


def test_a_fit_model_is_explained_as_lightgbm_explains_it(fitted_fit: FittedFit) -> None:
    bundle: FitBundle = fitted_fit.bundle
    every = extremes(np.zeros((1, bundle.booster.num_feature())), bundle.booster)
    assert_same(bundle.shapley.contributions(every), expected(bundle.booster, every))
    assert int(str(PARAMETERS["max_depth"])) <= MOST_ASKED


def test_no_rows_get_no_answer_and_trees_without_a_split_add_nothing(rows: np.ndarray) -> None:
    found = shapley(fitted(rows, min_data_in_leaf=len(rows)))
    assert found.contributions(rows[:0]).shape == (0, rows.shape[1])
    assert not found.contributions(rows[:2]).any()


def test_a_row_is_explained_the_same_alone_and_among_others(rows: np.ndarray) -> None:
    found = shapley(fitted(rows))
    some = rows[: AT_ONCE + 1]  # the last one is alone in its turn
    together = found.contributions(some)
    for count in (1, 2, 5, AT_ONCE):
        assert np.array_equal(found.contributions(some[-count:]), together[-count:])


def test_a_path_over_too_many_features_is_refused() -> None:
    steps = np.repeat(np.tril(np.ones((MOST_ASKED + 2, MOST_ASKED + 1)), -1), 50, axis=0)
    data = lgb.Dataset(steps, 4.0 ** steps.sum(axis=1))  # each split takes off the last step
    parameters = {"objective": "regression", "verbose": -1, "num_threads": 1, "min_data_in_leaf": 1}
    with pytest.raises(ContractError, match=f"more than {MOST_ASKED} features"):
        shapley(lgb.train(parameters, data, 1))
