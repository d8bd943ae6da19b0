"""Why a creator stands above the next one: the difference of their scores, taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.boosters.explanation import DIGITS, most_first
from models.matching.pairs import PAIR_FEATURE_NAMES
from models.rankings.ranking import WhyAboveNext

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COMPONENTS = (*PAIR_FEATURE_NAMES, "reach", "risk")
MOST_TOLD = 3
SMALLEST_TOLD = 10.0**-DIGITS
"""Points; less is rounding."""


@dataclass(frozen=True, eq=False)
class Standing:
    """n creators in the order of their places.

    Attributes:
        points: n x pair features: points of the fit before risk.
        of_fit: What the fit counts for in the merit, 0 to 1.
        merit: Merit, 0 to 100.
        score: Fit score, 0 to 100.
        fails: Whether some filter is failed.
    """

    points: Floats
    of_fit: Floats
    merit: Floats
    score: Floats
    fails: NDArray[np.bool_]


def components(standing: Standing) -> Floats:
    """n x `COMPONENTS`; each row sums to the creator's fit score.

    A pair feature's part is what the fit counts for x its points, that of risk is score - merit (never above 0), and
    that of reach the rest: what it adds to the merit, with the base fit.
    """
    of_features = standing.of_fit[:, None] * standing.points
    reach = standing.merit - of_features.sum(axis=1)
    return np.column_stack([of_features, reach, standing.score - standing.merit])


def why_above_next(standing: Standing) -> list[tuple[WhyAboveNext, ...]]:
    """For each creator but the last, what it has over the next: at most `MOST_TOLD`, most points first and
    equal ones in the order of `COMPONENTS`.

    'filters' comes before all else where the next fails some and this one none. Nothing is told where two differ in
    nothing but what breaks ties.
    """
    parts = components(standing)
    delta = parts[:-1] - parts[1:]
    order = most_first(delta)[:, :MOST_TOLD]
    values = np.take_along_axis(delta, order, axis=1).tolist()
    kept_out = (standing.fails[1:] & ~standing.fails[:-1]).tolist()
    return [
        tuple(
            WhyAboveNext(component, points)
            for component, points in [
                *((("filters", None),) if filtered else ()),
                *((COMPONENTS[k], value) for k, value in zip(places, row, strict=True) if value > SMALLEST_TOLD),
            ][:MOST_TOLD]
        )
        for places, row, filtered in zip(order.tolist(), values, kept_out, strict=True)
    ]
