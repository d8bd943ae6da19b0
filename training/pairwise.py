"""The booster over judged pairs: fitted, tried on brands it never saw, and calibrated on those."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np
import polars as pl

from models import booster as boosters
from models.calibration import platt, sigmoid
from models.fit import closeness
from models.pairs import PAIR_FEATURE_NAMES, PAIR_FEATURES
from training.metrics import classification_metrics
from training.retrieval import RELEVANT, retrieval_metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.matches import Judged

    Floats = NDArray[np.float64]

FOLDS = 5
ROUNDS = 150
PARAMETERS: dict[str, object] = {
    "objective": "binary",
    "learning_rate": 0.05,
    "max_depth": 4,
    "num_leaves": 15,
    "lambda_l2": 5.0,
    "monotone_constraints": [feature.direction for feature in PAIR_FEATURES],
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
BASELINE = "words"
"""The pair feature that the model is compared with: the plain TF-IDF cosine."""


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Every brief's candidates scored by a model that never saw its brand.

    Attributes:
        judged: The briefs.
        scores: Raw log odds of each brief's candidates.
        probability: Calibrated on the other folds' held-out scores.
        fold: The fold of each brief.
    """

    judged: Sequence[Judged]
    scores: list[Floats]
    probability: list[Floats]
    fold: NDArray[np.int64]

    def used(self, which: NDArray[np.bool_] | None = None) -> tuple[Floats, Floats, Floats]:
        """Raw scores, probabilities and labels of the pairs that train and calibrate, of all briefs or of some."""
        chosen = range(len(self.judged)) if which is None else np.flatnonzero(which).tolist()
        masks = [self.judged[i].used for i in chosen]
        raw = np.concatenate([self.scores[i][mask] for i, mask in zip(chosen, masks, strict=True)])
        probability = np.concatenate([self.probability[i][mask] for i, mask in zip(chosen, masks, strict=True)])
        return raw, probability, np.concatenate([labels(self.judged[i])[self.judged[i].used] for i in chosen])


def labels(judged: Judged) -> Floats:
    """1 for the relevant creators of a brief, 0 for the others."""
    return (judged.relevance >= RELEVANT).astype(np.float64)


def fit_booster(judged: Sequence[Judged], seed: int) -> lgb.Booster:
    """A booster over the used pairs of these briefs."""
    rows = boosters.matrix(pl.concat([one.pairs.filter(one.used) for one in judged]), PAIR_FEATURE_NAMES)
    label = np.concatenate([labels(one)[one.used] for one in judged])
    parameters = {**PARAMETERS, "seed": seed, "min_data_in_leaf": int(np.clip(len(label) // 50, 2, 40))}
    return lgb.train(parameters, lgb.Dataset(rows, label), num_boost_round=ROUNDS)


def cross_validate(judged: Sequence[Judged], seed: int) -> HeldOut:
    """Score every brief by a booster trained on other brands, in `FOLDS` folds (fewer where brands are few).

    Args:
        judged: The briefs to train on and to score.
        seed: Of folds and boosters.
    """
    from sklearn.model_selection import GroupKFold

    brands = [one.brand for one in judged]
    splitter = GroupKFold(min(FOLDS, len(set(brands))), shuffle=True, random_state=seed)
    fold = np.empty(len(judged), dtype=np.int64)
    scores: list[Floats] = [np.empty(0)] * len(judged)
    for number, (train, test) in enumerate(splitter.split(brands, groups=brands)):
        booster = fit_booster([judged[i] for i in train], seed)
        fold[test] = number
        for i in test:
            scores[i] = boosters.raw_log_odds(booster, boosters.matrix(judged[i].pairs, PAIR_FEATURE_NAMES))
    return _calibrated_across(HeldOut(judged, scores, scores, fold))


def held_out_metrics(held_out: HeldOut) -> dict[str, float]:
    """Test metrics: AUC, AP, Brier and ECE of the pairs; of the rankings, means over briefs beside `BASELINE`."""
    _, probability, label = held_out.used()
    pairs = classification_metrics(label, probability)
    metrics = {"briefs": float(len(held_out.judged)), "pairs": float(len(label)), "relevant_share": float(label.mean())}
    metrics |= {f"pair_{name}": pairs[name] for name in ("auc", "ap", "brier", "ece")}
    baseline = [one.pairs[BASELINE].fill_null(0.0).to_numpy() for one in held_out.judged]
    for prefix, scores in (("", held_out.probability), ("baseline_", baseline)):
        rows = [retrieval_metrics(score, one.relevance) for score, one in zip(scores, held_out.judged, strict=True)]
        metrics |= {prefix + name: float(np.nanmean([row[name] for row in rows])) for name in rows[0]}
    return metrics


def _calibrated_across(held_out: HeldOut) -> HeldOut:
    probability: list[Floats] = list(held_out.scores)
    for number in np.unique(held_out.fold):
        raw, _, label = held_out.used(held_out.fold != number)
        calibration = platt(raw, label)
        for i in np.flatnonzero(held_out.fold == number).tolist():
            log_odds = calibration.log_odds(held_out.scores[i]) + closeness(held_out.judged[i].pairs["words"])
            probability[i] = sigmoid(log_odds)
    return HeldOut(held_out.judged, held_out.scores, probability, held_out.fold)
