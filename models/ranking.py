"""The typed answer about a brief: one creator's place in it, the same object for HTTP and the command line."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FitReason(_Frozen):
    """One pair feature's part in the fit. Over all reasons of a creator: base log odds + sum of `log_odds` =
    logit(fit_before_risk / 100), and base fit + sum of `points` = fit before risk. What adds nothing is left out."""

    signal: str
    sentence: str = Field(description="What the feature means.")
    value: float | None = Field(description="The feature's value; null where brief or creator do not say.")
    unit: str
    log_odds: float = Field(description="Contribution to the log odds of the fit.")
    points: float = Field(description="Contribution to the fit before risk, in points of 100.")
    matched_terms: tuple[str, ...] = Field(default=(), description="Words of brief and creator that agree most.")


class Ranking(_Frozen):
    """A creator's place for a brief."""

    brief_id: str
    rank: int = Field(ge=1, description="1 for the best.")
    creator_id: str
    fit_score: float = Field(description="Fit after risk, 0 to 100, not rounded.")
    fit_before_risk: float = Field(description="100 x calibrated probability that the creator fits the brief.")
    risk_score: float | None = Field(description="Fraud risk, 0 to 100; null where not known, and then without effect.")
    failed_filters: tuple[str, ...] = Field(
        default=(), description="Filters of the brief that the creator is known to fail; such creators stand last."
    )
    base_log_odds: float = Field(description="Log odds of the fit before anything is known of brief and creator.")
    base_fit: float = Field(description="The same in points of 100.")
    reasons: tuple[FitReason, ...] = ()
