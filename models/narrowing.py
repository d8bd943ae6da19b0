"""What one more input would do for the interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from models.decision import COVERAGE_OF, ENOUGH
from models.report import Narrowing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import lightgbm as lgb
    from numpy.typing import NDArray

    from features.signal import Signal
    from models.fraud import FraudBundle

EXAMPLES = 3


def gains(booster: lgb.Booster, signals: Sequence[Signal]) -> dict[str, tuple[float, tuple[str, ...]]]:
    """For each table, how much the booster's splits gain by the signals that need it, and which of these weigh most."""
    names = [signal.name for signal in signals]
    gain = dict(zip(names, booster.feature_importance("gain").tolist(), strict=True))
    found = {}
    for table in COVERAGE_OF:
        needing = [one.name for one in signals if any(need.startswith(f"{table}.") for need in one.needs)]
        used = sorted((name for name in needing if gain[name] > 0), key=lambda name: (-gain[name], name))
        found[table] = sum(gain[name] for name in used), tuple(used[:EXAMPLES])
    return found


def narrowings(
    bundle: FraudBundle,
    coverage: Sequence[Mapping[str, int | None]],
    answers: Sequence[Mapping[str, Any]],
    disagreement: NDArray[np.float64],
) -> list[tuple[Narrowing, ...]]:
    """For each creator the tables of which it has none or not enough, the one that the model weighs most first.

    The expected width is that of the bundle's interval with one more kind of evidence, at the same probability and
    disagreement; where there is no answer yet, at the base risk.

    Args:
        bundle: The model.
        coverage: Each creator's counts, by the columns of `models.decision.ENOUGH`.
        answers: Each creator's `probability`, `lo` and `hi`; None where there is no answer.
        disagreement: Standard deviation of the members' calibrated log odds, of each creator.
    """
    lacking = [
        [table for table, column in COVERAGE_OF.items() if (own[column] or 0) < ENOUGH[column]] for own in coverage
    ]
    known = [answer["probability"] for answer in answers]
    at = np.array([bundle.base_risk / 100.0 if one is None else one for one in known], dtype=np.float64)
    spread = np.where(np.array([one is None for one in known], dtype=np.bool_), 0.0, disagreement)
    level = np.array([len(COVERAGE_OF) - len(tables) + 1 for tables in lacking], dtype=np.int64)
    below, above = bundle.contract.interval.bounds(at, spread, level)
    widths = (above - below).tolist()
    return [
        tuple(_narrowing(bundle, table, answer, width) for table in sorted(tables, key=_weight(bundle)))
        for tables, answer, width in zip(lacking, answers, widths, strict=True)
    ]


def _weight(bundle: FraudBundle) -> Callable[[str], tuple[float, str]]:
    """Orders tables by how much the model weighs them, the most first."""
    return lambda table: (-bundle.gains[table][0], table)


def _narrowing(bundle: FraudBundle, table: str, answer: Mapping[str, Any], width: float) -> Narrowing:
    lo, hi = answer["lo"], answer["hi"]
    return Narrowing(
        input=table,
        enough=ENOUGH[COVERAGE_OF[table]],
        width_now=None if lo is None or hi is None else hi - lo,
        width_expected=width,
        signals=bundle.gains[table][1],
    )
