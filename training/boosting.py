"""LightGBM's side of training: grouped cross-validation, then one booster on everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import lightgbm as lgb
import numpy as np

from models import booster as boosters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from features.signal import Signal

    Floats = NDArray[np.float64]

MOST_TREES = 300
PATIENCE = 25
PARAMETERS: dict[str, object] = {
    "objective": "binary",
    "learning_rate": 0.06,
    "max_depth": 4,
    "num_leaves": 14,
    "min_data_in_leaf": 40,
    "lambda_l2": 5.0,
    "extra_trees": True,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "max_bin": 127,
    "monotone_constraints_method": "intermediate",
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,
    "num_threads": 1,
    "verbosity": -1,
}
"""Cuts drawn at random (`extra_trees`) make no steps at single values: scores rise more evenly with a dose, and
unseen simulated creators are ranked better. Shallow on purpose: TreeSHAP of one row takes well under a millisecond at
this depth. One thread, so that a model is the same to the byte on any machine, and as quick as two where something else
runs beside it."""


@dataclass(frozen=True)
class TrainingRows:
    """What a booster is trained on: n rows of k signals with label, weight and fold."""

    signals: pd.DataFrame
    label: Floats
    weight: Floats
    fold: NDArray[np.int64]


@dataclass(frozen=True)
class CrossValidated:
    """What cross-validation found.

    Attributes:
        trees: How many trees predict unseen folds best.
        members: The folds' boosters as text, cut to that many trees.
        raw: Raw log odds of every row, by the booster that has not seen its fold.
        loss: Mean log loss of the unseen folds.
    """

    trees: int
    members: tuple[str, ...]
    raw: Floats
    loss: float


def parameters(signals: Sequence[Signal], seed: int) -> dict[str, object]:
    """LightGBM's parameters, with each signal's direction as a monotone constraint and its trust as a weight."""
    return {
        **PARAMETERS,
        "seed": seed,
        "monotone_constraints": [signal.direction for signal in signals],
        "feature_contri": [signal.trust for signal in signals],
    }


def cross_validate(
    rows: TrainingRows, params: dict[str, object], progress: Callable[[int, int], None] | None = None
) -> CrossValidated:
    """Train one booster a fold on the other folds, all at once, until the unseen folds get no better."""
    parts = [np.flatnonzero(rows.fold == k) for k in np.unique(rows.fold)]
    everyone = np.arange(len(rows.label))
    callbacks: list[Callable[..., object]] = [lgb.early_stopping(PATIENCE, verbose=False)]
    if progress is not None:
        callbacks.append(lambda env: progress(env.iteration + 1, MOST_TREES))
    result = lgb.cv(
        params,
        lgb.Dataset(rows.signals, rows.label, weight=rows.weight, free_raw_data=False),
        num_boost_round=MOST_TREES,
        folds=[(np.setdiff1d(everyone, part), part) for part in parts],
        return_cvbooster=True,
        callbacks=callbacks,
    )
    losses = cast("list[float]", result["valid binary_logloss-mean"])
    folded = cast("lgb.CVBooster", result["cvbooster"])
    trees = len(losses)
    members = tuple(booster.model_to_string(num_iteration=trees) for booster in folded.boosters)
    raw = np.empty(len(rows.label))
    for member, part in zip(members, parts, strict=True):
        raw[part] = boosters.raw_log_odds(lgb.Booster(model_str=member), rows.signals.iloc[part])
    if progress is not None:
        progress(MOST_TREES, MOST_TREES)
    return CrossValidated(trees, members, raw, float(losses[-1]))


def train(rows: TrainingRows, params: dict[str, object], trees: int) -> str:
    """One booster on all rows, as LightGBM's text."""
    data = lgb.Dataset(rows.signals, rows.label, weight=rows.weight)
    return str(lgb.train(params, data, num_boost_round=trees).model_to_string())
