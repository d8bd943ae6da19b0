"""Venn-Abers prediction: two rates for a score, one with the account added as genuine and one as fraud.

Vovk & Petej (2014), "Venn-Abers predictors": add the account to the calibration scores with label y, fit isotonic
regression, and read its value p_y at the account's own score; one of p_0 and p_1 is calibrated, whatever the
distribution. Scores are first cut into at most `GROUPS` groups of equal weight, which is a monotone transformation of
the score and so leaves that guarantee; each group's two rates are worked out once and looked up afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GROUPS = 64
DIGITS = 6
"""Rates are kept to a millionth, p_0 rounded down and p_1 up."""


@dataclass(frozen=True)
class VennAbers:
    """A lookup of m groups of scores; without a group there is nothing to add to a probability.

    Attributes:
        edges: The m - 1 scores from which on the next group begins, increasing.
        genuine: For each group, the rate with the account added as genuine (p_0).
        fraud: For each group, the rate with the account added as fraud (p_1).
    """

    edges: tuple[float, ...] = ()
    genuine: tuple[float, ...] = ()
    fraud: tuple[float, ...] = ()

    def rates(self, score: Floats) -> tuple[Floats, Floats]:
        """p_0 and p_1 of each score; there must be a group."""
        edges, genuine, fraud = self._table
        at = np.searchsorted(edges, score, side="right")
        return genuine[at], fraud[at]

    def hull(self, probability: Floats) -> tuple[Floats, Floats]:
        """The least and the greatest of each probability and its two rates."""
        if not self.genuine:
            return probability, probability
        genuine, fraud = self.rates(probability)
        return np.minimum(genuine, probability), np.maximum(fraud, probability)

    @cached_property
    def _table(self) -> tuple[Floats, Floats, Floats]:
        return np.asarray(self.edges), np.asarray(self.genuine), np.asarray(self.fraud)


def fit_venn_abers(score: Floats, label: Floats, weight: Floats, groups: int = GROUPS) -> VennAbers:
    """The lookup for calibration scores.

    Args:
        score: Scores of accounts that the model has not seen, n.
        label: 1 fraud, 0 genuine.
        weight: Weight of each row; the account that is judged weighs 1.
        groups: At most so many groups; equal scores are never parted.
    """
    if len(score) == 0:
        return VennAbers()
    edges = _edges(score, weight, groups)
    group = np.searchsorted(edges, score, side="right")
    size = np.asarray(np.bincount(group, weight, len(edges) + 1), dtype=np.float64)
    hits = np.asarray(np.bincount(group, weight * label, len(edges) + 1), dtype=np.float64)
    rates = np.array([_rates(size, hits, at) for at in range(len(size))])
    scale = 10.0**DIGITS
    genuine, fraud = np.floor(rates[:, 0] * scale) / scale, np.minimum(np.ceil(rates[:, 1] * scale) / scale, 1.0)
    new = np.flatnonzero((np.diff(genuine) != 0) | (np.diff(fraud) != 0))
    kept = np.concatenate(([0], new + 1))
    return VennAbers(tuple(edges[new].tolist()), tuple(genuine[kept].tolist()), tuple(fraud[kept].tolist()))


def _edges(score: Floats, weight: Floats, groups: int) -> Floats:
    """Scores at which the cumulated weight passes a multiple of 1 / groups; the first score begins no new group."""
    values, at = np.unique(score, return_inverse=True)
    before = np.concatenate(([0.0], np.cumsum(np.bincount(at, weight))))[:-1]
    part = np.floor(before * groups / weight.sum())
    return np.asarray(values[1:][np.diff(part) > 0], dtype=np.float64)


def _rates(size: Floats, hits: Floats, at: int) -> tuple[float, float]:
    """Isotonic regression at one group with one account added to it, as genuine and as fraud.

    By the min-max formula (Robertson, Wright & Dykstra 1988): the greatest over i <= at of the least over j >= at of
    the mean of the groups i to j.
    """
    ends, starts = np.cumsum(size), np.concatenate(([0.0], np.cumsum(size)[:-1]))
    last, first = np.cumsum(hits), np.concatenate(([0.0], np.cumsum(hits)[:-1]))
    weights = ends[None, at:] - starts[: at + 1, None] + 1.0
    found = last[None, at:] - first[: at + 1, None]
    genuine, fraud = (float(((found + added) / weights).min(axis=1).max()) for added in (0.0, 1.0))
    return genuine, fraud
