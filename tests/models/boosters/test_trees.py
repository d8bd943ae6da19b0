"""Trees read all at once give what LightGBM gives, to the last bit."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from features.errors import ContractError
from models.boosters.trees import AT_ONCE, MOST_LEAVES, Trees
from models.fit import FitBundle
from tests.boosters import drawn, extremes, fitted
from training.fit import FittedFit
from training.fit_model.boosting import PARAMETERS


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return drawn(3 * AT_ONCE + 7)


def predicted(booster: lgb.Booster, rows: np.ndarray) -> np.ndarray:
    """What LightGBM says."""
    return np.asarray(booster.predict(rows, raw_score=True, num_threads=1))


@pytest.mark.parametrize("leaves", [2, 7, MOST_LEAVES])
def test_any_row_gets_the_bits_that_lightgbm_gives(rows: np.ndarray, leaves: int) -> None:
    booster = fitted(rows, num_leaves=leaves)
    every = extremes(rows, booster)
    expected = predicted(booster, every)
    assert np.array_equal(Trees.of(booster).raw_log_odds(every), expected)


def test_a_fit_model_gets_the_bits_that_lightgbm_gives(fitted_fit: FittedFit) -> None:
    bundle: FitBundle = fitted_fit.bundle
    every = extremes(np.zeros((1, bundle.booster.num_feature())), bundle.booster)
    expected = predicted(bundle.booster, every)
    assert np.array_equal(bundle.trees.raw_log_odds(every), expected)
    assert int(str(PARAMETERS["num_leaves"])) <= MOST_LEAVES


def test_no_rows_get_no_answer_and_a_tree_without_a_split_its_one_leaf(rows: np.ndarray) -> None:
    booster = fitted(rows, min_data_in_leaf=len(rows))
    trees = Trees.of(booster)
    assert trees.raw_log_odds(rows[:0]).shape == (0,)
    assert np.array_equal(trees.raw_log_odds(rows[:2]), predicted(booster, rows[:2]))


def test_a_row_is_read_the_same_alone_and_among_others(rows: np.ndarray) -> None:
    trees = Trees.of(fitted(rows))
    together = trees.raw_log_odds(rows)
    assert all(trees.raw_log_odds(rows[k : k + 1])[0] == together[k] for k in range(0, len(rows), 50))
    for count in (2, 3, 7):
        assert np.array_equal(trees.raw_log_odds(rows[:count]), together[:count])


def test_rows_that_are_alike_in_some_features_get_the_bits_that_lightgbm_gives(rows: np.ndarray) -> None:
    booster = fitted(rows)
    alike = rows.copy()
    alike[:, 0], alike[:, 1] = np.nan, 0.25
    assert np.array_equal(Trees.of(booster).raw_log_odds(alike), predicted(booster, alike))


def test_trees_of_another_kind_are_refused(rows: np.ndarray) -> None:
    with pytest.raises(ContractError, match="more than 32 leaves"):
        Trees.of(fitted(rows, num_leaves=MOST_LEAVES + 1))
    whole = np.abs(np.round(3 * np.nan_to_num(rows)))
    with pytest.raises(ContractError, match="categories"):
        Trees.of(fitted(whole, [0, 1], min_data_per_group=2))
    with pytest.raises(ContractError, match="takes 0 for unknown"):
        Trees.of(fitted(whole, zero_as_missing=True))
