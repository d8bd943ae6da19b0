"""Trees read all at once give what LightGBM gives, to the last bit."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from features.errors import ContractError
from models.fit import FitBundle
from models.trees import AT_ONCE, MOST_LEAVES, Trees
from training.fit import FittedFit
from training.pairwise import PARAMETERS


def fitted(rows: np.ndarray, categories: list[int] | None = None, **parameters: object) -> lgb.Booster:
    rng = np.random.default_rng(1)
    label = (np.nan_to_num(rows[:, 0]) + rows[:, 1] * rng.normal(size=len(rows)) > 0).astype(float)
    fixed = {"objective": "binary", "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5}
    return lgb.train({**fixed, **parameters}, lgb.Dataset(rows, label, categorical_feature=categories or "auto"), 40)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    found = np.random.default_rng(0).normal(size=(3 * AT_ONCE + 7, 6))
    found[::3, 0] = np.nan
    found[:, 2] = np.round(found[:, 2])
    found[:, 3] = 0.0
    return found


def predicted(booster: lgb.Booster, rows: np.ndarray) -> np.ndarray:
    """What LightGBM says."""
    return np.asarray(booster.predict(rows, raw_score=True, num_threads=1))


def extremes(rows: np.ndarray, booster: lgb.Booster) -> np.ndarray:
    """Rows of what lies at an edge: every threshold, its neighbours, infinities, zero and NaN for every feature."""
    told = [node["threshold"] for node in _nodes(booster)]
    edges = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-36, -1e-36, *told, *np.nextafter(told, np.inf)]
    drawn = np.random.default_rng(2).choice(edges, (2_000, rows.shape[1]))
    return np.vstack([rows, drawn])


def _nodes(booster: lgb.Booster) -> list[dict[str, Any]]:
    waiting, found = [one["tree_structure"] for one in booster.dump_model()["tree_info"]], []
    while waiting:
        node = waiting.pop()
        if "left_child" in node:
            found.append(node)
            waiting += [node["left_child"], node["right_child"]]
    return found


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


def test_trees_of_another_kind_are_refused(rows: np.ndarray) -> None:
    with pytest.raises(ContractError, match="more than 32 leaves"):
        Trees.of(fitted(rows, num_leaves=MOST_LEAVES + 1))
    whole = np.abs(np.round(3 * np.nan_to_num(rows)))
    with pytest.raises(ContractError, match="categories"):
        Trees.of(fitted(whole, [0, 1], min_data_per_group=2))
    with pytest.raises(ContractError, match="takes 0 for unknown"):
        Trees.of(fitted(whole, zero_as_missing=True))
