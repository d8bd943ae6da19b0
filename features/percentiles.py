"""Where a value stands among peers, from the norms' quantiles: one lookup a cohort, all signals at once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

ROWS_AT_ONCE = 512
"""Rows compared with all quantiles in one go; more would only use more memory."""


class Places:
    """Quantiles by cohort, as matrices of signals x probabilities with NaN where a signal has none.

    Args:
        norms: The part `norms` of a context.
        names: The k signals, in the order of the columns of values.
        probabilities: The m probabilities of the quantiles, increasing from 0 to 1.
        any_tier: The tier that stands for all; used for the signals of which a cohort has too few values.
    """

    def __init__(self, norms: pl.DataFrame, names: Sequence[str], probabilities: Floats, any_tier: str) -> None:
        self._probabilities, self._any_tier = probabilities, any_tier
        self._shape = (len(names), len(probabilities))
        place = {name: k for k, name in enumerate(names)}
        self._own: dict[tuple[str, str], Floats] = defaultdict(self._none)
        for platform, tier, name, quantiles in norms.select("platform", "tier", "signal", "quantiles").iter_rows():
            if name in place:
                self._own[platform, tier][place[name]] = quantiles
        self._cohorts: dict[tuple[str, str], Floats] = {}

    def _none(self) -> Floats:
        return np.full(self._shape, np.nan)

    def _quantiles(self, platform: str, tier: str) -> Floats:
        cohort = (platform, tier)
        if cohort not in self._cohorts:
            own, wider = self._own.get(cohort), self._own.get((platform, self._any_tier))
            own, wider = (self._none() if found is None else found for found in (own, wider))
            self._cohorts[cohort] = np.where(np.isnan(own), wider, own)
        return self._cohorts[cohort]

    def among(
        self, platform: str, tier: str | None, values: Floats, signals: slice | list[int] = slice(None)
    ) -> Floats:
        """Shares of peers below each value, n x k: 0 to 1, NaN where value or norm is missing.

        A value that several quantiles share stands in their middle (mid-rank).

        Args:
            platform: Of the peers.
            tier: Of the peers; all tiers with None.
            values: n x k.
            signals: Which of the signals the columns are of.
        """
        quantiles = self._quantiles(platform, tier or self._any_tier)[signals]
        parts = [
            self._placed(quantiles, values[k : k + ROWS_AT_ONCE]) for k in range(0, max(1, len(values)), ROWS_AT_ONCE)
        ]
        return np.concatenate(parts)

    def _placed(self, quantiles: Floats, values: Floats) -> Floats:
        last, probabilities = self._shape[1] - 1, self._probabilities
        left = (quantiles < values[:, :, None]).sum(axis=2)
        right = (quantiles <= values[:, :, None]).sum(axis=2)
        among = (probabilities[np.minimum(left, last)] + probabilities[np.maximum(right - 1, 0)]) / 2
        before, signal = np.clip(left - 1, 0, last - 1), np.arange(len(quantiles))
        low, high = quantiles[signal, before], quantiles[signal, before + 1]
        inside = (left > 0) & (left <= last) & (left == right)
        part = np.where(inside, values - low, 0.0) / np.where(inside, high - low, 1.0)
        between = probabilities[before] + part * (probabilities[before + 1] - probabilities[before])
        outside = np.where(left > 0, 1.0, 0.0)
        share = np.where(right > left, among, np.where(inside, between, outside))
        return np.where(np.isnan(values) | np.isnan(quantiles[:, 0]), np.nan, share)
