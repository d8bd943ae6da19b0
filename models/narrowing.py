"""What one more input would do for the interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from models.decision import COVERAGE_OF, ENOUGH
from models.report import Narrowing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import lightgbm as lgb

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
    coverage: Mapping[str, int | None],
    answer: Mapping[str, Any],
    disagreement: float,
    by_table: Mapping[str, tuple[float, tuple[str, ...]]],
) -> tuple[Narrowing, ...]:
    """The tables of which one creator has none or not enough, the one that the model weighs most first.

    The expected width is that of the bundle's interval with one more kind of evidence, at the same probability and
    disagreement; where there is no answer yet, at the base risk.

    Args:
        bundle: The model.
        coverage: The creator's counts, by the columns of `models.decision.ENOUGH`.
        answer: The creator's `probability`, `lo` and `hi`; None where there is no answer.
        disagreement: Standard deviation of the members' calibrated log odds.
        by_table: Of `gains`.
    """
    lacking = [table for table, column in COVERAGE_OF.items() if (coverage[column] or 0) < ENOUGH[column]]
    if not lacking:
        return ()
    probability, lo, hi = (answer[name] for name in ("probability", "lo", "hi"))
    at, spread = (bundle.base_risk / 100.0, 0.0) if probability is None else (probability, disagreement)
    level = len(COVERAGE_OF) - len(lacking) + 1
    below, above = bundle.contract.interval.bounds(np.array([at]), np.array([spread]), np.array([level]))
    return tuple(
        Narrowing(
            input=table,
            enough=ENOUGH[COVERAGE_OF[table]],
            width_now=None if lo is None or hi is None else hi - lo,
            width_expected=float(above[0] - below[0]),
            signals=by_table[table][1],
        )
        for table in sorted(lacking, key=lambda table: (-by_table[table][0], table))
    )
