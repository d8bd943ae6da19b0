"""Boosters over a few numbers, and rows that are hard to read right."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np


def drawn(many: int) -> np.ndarray:
    """Rows of six numbers: some not known, some whole, one always 0."""
    found = np.random.default_rng(0).normal(size=(many, 6))
    found[::3, 0] = np.nan
    found[:, 2] = np.round(found[:, 2])
    found[:, 3] = 0.0
    return found


def fitted(rows: np.ndarray, categories: list[int] | None = None, **parameters: object) -> lgb.Booster:
    rng = np.random.default_rng(1)
    label = (np.nan_to_num(rows[:, 0]) + rows[:, 1] * rng.normal(size=len(rows)) > 0).astype(float)
    fixed = {"objective": "binary", "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5}
    return lgb.train({**fixed, **parameters}, lgb.Dataset(rows, label, categorical_feature=categories or "auto"), 40)


def extremes(rows: np.ndarray, booster: lgb.Booster) -> np.ndarray:
    """Rows of what lies at an edge: every threshold, its neighbours, infinities, zero and NaN for every feature."""
    told = [node["threshold"] for node in _nodes(booster)]
    edges = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-36, -1e-36, *told, *np.nextafter(told, np.inf)]
    chosen = np.random.default_rng(2).choice(edges, (2_000, rows.shape[1]))
    return np.vstack([rows, chosen])


def _nodes(booster: lgb.Booster) -> list[dict[str, Any]]:
    waiting, found = [one["tree_structure"] for one in booster.dump_model()["tree_info"]], []
    while waiting:
        node = waiting.pop()
        if "left_child" in node:
            found.append(node)
            waiting += [node["left_child"], node["right_child"]]
    return found
