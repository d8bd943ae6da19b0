"""LightGBM's side of training: grouped cross-validation, then one booster on everything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import lightgbm as lgb
import numpy as np

from models.boosters import booster as boosters
from models.verdicts.calibration import sigmoid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from features.signal import Signal

    Floats = NDArray[np.float64]

LEARNT = -1
"""The fold of rows that are learnt from in every fold and never judged."""

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
    """What a booster is trained on: n rows of k signals.

    Attributes:
        signals: n x k.
        label: 1 fraud, 0 genuine.
        weight: What a row counts for in the loss.
        fold: 0 and up; `LEARNT` for rows that every fold learns from.
        judged: Rows that a fold is judged by; the others are only learnt from.
    """

    signals: pd.DataFrame
    label: Floats
    weight: Floats
    fold: NDArray[np.int64]
    judged: NDArray[np.bool_]

    @property
    def parts(self) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """For each fold the rows learnt from and the rows judged."""
        folds = np.unique(self.fold[self.judged])
        return [(np.flatnonzero(self.fold != k), np.flatnonzero((self.fold == k) & self.judged)) for k in folds]

    def of(self, part: NDArray[np.int64]) -> TrainingRows:
        """Some of the rows."""
        return TrainingRows(
            self.signals.iloc[part], self.label[part], self.weight[part], self.fold[part], self.judged[part]
        )


@dataclass(frozen=True)
class CrossValidated:
    """What cross-validation found.

    Attributes:
        trees: How many trees predict unseen folds best.
        members: The folds' boosters as text, cut to that many trees.
        raw: Raw log odds of every judged row, by the booster that has not seen its fold; NaN for the others.
        losses: Mean log loss of the unseen folds after each tree.
    """

    trees: int
    members: tuple[str, ...]
    raw: Floats
    losses: tuple[float, ...]


def parameters(
    signals: Sequence[Signal], seed: int, tuned: Mapping[str, object] = MappingProxyType({})
) -> dict[str, object]:
    """LightGBM's parameters, with each signal's direction as a monotone constraint and its trust as a weight.

    Args:
        signals: In the order of the columns.
        seed: Of LightGBM's sampling.
        tuned: In place of the same of `PARAMETERS`.
    """
    return {
        **PARAMETERS,
        **tuned,
        "seed": seed,
        "monotone_constraints": [signal.direction for signal in signals],
        "feature_contri": [signal.trust for signal in signals],
    }


def cross_validate(
    rows: TrainingRows,
    params: dict[str, object],
    progress: Callable[[int, int], None] | None = None,
    *,
    most: int = MOST_TREES,
) -> CrossValidated:
    """Train one booster a fold on the other folds, all at once, until the unseen folds get no better.

    Args:
        rows: What to learn from.
        params: LightGBM's.
        progress: Called with (trees, most).
        most: At most so many trees.
    """
    callbacks: list[Callable[..., object]] = [lgb.early_stopping(PATIENCE, verbose=False)]
    if progress is not None:
        callbacks.append(lambda env: progress(env.iteration + 1, most))
    result = lgb.cv(
        params,
        lgb.Dataset(rows.signals, rows.label, weight=rows.weight, free_raw_data=False),
        num_boost_round=most,
        folds=rows.parts,
        return_cvbooster=True,
        callbacks=callbacks,
    )
    losses = cast("list[float]", result["valid binary_logloss-mean"])
    folded = cast("lgb.CVBooster", result["cvbooster"])
    trees = len(losses)
    members = tuple(booster.model_to_string(num_iteration=trees) for booster in folded.boosters)
    if progress is not None:
        progress(most, most)
    return CrossValidated(trees, members, unseen(rows, members), tuple(losses))


def unseen(rows: TrainingRows, members: Sequence[str]) -> Floats:
    """Raw log odds of every judged row by the member of its fold; NaN for the others."""
    raw = np.full(len(rows.label), np.nan)
    for member, (_, part) in zip(members, rows.parts, strict=True):
        raw[part] = boosters.raw_log_odds(lgb.Booster(model_str=member), rows.signals.iloc[part])
    return raw


def as_said(rows: TrainingRows, booster: lgb.Booster) -> TrainingRows:
    """The rows with those of the fold `LEARNT`, there as fraud and as genuine, weighing what a booster says of them.

    Trees grown onto that booster gain nothing by changing its answers there, and only the other rows move them: so
    what those know nothing of is not forgotten (Li & Hoiem 2016, "Learning without forgetting").
    """
    held = np.flatnonzero(rows.fold == LEARNT)
    fraud = sigmoid(boosters.raw_log_odds(booster, rows.signals.iloc[held]))
    weight = rows.weight.copy()
    weight[held] *= np.where(rows.label[held] > 0, fraud, 1.0 - fraud)
    return replace(rows, weight=weight)


def train(rows: TrainingRows, params: dict[str, object], trees: int, *, onto: str | None = None) -> str:
    """One booster on all rows, as LightGBM's text.

    Args:
        rows: What to learn from.
        params: LightGBM's.
        trees: How many to grow.
        onto: A booster's text that they are grown onto, with the rows `as_said` by it; its own trees stay as they are.
    """
    start = None if onto is None else lgb.Booster(model_str=onto)
    rows = rows if start is None else as_said(rows, start)
    data = lgb.Dataset(rows.signals, rows.label, weight=rows.weight, free_raw_data=start is None)
    return str(lgb.train(params, data, num_boost_round=trees, init_model=start).model_to_string())
