"""The risk that a model gives creators had some of what is known of them been otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.build import signals_over
from models.boosters import booster as boosters

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from features import Rows
    from models.fraud import FraudBundle


def risks_of(bundle: FraudBundle, values: NDArray[np.float64]) -> list[float]:
    """The risk score of each row of signals."""
    raw = boosters.raw_log_odds_of_each((bundle.booster,), values)[0]
    return [float(risk) for risk in 100.0 * bundle.calibration.probability(raw, values)]


def risks_of_changed(bundle: FraudBundle, rows: Rows, part: str, signals: pl.DataFrame) -> list[float]:
    """The risk score of creators whose rows of one part are others, while all other signals stay as they are.

    Args:
        bundle: The model.
        rows: The creators' rows, those of the part as they might have been.
        part: One of `features.evaluated.EVALUATED`.
        signals: The creators' own signals, in the order of `rows.creators`.
    """
    found = signals_over(rows, bundle.context, (part,))
    values = boosters.values(signals, bundle.names)
    values[:, [bundle.names.index(name) for name in found.columns]] = boosters.values(found, found.columns)
    return risks_of(bundle, values)
