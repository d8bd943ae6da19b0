"""How sure a probability is: an interval that holds the rate seen among a hundred accounts like this one.

Four sources of doubt are joined. Where the calibrated probability is off along the score is seen by Venn-Abers
prediction on the out-of-fold scores (Vovk & Petej 2014): isotonic regression with the account itself added as genuine
and as fraud gives two rates. The hull of these and the probability is widened by three variances of the probability,
written as 1 / (effective sample size):

- the sampling of a hundred accounts, fewer where fewer kinds of evidence are there (`REFERENCE`);
- how far the out-of-fold predictions were off beyond chance, by platform and tier (method of moments on cells);
- how far the boosters of the cross-validation disagree about this very account.

Wilson's score interval with that sample size, its lower bound from the hull's lower end and its upper bound from the
upper end, lies within 0 and 1 and contains the probability. It never reaches 0 or 1, which the rate among a hundred
does (all of a hundred, in one sample of three, where 99 % are expected); where that is not rare, the bound is 0 or 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from models.verdicts.venn_abers import VennAbers, fit_venn_abers
from models.verdicts.wilson import Z, wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

REFERENCE = 100.0
LEVELS = 4
LUCK = 0.025
"""A rate of exactly 0 or 1 is within the interval where one sample in forty or more gives it."""
MOST_CELLS = 10
SMALLEST_CELL = 30
FEWEST_CREATORS = 5
"""Creators of a cell; one fraud among the lone ones, given 1 %, would make every answer of that level worthless."""


@dataclass(frozen=True)
class Interval:
    """Parameters of the interval.

    Attributes:
        excess: For evidence levels 1 to 4, the variance beyond chance as a fraction of p (1 - p).
        rates: The two rates of Venn-Abers prediction by score; none unless given.
        z: Width in standard errors.
    """

    excess: tuple[float, ...]
    rates: VennAbers = field(default_factory=VennAbers)
    z: float = Z

    def bounds(
        self, probability: NDArray[np.float64], disagreement: NDArray[np.float64], level: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper bound.

        Args:
            probability: The calibrated probability.
            disagreement: Standard deviation of the members' calibrated log odds.
            level: Kinds of evidence of which there is enough, 0 to 4; 0 counts as 1.
        """
        at = np.clip(level, 1, LEVELS)
        doubt = LEVELS / (at * REFERENCE) + self._excess[at - 1]
        n = 1.0 / (doubt + probability * (1 - probability) * disagreement**2)
        below, above = self.rates.hull(probability)
        lo, hi = wilson(np.stack([below, above]), n, self.z)
        return np.where((1 - below) ** n >= LUCK, 0.0, lo[0]), np.where(above**n >= LUCK, 1.0, hi[1])

    @cached_property
    def _excess(self) -> NDArray[np.float64]:
        return np.asarray(self.excess)


def fit_interval(
    probability: NDArray[np.float64],
    label: NDArray[np.float64],
    level: NDArray[np.int64],
    cohort: Sequence[str],
    creator: Sequence[str],
) -> Interval:
    """Estimate the interval from predictions of rows that the model has not seen.

    Rows of one evidence level and cohort (platform and tier) are cut into cells by probability. In a cell of m
    creators E[(rate - mean p)^2] = p (1 - p) (1 / m + excess); solved for the excess over all cells, weighted by m,
    of `FEWEST_CREATORS` or more.
    Copies of a creator share one label, so m is their effective number, (sum n)^2 / sum n^2 with n copies of each;
    for the two rates a creator weighs one however many copies there are.
    Less evidence never makes an answer surer: the excess of a level is at least that of the next.
    """
    excess = [0.0] * LEVELS
    names, codes = np.asarray(cohort, dtype=str), np.unique(np.asarray(creator, dtype=str), return_inverse=True)[1]
    for at in range(LEVELS, 0, -1):
        cells = _cells(np.flatnonzero(level == at), names, probability)
        cells = [cell for cell in cells if len(np.unique(codes[cell])) >= FEWEST_CREATORS]
        own = _excess([(probability[cell], label[cell], codes[cell]) for cell in cells])
        excess[at - 1] = max(own, excess[at] if at < LEVELS else 0.0)
    return Interval(tuple(excess), fit_venn_abers(probability, label, 1.0 / np.bincount(codes)[codes]))


def _cells(
    rows: NDArray[np.int64], cohort: NDArray[np.str_], probability: NDArray[np.float64]
) -> list[NDArray[np.int64]]:
    cells: list[NDArray[np.int64]] = []
    for name in np.unique(cohort[rows]):
        own = rows[cohort[rows] == name]
        own = own[np.argsort(probability[own], kind="stable")]
        cells += np.array_split(own, max(1, min(MOST_CELLS, len(own) // SMALLEST_CELL)))
    return cells


def _excess(cells: Sequence[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]]) -> float:
    surplus, scale = 0.0, 0.0
    for probability, label, codes in cells:
        copies = np.unique(codes, return_counts=True)[1]
        m = float(copies.sum() ** 2 / (copies**2).sum())
        mean = float(probability.mean())
        surplus += m * (float(label.mean()) - mean) ** 2 - mean * (1 - mean)
        scale += m * mean * (1 - mean)
    return max(0.0, surplus / scale) if scale > 0 else 0.0
