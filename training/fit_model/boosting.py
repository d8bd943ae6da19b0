"""The booster over judged pairs: fitted, tried on brands it never saw, and calibrated on those."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np
import polars as pl

from models.boosters import booster as boosters
from models.fit import closeness
from models.matching.pairs import PAIR_FEATURE_NAMES, PAIR_FEATURES
from models.verdicts.calibration import platt, sigmoid
from training.fit_model.ranking_figures import RELEVANT, retrieval_metrics
from training.metrics import classification_metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.fit_model.matches import Judged

    Floats = NDArray[np.float64]

FOLDS = 5
ROUNDS = 200
OBJECTIVES = ("binary", "lambdarank")
"""What is compared; a bundle has the first, whose scores are log odds to begin with."""

PARAMETERS: dict[str, object] = {
    "learning_rate": 0.05,
    "max_depth": 7,
    "num_leaves": 31,
    "lambda_l2": 5.0,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
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
    """

    judged: Sequence[Judged]
    scores: list[Floats]
    probability: list[Floats]

    @property
    def fold(self) -> NDArray[np.int64]:
        """The fold of each brief."""
        return np.array([one.fold for one in self.judged], dtype=np.int64)

    def used(self, which: NDArray[np.bool_] | None = None) -> tuple[Floats, Floats, Floats]:
        """Raw scores, probabilities and labels of the pairs that calibrate, of all briefs or of some."""
        chosen = range(len(self.judged)) if which is None else np.flatnonzero(which).tolist()
        masks = [self.judged[i].mixed for i in chosen]
        raw = np.concatenate([self.scores[i][mask] for i, mask in zip(chosen, masks, strict=True)])
        probability = np.concatenate([self.probability[i][mask] for i, mask in zip(chosen, masks, strict=True)])
        return raw, probability, np.concatenate([labels(self.judged[i])[self.judged[i].mixed] for i in chosen])

    def counted(self, *, short: bool = False) -> list[tuple[Judged, Floats]]:
        """The briefs whose rankings count, whole or cut short, with the probabilities of their candidates."""
        both = zip(self.judged, self.probability, strict=True)
        return [(one, probability) for one, probability in both if one.counts and one.short == short]


def labels(judged: Judged) -> Floats:
    """1 for the relevant creators of a brief, 0 for the others."""
    return (judged.relevance >= RELEVANT).astype(np.float64)


def fit_booster(
    judged: Sequence[Judged], seed: int, *, objective: str = OBJECTIVES[0], without: int | None = None
) -> lgb.Booster:
    """A booster over these briefs' rows that have a weight; `without`: what they know nothing of, a fold."""
    parts = [one.learnable(without) for one in judged]
    rows = boosters.matrix(pl.concat(parts), PAIR_FEATURE_NAMES)
    label = np.concatenate([labels(one)[one.weight > 0] for one in judged])
    weight = np.concatenate([one.weight[one.weight > 0] for one in judged])
    least = int(np.clip(len(label) // 50, 2, 60))
    parameters = {**PARAMETERS, "objective": objective, "seed": seed, "min_data_in_leaf": least}
    if objective == OBJECTIVES[0]:
        learnt = lgb.Dataset(rows, label, weight=weight)
    else:  # a ranker compares within a brief and needs no mix
        learnt = lgb.Dataset(rows, label, group=[part.height for part in parts])
    return lgb.train(parameters, learnt, num_boost_round=ROUNDS)


def cross_validate(judged: Sequence[Judged], seed: int, objective: str = OBJECTIVES[0]) -> HeldOut:
    """Score every brief by a booster trained on brands of other folds.

    Args:
        judged: The briefs to train on and to score.
        seed: Of boosters.
        objective: Of LightGBM.
    """
    scores: list[Floats] = [np.empty(0)] * len(judged)
    for number in sorted({one.fold for one in judged}):
        train = [one for one in judged if one.fold != number]
        booster = fit_booster(train, seed, objective=objective, without=number)
        for i, one in enumerate(judged):
            if one.fold == number:
                scores[i] = boosters.raw_log_odds(booster, boosters.matrix(one.pairs, PAIR_FEATURE_NAMES))
    return _calibrated_across(HeldOut(judged, scores, scores))


def held_out_metrics(held_out: HeldOut) -> dict[str, float]:
    """Test metrics: AUC, AP, Brier and ECE of the pairs; of the rankings, means over briefs beside `BASELINE`."""
    _, probability, label = held_out.used()
    pairs = classification_metrics(label, probability)
    counted = held_out.counted()
    metrics = {"briefs": float(len(counted)), "pairs": float(len(label)), "relevant_share": float(label.mean())}
    metrics |= {f"pair_{name}": pairs[name] for name in ("auc", "ap", "brier", "ece")}
    for prefix, scores in (
        ("", [probability for _, probability in counted]),
        ("baseline_", [one.pairs[BASELINE].fill_null(0.0).to_numpy() for one, _ in counted]),
    ):
        rows = [retrieval_metrics(score, one.relevance) for score, (one, _) in zip(scores, counted, strict=True)]
        metrics |= {prefix + name: float(np.nanmean([row[name] for row in rows])) for name in rows[0]}
    return metrics


def _calibrated_across(held_out: HeldOut) -> HeldOut:
    probability: list[Floats] = list(held_out.scores)
    fold = held_out.fold
    for number in np.unique(fold):
        raw, _, label = held_out.used(fold != number)
        calibration = platt(raw, label)
        for i in np.flatnonzero(fold == number).tolist():
            words = held_out.judged[i].pairs["words"].to_numpy()
            probability[i] = sigmoid(calibration.log_odds(held_out.scores[i]) + closeness(words))
    return HeldOut(held_out.judged, held_out.scores, probability)
