"""What more audits would buy: average precision by the number of audits learnt from, extrapolated with an interval.

Learning curves follow an inverse power law (Cortes et al. 1993; Figueroa et al. 2012): a - b n^-c. It is fitted to
models that learnt from parts of the audits, all judged on the same accounts out of fold. For the interval, the judged
accounts are drawn again many times, and the curve is fitted to each draw.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.comparisons.paired import average_precision
from training.evaluation_tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Predicted = Callable[[NDArray[np.bool_]], Floats]

SHARES = (0.3, 0.45, 0.65, 1.0)
DRAWS = 3
"""Draws of each share but the last; their scores are averaged."""

EXPONENTS = (0.25, 0.5, 1.0)
RESAMPLES = 200
MORE = 300


@dataclass(frozen=True)
class Curve:
    """score = ceiling - slope x n^-exponent; the slope is not negative."""

    ceiling: float
    slope: float
    exponent: float

    def at(self, n: float) -> float:
        """The score expected of n audits, at most 1."""
        return min(1.0, self.ceiling - self.slope * math.pow(n, -self.exponent))


@dataclass(frozen=True)
class LearningCurve:
    """Average precision by the number of audits learnt from.

    Attributes:
        audits: How many were learnt from, increasing.
        scores: Average precision of each.
        curve: Fitted to them.
        draws: The same fitted to accounts drawn again.
        known: Audits that the model learns from.
    """

    audits: tuple[int, ...]
    scores: tuple[float, ...]
    curve: Curve
    draws: tuple[Curve, ...]
    known: int

    def score(self, n: float) -> tuple[float, float, float]:
        """Average precision expected of n audits, with its interval of 95 %."""
        low, high = np.quantile([draw.at(n) for draw in self.draws], (0.025, 0.975))
        return self.curve.at(n), float(low), float(high)

    def gain(self, more: int = MORE) -> tuple[float, float, float]:
        """What more audits would add, with its interval of 95 %."""
        low, high = np.quantile(
            [draw.at(self.known + more) - draw.at(self.known) for draw in self.draws], (0.025, 0.975)
        )
        return self.curve.at(self.known + more) - self.curve.at(self.known), float(low), float(high)

    @property
    def table(self) -> Table:
        """What was measured, and what the curve says of more."""
        measured: list[tuple[object, ...]] = [
            (f"{n:,} audits", "measured", score, None, None) for n, score in zip(self.audits, self.scores, strict=True)
        ]
        expected = [(f"{n:,} audits", "expected", *self.score(n)) for n in (self.known, self.known + MORE)]
        gained = (f"{MORE} more audits", "gain", *self.gain())
        note = (
            "On the audited creators out of fold. Expected: an inverse power law; lo and hi hold 95 % of redrawn "
            "accounts."
        )
        columns = ("learnt from", "what", "average precision", "lo", "hi")
        return Table("What more audits would buy", columns, [*measured, *expected, gained], note)


def fit_curve(n: Floats, score: Floats) -> Curve:
    """The least squares fit over `EXPONENTS`, exact for each as the curve is linear in n^-exponent."""
    found = []
    for exponent in EXPONENTS:
        x = n**-exponent
        spread = x - x.mean()
        slope = max(0.0, -float(spread @ score) / float(spread @ spread))
        ceiling = float(score.mean() + slope * x.mean())
        found.append((float(np.sum((ceiling - slope * x - score) ** 2)), Curve(ceiling, slope, exponent)))
    return min(found, key=lambda one: one[0])[1]


def learning_curve(label: Floats, total: int, learnt: float, predicted: Predicted, seed: int) -> LearningCurve:
    """Measure and fit.

    Args:
        label: Of the accounts judged.
        total: How many audits there are to learn from.
        learnt: Share of these that a fold learns from.
        predicted: Given which of these may be learnt from, the log odds of the accounts judged, out of fold.
        seed: Decides the draws.
    """
    rng = np.random.default_rng(seed)
    sizes = [round(share * total) for share in SHARES]
    scores = [[predicted(_drawn(rng, total, size)) for _ in range(DRAWS if size < total else 1)] for size in sizes]
    n = learnt * np.array(sizes, dtype=np.float64)
    draws = [rng.integers(0, len(label), len(label)) for _ in range(RESAMPLES)]
    everyone = np.arange(len(label))
    measured = _scores(label, scores, everyone)
    redrawn = [fit_curve(n, _scores(label, scores, draw)) for draw in draws if 0 < label[draw].sum() < len(label)]
    audits_learnt = tuple(round(size) for size in n.tolist())
    return LearningCurve(audits_learnt, tuple(measured.tolist()), fit_curve(n, measured), tuple(redrawn), total)


def _drawn(rng: np.random.Generator, total: int, size: int) -> NDArray[np.bool_]:
    kept = np.zeros(total, dtype=np.bool_)
    kept[rng.permutation(total)[:size]] = True
    return kept


def _scores(label: Floats, scores: Sequence[Sequence[Floats]], rows: NDArray[np.int64]) -> Floats:
    return np.array([np.mean([average_precision(label[rows], one[rows]) for one in of_size]) for of_size in scores])
