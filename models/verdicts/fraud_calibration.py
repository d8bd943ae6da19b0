"""Calibration of the fraud model: one scaling for all records, steeper where comments are all that speaks.

A booster that learnt from whole records keeps close to its base where nothing is known of the followers: of simulated
creators with comments alone, those who get 0.44 turn out to have bought in 0.55 of cases. One slope over all records
cannot mend that, since whole records outweigh them (calibration within groups: Hébert-Johnson et al. 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features import SIGNALS
from features.signal import Family
from models.verdicts.calibration import MOST_STEPS, SMALLEST_SLOPE, SMALLEST_STEP, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.verdicts.calibration import Calibration

    Floats = NDArray[np.float64]

PRIOR = 4.0
"""How sure it is before any label that comments alone need no other slope: the information of some two hundred."""

_OF_COMMENTS = np.array([signal.family is Family.COMMENTS for signal in SIGNALS])
_OF_FOLLOWERS = np.array([signal.family in (Family.GROWTH, Family.AUDIENCE) for signal in SIGNALS])


def comments_alone(values: Floats) -> NDArray[np.bool_]:
    """Of which rows of `booster.values` signals of comments are known, and none of growth or of followers.

    Posts may be known beside them; posts alone are left as cautious as they are (see docs/fraud-model.md).
    """
    known = ~np.isnan(values)
    return np.asarray(known[:, _OF_COMMENTS].any(axis=1) & ~known[:, _OF_FOLLOWERS].any(axis=1))


@dataclass(frozen=True)
class FraudCalibration:
    """Raw log odds of the booster to calibrated ones.

    Attributes:
        scaling: Of all records.
        base: Calibrated log odds before any signal is known.
        steeper: How many times as far from the base they lie where comments stand alone.
    """

    scaling: Calibration
    base: float
    steeper: float

    def log_odds(self, raw: Floats, values: Floats) -> Floats:
        """Calibrated log odds.

        Args:
            raw: Of n rows, or of each of several boosters (boosters x n).
            values: Their signals, n x k.
        """
        scaled = self.scaling.log_odds(raw)
        return np.where(comments_alone(values), self.base + self.steeper * (scaled - self.base), scaled)

    def probability(self, raw: Floats, values: Floats) -> Floats:
        """Calibrated probability; see `log_odds`."""
        return sigmoid(self.log_odds(raw, values))

    def slope(self, values: Floats) -> Floats:
        """What a contribution to the raw log odds counts for in the calibrated ones, one a row."""
        return self.scaling.slope * np.where(comments_alone(values), self.steeper, 1.0)


def steepness(log_odds: Floats, base: float, label: Floats, weight: Floats) -> float:
    """How many times as far from the base the log odds of a group should lie: 1 where there are no labels.

    Newton's method on the weighted logistic loss with a normal prior around 1.

    Args:
        log_odds: Calibrated by the scaling of all records, of rows of the group that the model has not seen.
        base: Calibrated log odds before any signal is known.
        label: 1 fraud, 0 genuine.
        weight: Weight of each row.
    """
    lift = log_odds - base
    found = 1.0
    for _ in range(MOST_STEPS):
        p = sigmoid(base + found * lift)
        gradient = float(weight @ ((p - label) * lift)) + PRIOR * (found - 1.0)
        step = gradient / (float(weight @ (p * (1.0 - p) * lift**2)) + PRIOR)
        found -= step
        if abs(step) < SMALLEST_STEP:
            break
    return max(found, SMALLEST_SLOPE)
