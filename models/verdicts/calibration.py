"""Platt scaling: raw log odds of a booster to log odds that are right on average."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_STEPS = 100
SMALLEST_SLOPE = 0.05
SMALLEST_STEP = 1e-12
LEAST = -math.log(sys.float_info.max)
"""Lower log odds have a probability of 0: their `exp` would be beyond the largest number."""
SEVERAL = 1_000
"""Up to so many log odds are probabilities sooner one by one than as a column."""


def sigmoid(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of log odds, to the last bit the same however many there are."""
    if log_odds.size <= SEVERAL:
        return np.array(_sigmoids(log_odds.ravel().tolist()), dtype=np.float64).reshape(log_odds.shape)
    against = pl.Series(-log_odds.ravel()).exp()  # the system's as well; SciPy's `expit` takes it too, and long to load
    return (1.0 / (1.0 + against)).to_numpy(writable=True).reshape(log_odds.shape)


def _sigmoids(log_odds: list[float]) -> list[float]:
    """As SciPy's `expit` works it out: by the system's `exp`, from which NumPy's own differs in the last bit."""
    return [0.0 if one < LEAST else 1.0 / (1.0 + math.exp(-one)) for one in log_odds]


@dataclass(frozen=True)
class Calibration:
    """Calibrated log odds = slope x raw log odds + intercept; the slope is positive, so the order stays."""

    slope: float
    intercept: float

    def log_odds(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated log odds of raw ones."""
        return np.asarray(self.slope * raw + self.intercept, dtype=np.float64)

    def probability(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated probability of raw log odds."""
        return sigmoid(self.log_odds(raw))


def platt(
    raw: NDArray[np.float64], label: NDArray[np.float64], weight: NDArray[np.float64] | None = None
) -> Calibration:
    """Fit slope and intercept on scores of rows that the model has not seen (Platt 1999, with his smoothed targets).

    Under about 2,000 labels two parameters calibrate better than isotonic regression, which over-fits.
    Newton's method on the weighted logistic loss, which is convex; a step that would raise the loss is halved, or it
    could run away from a start far off.

    Args:
        raw: Raw log odds, one a row.
        label: 1 fraud, 0 genuine.
        weight: Weight of each row; equal unless given.
    """
    w = np.ones_like(raw) if weight is None else weight
    positive, negative = float(w @ label), float(w @ (1 - label))
    target = np.where(label > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))
    design = np.column_stack([raw, np.ones_like(raw)])
    theta = np.array([1.0, 0.0])
    for _ in range(MOST_STEPS):
        p = sigmoid(design @ theta)
        gradient = design.T @ (w * (p - target))
        hessian = (design * (w * p * (1 - p))[:, None]).T @ design + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        before = _loss(design @ theta, target, w)
        while np.abs(step).max() >= SMALLEST_STEP and _loss(design @ (theta - step), target, w) > before:
            step = step / 2.0
        theta = theta - step
        if np.abs(step).max() < SMALLEST_STEP:
            break
    return Calibration(max(float(theta[0]), SMALLEST_SLOPE), float(theta[1]))


def _loss(log_odds: NDArray[np.float64], target: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    return float(weight @ (np.logaddexp(0.0, log_odds) - target * log_odds))
