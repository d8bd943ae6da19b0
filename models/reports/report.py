"""The typed answer about one creator: the same object for HTTP, the command line and the page."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads it at run time
from typing import Literal

from pydantic import Field

from models.frozen import Frozen
from models.reports.facts import (  # noqa: TC001 - pydantic reads them at run time
    Account,
    Audience,
    BrandSafety,
    Confidence,
    Engagement,
    Growth,
    Held,
    Inflated,
    Pricing,
    Said,
)

State = Literal["ready", "low_confidence", "insufficient_data"]
Band = Literal["low", "review", "high"]
Decision = Literal["approve", "review", "reject", "need_data"]
AnomalyKind = Literal["step", "drip", "decay", "round", "mass_following", "purge"]
Cause = Literal["viral_post", "collaboration", "giveaway", "press", "purge", "seasonal", "common"]


class Evidence(Frozen):
    """Where to look: ids of posts, comments or followers, or a range of days, and what was found there."""

    kind: Literal["posts", "comments", "followers", "days"]
    ids: tuple[str, ...] = Field(default=(), description="Ids of the posts, comments or followers concerned.")
    start: date | None = Field(default=None, description="First day concerned; of a stretch, that of the count before.")
    end: date | None = Field(default=None, description="Last day concerned.")
    facts: dict[str, float] = Field(default_factory=dict, description="Figures found there.")


class Reason(Frozen):
    """One signal's part in the score. Over all reasons: base log odds + sum of `log_odds` = logit(probability),
    and base risk + sum of `points` = risk score."""

    signal: str
    family: str
    sentence: str = Field(description="What the signal means and why fraud moves it.")
    value: float | None = Field(
        description="The signal's value; null where it could not be computed: the points tell what that is worth."
    )
    unit: str
    percentile: float | None = Field(
        description="Percentile rank among `peers`, 0 to 1: peers of the same value count by half. Among those of all "
        "sizes for a signal that too few of the size have."
    )
    telling: bool | None = Field(
        default=None,
        description="Whether the value itself stands on that side of its peers on which it speaks for what the points "
        "say. Where it does not, it counts only together with other signals. Null where it is not known.",
    )
    evidence: tuple[Evidence, ...] = Field(
        default=(), description="What made the value high, where that is what the points speak of."
    )
    log_odds: float = Field(description="Contribution to the log odds of the probability.")
    points: float = Field(description="Contribution to the risk score, in points of 100.")


class Anomaly(Frozen):
    """A stretch of the follower history that stands out."""

    kind: AnomalyKind
    start: date = Field(description="Day of the last count before it.")
    end: date = Field(description="Day of the last count that belongs to it.")
    size: int = Field(
        description="Followers gained (or lost, negative) over the stretch beyond the account's usual pace and what "
        "moved all accounts, of a decay as far as the counts fell; for mass following accounts followed and left again."
    )
    share_of_growth: float | None = Field(description="`size` over all followers gained in the history.")
    explained_by: Cause | None = Field(default=None, description="The benign cause found, if any.")
    evidence: tuple[Evidence, ...] = Field(default=(), description="The posts that explain it, or stand near it.")
    effect: float | None = Field(
        default=None,
        description="Points of risk that the score has because of it: the risk less the risk of the same record "
        "without it. Null where that was not worked out.",
    )


class Finding(Frozen):
    """A kind of fraud, or a benign cause, that the signals speak for."""

    kind: str
    log_odds: float = Field(
        description="Sum of the contributions of the signals that speak for it and, of a cause that explains rises of "
        "the followers, of what it takes away: the log odds as they are, less those had it explained nothing."
    )
    points: float = Field(description="The same in points of risk.")
    signals: tuple[str, ...] = Field(description="Those that speak for it; none where it does no more than explain.")
    evidence: tuple[Evidence, ...] = ()


class Contamination(Frozen):
    """What the audience is made of: the share of followers who are not genuine, however they came there."""

    share: float | None = Field(description="Estimated share of all followers who are not genuine; null if unknown.")
    lo: float | None = Field(description="Lower bound; the sample is finite and the follower model errs.")
    hi: float | None
    sampled: int = Field(description="Followers in the sample.")
    method: Literal["PACC and EM"] = Field(
        default="PACC and EM",
        description="Two corrections of the follower model's probabilities: expectation maximisation gives the share, "
        "probabilistic adjusted classify and count the interval and the alarm.",
    )
    pacc: float | None = Field(default=None, description="The share by probabilistic adjusted classify and count.")
    cross_check: float | None = Field(default=None, description="The share by expectation maximisation alone.")
    shift: bool | None = Field(
        default=None, description="Whether the sample is unlike the followers that the follower model learnt from."
    )
    note: str = Field(description="How to read it, or why there is no answer.")


class Intent(Frozen):
    """How likely it was bought, apart from what the audience is made of.

    The probability of the base and the contributions of all but what is known of the audience's composition: fake
    followers also arrive unasked, and having them is not having bought them. The order in which sampled followers
    arrived speaks of deliveries and is kept.
    """

    probability: float | None = Field(description="Null where nothing but the audience sample is there in amount.")
    lo: float | None = Field(description="Lower bound, with the doubt of the kinds of evidence that are left.")
    hi: float | None
    evidence: tuple[str, ...] = Field(description="Tables, apart from the audience sample, of which there is enough.")
    kinds: tuple[str, ...] = Field(description="Kinds of fraud that these signals speak for, the strongest first.")
    audience_points: float | None = Field(
        description="Points of the risk that what is known of the audience's composition makes; 0 without a sample."
    )
    note: str


class Counterfactual(Frozen):
    """What the risk would be had one thing not been there: the whole record scored again without it."""

    what: str = Field(description="What was taken away, in words.")
    kind: AnomalyKind | Literal["unexplained", "comments", "pod_comments", "posts"]
    start: date | None = Field(description="First day of it; null where it has no days.")
    end: date | None
    risk_score: float = Field(description="The risk as it is.")
    without: float = Field(description="The risk without it.")
    change: float = Field(description="`without` less `risk_score`.")


class Narrowing(Frozen):
    """What one more input would do for the interval."""

    input: str = Field(description="A table of which there is none or not enough.")
    enough: int = Field(description="Rows of it that are enough.")
    width_now: float | None = Field(description="Width of the interval now; null where there is no answer yet.")
    width_expected: float = Field(description="Width with one more kind of evidence at the same probability.")
    signals: tuple[str, ...] = Field(
        description="Signals that are not known and that it would make known, those that weigh most first; none where "
        "it would only tell those that are known better."
    )


class Costs(Frozen):
    """What being wrong costs, in any one currency."""

    missed_fraud: float
    false_accusation: float
    review: float


class ProfileUsed(Frozen):
    """The cut-offs in use, and the costs that they follow from."""

    name: str
    review: float = Field(description="From this probability on, a review is cheaper than approving.")
    high: float = Field(description="From this probability on, rejecting is cheaper than a review.")
    costs: Costs


class Peers(Frozen):
    """Whom the percentiles compare with."""

    platform: str
    tier: str | None = Field(
        description="Of the peers; null for all sizes: where followers are not known, or the norms have too few of "
        "that size."
    )
    creators: int | None = Field(description="Creators in the norms' cohort; null where the norms have none.")
    norms_version: str


class ModelUsed(Frozen):
    """Which model gave the answer, and the base that the reasons add to."""

    name: str
    version: str
    norms_version: str
    base_log_odds: float
    base_risk: float


class Report(Frozen):
    """One creator's answer. Probability, interval, risk and band are null when the data are insufficient.

    The blocks from `authenticity_score` on are null without explanations.
    """

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
    contamination: Contamination
    intent: Intent | None = Field(default=None, description="Null without explanations.")
    profile: ProfileUsed
    counterfactuals: tuple[Counterfactual, ...] = Field(
        default=(), description="What lowers the risk most when it is taken away; only where the band is not low."
    )
    narrowing: tuple[Narrowing, ...] = Field(
        default=(), description="Inputs that would narrow the interval, those that the model weighs most first."
    )
    peers: Peers
    model: ModelUsed
    input_hash: str
    schema_version: str | None = Field(default=None, description="Of the blocks below.")
    authenticity_score: float | None = Field(default=None, description="100 less the risk score: up is better.")
    confidence: Confidence | None = None
    account: Account | None = None
    data: Held | None = None
    audience: Audience | None = None
    engagement: Engagement | None = None
    growth: Growth | None = None
    comments: Said | None = None
    posts: tuple[Inflated, ...] = Field(default=(), description="Posts whose views look bought; often none.")
    brand_safety: BrandSafety | None = None
    pricing: Pricing | None = None
