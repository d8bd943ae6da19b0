"""Creators as an index holds them, on their way into a segment or out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from models.matching.candidates import Candidates

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Creators:
    """What is kept of some creators, who are in the same order in every part.

    Attributes:
        candidates: As the fit model sees them.
        risk: Columns of `models.rankings.pool.RISK`.
        details: Columns of `models.rankings.details.DETAILS`.
    """

    candidates: Candidates
    risk: pl.DataFrame
    details: pl.DataFrame

    def __len__(self) -> int:
        """Number of creators."""
        return len(self.candidates)

    def take(self, places: NDArray[np.int64]) -> Creators:
        """Those at these places, in this order."""
        return Creators(self.candidates.take(places), self.risk[places], self.details[places])

    @staticmethod
    def concat(parts: Sequence[Creators]) -> Creators:
        """The creators of all parts, in order; at least one part is needed."""
        if len(parts) == 1:
            return parts[0]
        return Creators(
            Candidates.concat([part.candidates for part in parts]),
            pl.concat([part.risk for part in parts]),
            pl.concat([part.details for part in parts]),
        )
