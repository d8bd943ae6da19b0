"""A few invented creators to look up as in an index, so that worked examples show nobody's own creators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from features import records
from features.errors import NotFoundError
from models.matching.cosine_weights import COSINE_WEIGHTS
from models.rankings.filters import failed_filters
from models.rankings.pool import Pool, pool
from serving.api import examples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.fit import FitBundle
    from models.fraud import FraudBundle
    from models.matching.candidates import Candidates
    from models.matching.cosine_weights import CosineWeights
    from models.matching.pairs import Wish
    from models.rankings.filters import Limits


class ExampleIndex:
    """The creators of `examples.INDEXED`, to be looked up as in an index; in their order."""

    def __init__(self, fraud: FraudBundle, fit: FitBundle) -> None:
        tables = records.read(examples.INDEXED)
        signals = fraud.signals(tables)
        self._all = pool(fit, tables, signals, fraud.verdict(signals))

    def candidates(self, creator_ids: Sequence[str]) -> Candidates:
        """These creators, in this order."""
        ids = self._all.candidates.creator_ids
        if not set(creator_ids) <= set(ids):
            raise NotFoundError("not among the examples")
        return self._all.candidates.take(np.array([ids.index(one) for one in creator_ids], dtype=np.int64))

    def pool(
        self,
        bundle: FitBundle,  # noqa: ARG002 - as an index
        wish: Wish,
        *,
        limits: Limits,
        depth: int = 0,  # noqa: ARG002
        weights: CosineWeights = COSINE_WEIGHTS,  # noqa: ARG002
    ) -> Pool:
        """Those that fail no filter."""
        everyone = self._all
        failed = failed_filters(wish.brief, everyone.candidates.traits.hstack([everyone.risk["risk_score"]]), limits)
        rows = np.flatnonzero(failed.list.len() == 0)
        return Pool(
            candidates=everyone.candidates.take(rows),
            risk=everyone.risk[rows],
            details=lambda places, names: everyone.details(rows[places], names),
            considered=len(everyone),
        )
