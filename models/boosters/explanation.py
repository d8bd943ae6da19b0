"""A score taken apart: what each signal adds to the log odds, and to the risk in points of 100."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.verdicts.calibration import sigmoid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from features.signal import Signal

DIGITS = 9
"""After the point; what else two numbers of points differ in is rounding."""


@dataclass(frozen=True)
class Explanation:
    """Contributions of `n` rows over `k` signals.

    Attributes:
        base_log_odds: Calibrated log odds before any signal is known.
        log_odds: n x k; `base_log_odds` + the sum over a row = logit(probability).
        points: n x k; `base_risk` + the sum over a row = 100 x probability.
    """

    base_log_odds: float
    log_odds: NDArray[np.float64]
    points: NDArray[np.float64]

    @property
    def base_risk(self) -> float:
        """Risk score, 0 to 100, before any signal is known."""
        return 100.0 * float(sigmoid(np.array(self.base_log_odds)))

    def by_family(self, signals: Sequence[Signal]) -> dict[str, NDArray[np.float64]]:
        """Log odds summed over the signals of each family: one array of n a family."""
        families = np.array([signal.family.value for signal in signals])
        return {family: self.log_odds[:, families == family].sum(axis=1) for family in dict.fromkeys(families)}


def explain(base_log_odds: float, log_odds: NDArray[np.float64]) -> Explanation:
    """Add the points to calibrated contributions: `log_odds` x (risk - base risk) / sum of `log_odds`."""
    return Explanation(
        base_log_odds, log_odds, log_odds * points_per_log_odds(base_log_odds, log_odds.sum(axis=1))[:, None]
    )


def most_first(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Of each row the places of its points, the most first; what only rounding tells apart keeps its order."""
    return np.argsort(-np.round(points, DIGITS), axis=1, kind="stable")


def points_per_log_odds(base: float, total: NDArray[np.float64]) -> NDArray[np.float64]:
    """(risk - base risk) / sum of log odds, for each row; its limit, the slope of the risk, where both are 0.

    From sigmoid(x) - sigmoid(y) = sinh((x - y) / 2) / (2 cosh(x / 2) cosh(y / 2)), which loses no digits
    where x is close to y.
    """
    half = total / 2.0
    nearly_one = np.abs(half) < 1e-8
    sinhc = np.where(nearly_one, 1.0, np.sinh(half) / np.where(nearly_one, 1.0, half))
    return np.asarray(100.0 * sinhc / (4.0 * np.cosh((base + total) / 2.0) * np.cosh(base / 2.0)), dtype=np.float64)
