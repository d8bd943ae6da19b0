"""What one more input would do for the interval."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from features.lacking import OF_COMMENTERS, OF_PODS
from models.reports.report import Narrowing
from models.verdicts.decision import COVERAGE_OF, ENOUGH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import lightgbm as lgb
    from numpy.typing import NDArray

    from features.signal import Signal
    from models.fraud import FraudBundle

EXAMPLES = 3
CHANCY = {*OF_PODS, *OF_COMMENTERS, "step_without_post_share", "round_step_share", "same_order_of_commenters"}
"""Signals that more rows make known only where the corpus knows the commenters, or where there are jumps or people who
return: not to be promised."""


class Weighed(NamedTuple):
    """A signal that the booster splits on: its name, its place among the model's, and the tables and columns that it
    needs."""

    name: str
    place: int
    tables: frozenset[str]
    columns: frozenset[str]


def gains(booster: lgb.Booster, signals: Sequence[Signal]) -> dict[str, tuple[float, tuple[Weighed, ...]]]:
    """For each table, how much the booster's splits gain by the signals that need it, and these, the most first."""
    gain = booster.feature_importance("gain").tolist()
    weighed = [
        Weighed(one.name, place, frozenset(need.partition(".")[0] for need in one.needs), frozenset(one.needs))
        for place, one in enumerate(signals)
        if gain[place] > 0
    ]
    weighed.sort(key=lambda one: (-gain[one.place], one.name))
    found = {}
    for table in COVERAGE_OF:
        used = tuple(one for one in weighed if table in one.tables)
        found[table] = sum(gain[one.place] for one in used), used
    return found


def narrowings(
    bundle: FraudBundle,
    coverage: Sequence[Mapping[str, int | None]],
    answers: Sequence[Mapping[str, Any]],
    disagreement: NDArray[np.float64],
    values: NDArray[np.float64],
) -> list[tuple[Narrowing, ...]]:
    """For each creator the tables of which it has none or not enough, the one that the model weighs most first.

    The expected width is that of the bundle's interval with one more kind of evidence, at the same probability and
    disagreement; where there is no answer yet, at the base risk.

    Args:
        bundle: The model.
        coverage: Each creator's counts, by the columns of `models.verdicts.decision.ENOUGH`.
        answers: Each creator's `probability`, `lo` and `hi`, None where there is no answer, and `missing_inputs`.
        disagreement: Standard deviation of the members' calibrated log odds, of each creator.
        values: Each creator's signals, NaN where one is not known.
    """
    lacking = [
        [table for table, column in COVERAGE_OF.items() if (own[column] or 0) < ENOUGH[column]] for own in coverage
    ]
    if not any(lacking):
        return [()] * len(answers)
    known = [answer["probability"] for answer in answers]
    at = np.array([bundle.base_risk / 100.0 if one is None else one for one in known], dtype=np.float64)
    spread = np.where(np.array([one is None for one in known], dtype=np.bool_), 0.0, disagreement)
    level = np.array([len(COVERAGE_OF) - len(tables) + 1 for tables in lacking], dtype=np.int64)
    below, above = bundle.contract.interval.bounds(at, spread, level)
    widths = (above - below).tolist()
    unknown = np.isnan(values)
    return [
        tuple(
            _narrowing(table, answer, width, _made_known(bundle, table, own, unknown[k], answer["missing_inputs"]))
            for table in sorted(tables, key=_weight(bundle))
        )
        for k, (tables, own, answer, width) in enumerate(zip(lacking, coverage, answers, widths, strict=True))
    ]


def _weight(bundle: FraudBundle) -> Callable[[str], tuple[float, str]]:
    """Orders tables by how much the model weighs them, the most first."""
    return lambda table: (-bundle.gains[table][0], table)


def _made_known(
    bundle: FraudBundle,
    table: str,
    own: Mapping[str, int | None],
    unknown: NDArray[np.bool_],
    missing: Sequence[str] | None,
) -> tuple[str, ...]:
    """The first signals that are not known and need nothing but this table, or others of which there is something.

    More rows of a table that lacks a column will lack it too.
    """
    without = {other for other, column in COVERAGE_OF.items() if other != table and not own[column]}
    lacking = set(missing or ())
    told = (
        one.name
        for one in bundle.gains[table][1]
        if unknown[one.place]
        and one.name not in CHANCY
        and without.isdisjoint(one.tables)
        and lacking.isdisjoint(one.columns)
    )
    return tuple(islice(told, EXAMPLES))


def _narrowing(table: str, answer: Mapping[str, Any], width: float, signals: tuple[str, ...]) -> Narrowing:
    lo, hi = answer["lo"], answer["hi"]
    return Narrowing(
        input=table,
        enough=ENOUGH[COVERAGE_OF[table]],
        width_now=None if lo is None or hi is None else hi - lo,
        width_expected=width,
        signals=signals,
    )
