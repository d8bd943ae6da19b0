"""Whether it was bought, apart from what the audience is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.signal import Family
from models.verdicts.calibration import sigmoid
from models.verdicts.decision import COVERAGE_OF, enough

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from features.signal import Signal
    from models.boosters.explanation import Explanation
    from models.verdicts.interval import Interval

    Floats = NDArray[np.float64]

NOTE = (
    "This probability leaves out what the sampled followers are made of, but not the order in which they came. Where "
    "it differs from the score, what they are made of is the difference."
)
NOTHING_LEFT = "Enough was handed in of the audience sample alone, which cannot show how it came about."
NO_ANSWER = "The data are insufficient."


@dataclass(frozen=True)
class Intents:
    """Answers to n rows; probability and bounds are NaN where there is none.

    Attributes:
        audience_points: Points of the risk that what is known of the audience's composition makes.
        evidence: For each row the tables, apart from the audience, of which there is enough.
    """

    probability: Floats
    lo: Floats
    hi: Floats
    audience_points: Floats
    evidence: tuple[tuple[str, ...], ...]


def composition(signal: Signal) -> bool:
    """Whether a signal says what the audience is made of: its family, but for what reads the order of arrival."""
    return signal.family is Family.AUDIENCE and "audience.followed_rank" not in signal.needs


def intents(
    explanation: Explanation,
    definitions: Sequence[Signal],
    values: Floats,
    signals: pl.DataFrame,
    disagreement: Floats,
    interval: Interval,
) -> Intents:
    """sigmoid(base + the contributions of all but what is known of the audience's composition), with its interval.

    What is not known of it stays: it tells nothing of an audience and only moves the start.

    Args:
        explanation: n x k contributions.
        definitions: The k signals.
        values: n x k values, NaN where a signal is not known.
        signals: The n rows, for their coverage.
        disagreement: Standard deviation of the members' calibrated log odds, n.
        interval: The bundle's; asked at the level of evidence that the tables without the audience give.
    """
    made_of = np.array([composition(signal) for signal in definitions]) & ~np.isnan(values)
    probability = sigmoid(explanation.base_log_odds + np.where(made_of, 0.0, explanation.log_odds).sum(axis=1))
    tables = [table for table in COVERAGE_OF if table != "audience"]
    there = enough(signals)[:, [k for k, table in enumerate(COVERAGE_OF) if table != "audience"]]
    level = there.sum(axis=1)
    lo, hi = interval.bounds(probability, disagreement, level)
    probability, lo, hi = (np.where(level > 0, part, np.nan) for part in (probability, lo, hi))
    points = np.where(made_of, explanation.points, 0.0).sum(axis=1)
    named = tuple(tuple(t for t, known in zip(tables, row, strict=True) if known) for row in there.tolist())
    return Intents(probability, lo, hi, points, named)
