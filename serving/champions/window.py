"""How far what a process serves has moved from what its model was trained on, for Prometheus."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from models.boosters import booster as boosters
from models.drift import shift
from serving import metrics

if TYPE_CHECKING:
    import polars as pl

    from models.drift import Shift
    from models.fraud import FraudBundle
    from models.reporting import Reported

ROWS = 2_000
"""Answers that are kept, the last ones."""
FEWEST = 50
"""Answers below which nothing is told."""
TOP = 10
"""Signals that are told of: those that the model's trees gain most from."""
SCORE = "score"


class Window:
    """The last answers of one model in one process, a row each: the score, then the model's top signals.

    Attributes:
        names: What the columns are.
    """

    def __init__(self, bundle: FraudBundle) -> None:
        gain = bundle.booster.feature_importance("gain")
        top = [bundle.names[k] for k in np.argsort(-gain, kind="stable")[:TOP]]
        self.names = (SCORE, *top)
        self._reference = {SCORE: bundle.reference.score, **{name: bundle.reference.signals[name] for name in top}}
        self._rows = np.full((ROWS, len(self.names)), np.nan)
        self._added = 0
        self._lock = Lock()

    def add(self, answered: Reported) -> None:
        """Keep what was answered; creators without an answer are left out, as they were of the training."""
        known = answered.verdict["probability"].is_not_null()
        if not known.any():
            return
        rows = np.column_stack([answered.verdict["probability"].to_numpy(), self._signals(answered.signals)])
        with self._lock:
            for row in rows[known.to_numpy()]:
                self._rows[self._added % ROWS] = row
                self._added += 1

    def shifts(self) -> list[Shift]:
        """How far each number has moved; none while there are too few answers."""
        with self._lock:
            rows = self._rows[: min(self._added, ROWS)].copy()
        if len(rows) < FEWEST:
            return []
        return [
            shift(name, self._reference[name], self._reference[name].filled(rows[:, k]), compared=len(self.names))
            for k, name in enumerate(self.names)
        ]

    def publish(self) -> None:
        """Tell Prometheus."""
        for one in self.shifts():
            metrics.drifted(one)

    def _signals(self, signals: pl.DataFrame) -> np.ndarray:
        return boosters.values(signals, self.names[1:])
