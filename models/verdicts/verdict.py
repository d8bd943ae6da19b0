"""The answer to rows of signals, as arrays and as the frame that `score` writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.boosters import booster as boosters
from models.boosters.explanation import explain
from models.verdicts.calibration import sigmoid
from models.verdicts.decision import bands, decisions, evidence_levels, states

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.boosters.explanation import Explanation
    from models.fraud import FraudBundle

    Floats = NDArray[np.float64]

VERDICT = (
    "creator_id",
    "state",
    "probability",
    "lo",
    "hi",
    "risk_score",
    "band",
    "decision",
    "fake_follower_share",
    "fake_follower_share_lo",
    "fake_follower_share_hi",
    "missing_inputs",
)
"""Columns of a verdict, the ones that `score` writes."""

SHARE = ("fake_follower_share", "fake_follower_share_lo", "fake_follower_share_hi")

PACC, CROSS_CHECK, SHIFT = "fake_follower_pacc", "fake_follower_em", "fake_follower_shift"
"""Columns of a signals frame beside the share of fake followers, where a follower model estimated it."""


@dataclass(frozen=True)
class Judged:
    """Answers to n rows of signals. Where `level` is 0, probability, bounds and band are no answer.

    Attributes:
        level: Kinds of evidence of which there is enough, 0 to 4.
        probability: Calibrated probability.
        disagreement: Standard deviation of the members' calibrated log odds.
        lo: Lower bound of the interval.
        hi: Its upper bound.
        state: See `models.verdicts.decision.states`.
        band: See `models.verdicts.decision.bands`.
        decision: See `models.verdicts.decision.decisions`.
    """

    level: NDArray[np.int64]
    probability: Floats
    disagreement: Floats
    lo: Floats
    hi: Floats
    state: NDArray[np.str_]
    band: NDArray[np.str_]
    decision: NDArray[np.str_]


def judge(bundle: FraudBundle, signals: pl.DataFrame, values: Floats) -> Judged:
    """The answer to each row of `bundle.signals(...)`, whose `models.boosters.booster.values` are at hand."""
    level = evidence_levels(signals)
    raw = boosters.raw_log_odds_of_each((bundle.booster, *bundle.members), values)
    log_odds = bundle.calibration.log_odds(raw, values)
    probability, disagreement = sigmoid(log_odds[0]), np.std(log_odds[1:], axis=0)
    lo, hi = bundle.contract.interval.bounds(probability, disagreement, level)
    state, band = states(level, lo, hi, bundle.profile), bands(probability, bundle.profile)
    return Judged(level, probability, disagreement, lo, hi, state, band, decisions(state, band))


def risk_frame(bundle: FraudBundle, signals: pl.DataFrame) -> pl.DataFrame:
    """`creator_id`, `risk_score` and `band` as `verdict_frame` has them, without what only the rest of it needs.

    Args:
        bundle: The model.
        signals: Rows of `features.build` over its scored tables and its context.
    """
    answered = evidence_levels(signals) > 0
    values = boosters.values(signals, bundle.names)
    raw = boosters.raw_log_odds_of_each((bundle.booster,), values)[0]
    probability = bundle.calibration.probability(raw, values)
    return pl.DataFrame(
        {
            "creator_id": signals["creator_id"],
            "risk_score": _risk(probability, answered),
            "band": _band(bands(probability, bundle.profile), answered),
        }
    )


def explained(bundle: FraudBundle, values: Floats) -> Explanation:
    """Contributions of every signal to the log odds and to the risk, for each row of values."""
    raw = boosters.contributions(bundle.booster, values)
    return explain(bundle.base_log_odds, bundle.calibration.slope(values)[:, None] * raw[:, :-1])


def verdict_frame(judged: Judged, signals: pl.DataFrame) -> pl.DataFrame:
    """The columns of `VERDICT`, a row for each row of signals.

    `missing_inputs` and the share of fake followers are taken from the columns of these names; null without them.
    """
    answered = judged.level > 0
    numbers = {name: _known(getattr(judged, name), answered) for name in ("probability", "lo", "hi")}
    columns = {
        "creator_id": signals["creator_id"],
        "state": pl.Series("state", judged.state.tolist(), dtype=pl.String),
        **numbers,
        "risk_score": _risk(judged.probability, answered),
        "band": _band(judged.band, answered),
        "decision": pl.Series("decision", judged.decision.tolist(), dtype=pl.String),
        **{name: _column(signals, name, pl.Float64()) for name in SHARE},
        "missing_inputs": _column(signals, "missing_inputs", pl.List(pl.String)),
    }
    return pl.DataFrame([column.alias(name) for name, column in columns.items()])


def _known(values: Floats, answered: NDArray[np.bool_]) -> pl.Series:
    return pl.Series(np.where(answered, values, np.nan), nan_to_null=True)


def _risk(probability: Floats, answered: NDArray[np.bool_]) -> pl.Series:
    return _known(100.0 * probability, answered)


def _band(names: NDArray[np.str_], answered: NDArray[np.bool_]) -> pl.Series:
    told = [name if known else None for name, known in zip(names.tolist(), answered.tolist(), strict=True)]
    return pl.Series(told, dtype=pl.String)


def _column(signals: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Series:
    found = signals.get_column(name, default=None)
    return pl.Series(name, [None] * signals.height, dtype=dtype) if found is None else found
