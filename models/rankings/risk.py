"""From fit, reach and risk to one score, by the weights of a brief.

Guides of this field ask for three things of a creator: relevance, authenticity and reach. Relevance is the fit, reach
the follower count on a logarithmic scale; the two are averaged into the merit. Authenticity is the fraud risk, which
takes its part of the merit in one of three forms. None of the three lets a score rise with the risk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import orjson
import polars as pl
from pydantic import ValidationError

from features.errors import UsageError, printable
from models.rankings.ranking import Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydantic_core import ErrorDetails

    from models.rankings.ranking import RiskForm
    from models.texts.documents import Brief

    Floats = NDArray[np.float64]

LEAST_REACH, MOST_REACH = 3.0, 7.0
"""log10 of the followers at which reach is 0 and 100: a thousand (where nano creators start) and ten million."""

GATE = 60.0
"""Highest risk that the gate lets through where the brief names none."""


def weights_of(brief: Brief) -> Weights:
    """The brief's own weights, the defaults for those that it does not name.

    Raises:
        UsageError: It names another weight, one that is negative or not finite, or all are 0.
    """
    given = brief.get("weights")
    try:
        return Weights.model_validate({} if given is None else orjson.loads(given) if isinstance(given, str) else given)
    except orjson.JSONDecodeError:
        raise UsageError("weights: expected an object of names and numbers, as JSON") from None
    except ValidationError as error:
        raise UsageError(f"weights: {'; '.join(map(_said, error.errors()))}") from None


def _said(fault: ErrorDetails) -> str:
    place, message = ".".join(map(str, fault["loc"])), fault["msg"]
    if fault["type"] == "extra_forbidden":
        return f"{printable(place)}: no such weight; there are {', '.join(Weights.model_fields)}"
    return f"{place}: {message}" if place else message.removeprefix("Value error, weights: ")


def gated(brief: Brief, form: RiskForm) -> Brief:
    """The brief with a `max_risk` of `GATE` where risk is a gate and it names none; else as it is."""
    if form == "gate" and brief.get("max_risk") is None:
        return {**brief, "max_risk": GATE}
    return brief


def reach_of(followers: pl.Series) -> Floats:
    """100 x (log10(followers) - `LEAST_REACH`) / (`MOST_REACH` - `LEAST_REACH`), held to 0 to 100; NaN if unknown."""
    known = followers.cast(pl.Float64).to_numpy()
    place = (np.log10(np.maximum(known, 1.0)) - LEAST_REACH) / (MOST_REACH - LEAST_REACH)
    return np.asarray(100.0 * np.clip(place, 0.0, 1.0), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Parts:
    """What the scores of n creators are made of.

    Attributes:
        fit: Fit before risk, 0 to 100.
        reach: 0 to 100, NaN where not known.
        risk: 0 to 100, NaN where not known.
    """

    fit: Floats
    reach: Floats
    risk: Floats

    def shares(self, weights: Weights) -> tuple[Floats, Floats]:
        """What fit and reach count for in the merit of each creator: two arrays that sum to 1.

        Where the follower count is not known, the fit counts alone. Both are 0 where neither weighs: with weight on
        authenticity alone, and for a creator of unknown reach where nothing but reach weighs.
        """
        reach = np.where(np.isnan(self.reach), 0.0, weights.reach)
        total = weights.relevance + reach
        nothing = total == 0
        total = np.where(nothing, 1.0, total)
        return np.where(nothing, 0.0, weights.relevance / total), reach / total

    def merit(self, weights: Weights) -> Floats:
        """(relevance x fit + reach weight x reach) / (relevance + reach weight), 0 to 100.

        With weight on authenticity alone everybody's merit is 100, so that risk makes the order.
        """
        if not (weights.relevance or weights.reach):
            return np.full(len(self.fit), 100.0)
        of_fit, of_reach = self.shares(weights)
        # Held to 100, which rounding could exceed; a share of 1 leaves the fit as it is, to the last bit.
        return np.minimum(of_fit * self.fit + of_reach * np.nan_to_num(self.reach), 100.0)

    def score(self, weights: Weights, form: RiskForm) -> Floats:
        """The merit after risk."""
        return after_risk(self.merit(weights), self.risk, weights.authenticity, form)


def after_risk(merit: Floats, risk: Floats, authenticity: float, form: RiskForm) -> Floats:
    """What is left of the merit, by form, with a = the weight of authenticity, at most 1:

    - multiply: merit x (1 - a x risk / 100)
    - subtract: merit - a x risk, at least 0
    - gate: merit; who is over the brief's `max_risk` (see `gated`) fails that filter and stands last

    Risk that is not known (NaN) changes nothing.
    """
    part = min(authenticity, 1.0) * np.nan_to_num(risk)
    if form == "multiply":
        return merit * (1.0 - part / 100.0)
    if form == "subtract":
        return np.maximum(merit - part, 0.0)
    return merit
