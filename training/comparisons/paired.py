"""Two classifiers on the same creators: differences with intervals, and who is right where they disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binomtest

from models.verdicts.decision import DEFAULT_PROFILE
from training.metrics import calibration_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Figure = Callable[[Floats, Floats], float]

RESAMPLES = 1000


@dataclass(frozen=True)
class Difference:
    """A figure of both, and challenger less champion with the bootstrap's interval; NaN where it is not defined."""

    champion: float
    challenger: float
    lo: float
    hi: float

    @property
    def difference(self) -> float:
        """Challenger less champion."""
        return self.challenger - self.champion


@dataclass(frozen=True)
class Disagreement:
    """Where one flags what the other does not.

    Attributes:
        challenger_right: Creators on whom only the challenger is right.
        champion_right: Creators on whom only the champion is right.
        p: Of McNemar's exact test: as uneven by chance, either way.
        p_worse: The same one way: the challenger as much worse by chance.
    """

    challenger_right: int
    champion_right: int
    p: float
    p_worse: float


def average_precision(label: Floats, probability: Floats) -> float:
    """What scikit-learn's `average_precision_score` gives, without its checks: it is drawn thousands of times."""
    positives = label.sum()
    if not positives:
        return float("nan")
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # the last row of each run of equal scores
    found = np.cumsum(label[order])[last]
    return float(np.sum(found / (last + 1) * np.diff(found, prepend=0.0)) / positives)


def precision_at(least: float) -> Figure:
    """Share of fraud among those at or above that probability."""
    return lambda label, probability: _mean(label[probability >= least])


def recall_at(least: float) -> Figure:
    """Share of the fraud that is at or above that probability."""
    return lambda label, probability: _mean(probability[label == 1] >= least)


def false_alarms_at(least: float) -> Figure:
    """Share of genuine creators that are at or above that probability."""
    return lambda label, probability: _mean(probability[label == 0] >= least)


def net_benefit_at(least: float) -> Figure:
    """What it brings to treat those at or above that probability as fraud, in caught frauds per creator.

    Frauds caught less false alarms, of which each costs least / (1 - least) caught frauds: at a profile's cut-off that
    is what the profile says (Vickers and Elkin 2006, "Decision curve analysis"). None there bring 0.
    """
    cost = least / (1 - least)
    return lambda label, probability: _mean(np.where(probability >= least, np.where(label == 1, 1.0, -cost), 0.0))


def brier(label: Floats, probability: Floats) -> float:
    """Mean squared error of the probability."""
    return _mean((probability - label) ** 2)


CUT_OFFS = {"review": DEFAULT_PROFILE.review, "high": DEFAULT_PROFILE.high}
FIGURES: Mapping[str, Figure] = {
    "ap": average_precision,
    **{f"precision_at_{band}": precision_at(least) for band, least in CUT_OFFS.items()},
    **{f"recall_at_{band}": recall_at(least) for band, least in CUT_OFFS.items()},
    **{f"false_alarms_at_{band}": false_alarms_at(least) for band, least in CUT_OFFS.items()},
    **{f"net_benefit_at_{band}": net_benefit_at(least) for band, least in CUT_OFFS.items()},
    "ece": calibration_error,
    "brier": brier,
}
"""By name: average precision; precision, recall, false alarms and net benefit at the bands; calibration error, Brier
score."""


def differences(
    label: Floats,
    champion: Floats,
    challenger: Floats,
    *,
    figures: Mapping[str, Figure] = FIGURES,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Difference]:
    """Each figure of both with the interval of its difference.

    Paired percentile bootstrap over `RESAMPLES` draws of the creators: both are judged on the same draw, so that what
    makes a draw hard cancels out (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13).

    Args:
        label: 1 fraud, 0 genuine, of n creators.
        champion: Their probabilities.
        challenger: Their probabilities.
        figures: What to work out.
        level: Of the interval.
        seed: Decides the draws.
    """
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(label), (RESAMPLES, len(label)))
    return {
        name: Difference(
            figure(label, champion),
            figure(label, challenger),
            *_interval(figure, label, champion, challenger, draws, level),
        )
        for name, figure in figures.items()
    }


def flagged(champion: Floats, challenger: Floats) -> dict[str, float]:
    """How many creators either puts at or above each cut-off, by the names that figures have."""
    probabilities = {"champion": champion, "challenger": challenger}
    return {
        f"flagged_at_{band}/{who}": float(np.sum(probability >= least))
        for band, least in CUT_OFFS.items()
        for who, probability in probabilities.items()
    }


def disagreement(label: Floats, champion: NDArray[np.bool_], challenger: NDArray[np.bool_]) -> Disagreement:
    """McNemar's test in its exact, binomial form on who is flagged (McNemar 1947)."""
    fraud = label == 1
    ahead = int(np.sum((challenger == fraud) & (champion != fraud)))
    behind = int(np.sum((challenger != fraud) & (champion == fraud)))
    if not ahead + behind:
        return Disagreement(0, 0, 1.0, 1.0)
    both, worse = (binomtest(behind, ahead + behind, 0.5, side).pvalue for side in ("two-sided", "greater"))
    return Disagreement(ahead, behind, float(both), float(worse))


def _interval(
    figure: Figure, label: Floats, champion: Floats, challenger: Floats, draws: NDArray[np.int64], level: float
) -> tuple[float, float]:
    found = np.array([figure(label[draw], challenger[draw]) - figure(label[draw], champion[draw]) for draw in draws])
    found = found[~np.isnan(found)]
    if len(found) < RESAMPLES // 2:
        return float("nan"), float("nan")
    lo, hi = np.quantile(found, ((1 - level) / 2, (1 + level) / 2))
    return float(lo), float(hi)


def _mean(values: NDArray[np.float64] | NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else float("nan")
