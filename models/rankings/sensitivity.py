"""How much the first places depend on the weights: what would change if one of them moved by a tenth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.rankings.ranking import Sensitivity, Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from models.rankings.ranking import RiskForm, WeightName
    from models.rankings.risk import Parts

FIRST = 10
MOVED_BY = 0.1
NAMES: tuple[WeightName, ...] = ("relevance", "authenticity", "reach")


def sensitivity(
    parts: Parts,
    weights: Weights,
    form: RiskForm,
    first: Callable[[NDArray[np.float64], int], NDArray[np.int64]],
) -> tuple[Sensitivity, ...]:
    """For each weight, how many of the first `FIRST` would be others with 1.1 x and 0.9 x the weight.

    Relevance and reach weigh against each other, so where either is 0, more or less of the other changes nothing.

    Args:
        parts: What the scores of all candidates are made of.
        weights: The weights in use; one of 0 stays 0, and authenticity counts up to 1.
        form: How risk takes its part.
        first: Scores to so many rows, the best ones.
    """

    def rows(tried: Weights) -> set[int]:
        return set(first(parts.score(tried, form), FIRST).tolist())

    now = rows(weights)

    def moved() -> Iterator[Sensitivity]:
        for name in NAMES:
            weight: float = getattr(weights, name)
            counts = weight and (name == "authenticity" or (weights.relevance and weights.reach))
            more, less = (
                len(rows(weights.model_copy(update={name: weight * factor})) - now) if counts else 0
                for factor in (1 + MOVED_BY, 1 - MOVED_BY)
            )
            yield Sensitivity.model_construct(weight=name, plus_10_percent=more, minus_10_percent=less)

    return tuple(moved())
