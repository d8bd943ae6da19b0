"""The typed answer about one creator: the same object for HTTP, the command line and the page."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads it at run time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

State = Literal["ready", "low_confidence", "insufficient_data"]
Band = Literal["low", "review", "high"]
Decision = Literal["approve", "review", "reject", "need_data"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(_Frozen):
    """Where to look: ids of posts, comments or followers, or a range of days, and what was found there."""

    kind: Literal["posts", "comments", "followers", "days"]
    ids: tuple[str, ...] = Field(default=(), description="Ids of the posts, comments or followers concerned.")
    start: date | None = Field(default=None, description="First day concerned.")
    end: date | None = Field(default=None, description="Last day concerned.")
    facts: dict[str, float] = Field(default_factory=dict, description="Figures found there.")


class Reason(_Frozen):
    """One signal's part in the score. Over all reasons: base log odds + sum of `log_odds` = logit(probability),
    and base risk + sum of `points` = risk score."""

    signal: str
    family: str
    sentence: str = Field(description="What the signal means and why fraud moves it.")
    value: float | None = Field(description="The signal's value; null where it could not be computed.")
    unit: str
    percentile: float | None = Field(description="Place among peers of the same platform and size, 0 to 1.")
    evidence: tuple[Evidence, ...] = ()
    log_odds: float = Field(description="Contribution to the log odds of the probability.")
    points: float = Field(description="Contribution to the risk score, in points of 100.")


class Anomaly(_Frozen):
    """A stretch of the follower history that stands out."""

    kind: Literal["step", "round", "drop"]
    start: date
    end: date
    size: int = Field(description="Followers gained (or lost, negative) over the stretch.")
    share_of_growth: float | None = Field(description="Part of all followers gained in the history.")
    explained_by: str | None = Field(default=None, description="The benign cause found, if any.")
    evidence: tuple[Evidence, ...] = ()


class Finding(_Frozen):
    """A kind of fraud, or a benign cause, that the signals speak for."""

    kind: str
    log_odds: float = Field(description="Sum of the contributions of the signals that speak for it.")
    points: float
    signals: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()


class Peers(_Frozen):
    """Whom the percentiles compare with."""

    platform: str
    tier: str | None
    creators: int | None = Field(description="Creators in the norms' cohort; null where the norms have none.")
    norms_version: str


class ModelUsed(_Frozen):
    """Which model gave the answer, and the base that the reasons add to."""

    name: str
    version: str
    norms_version: str
    base_log_odds: float
    base_risk: float


class Report(_Frozen):
    """One creator's answer. Probability, interval, risk and band are null when the data are insufficient."""

    creator_id: str
    state: State
    probability: float | None = Field(description="Calibrated probability that the audience or engagement is bought.")
    lo: float | None
    hi: float | None
    risk_score: float | None = Field(description="100 x probability, not rounded.")
    band: Band | None
    decision: Decision
    fake_follower_share: float | None = None
    fake_follower_share_lo: float | None = None
    fake_follower_share_hi: float | None = None
    reasons: tuple[Reason, ...] = ()
    missing_inputs: tuple[str, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    types: tuple[Finding, ...] = ()
    benign: tuple[Finding, ...] = ()
    peers: Peers
    model: ModelUsed
    input_hash: str
