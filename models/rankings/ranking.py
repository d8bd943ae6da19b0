"""The typed answer about a brief: creators in their places, the same objects for HTTP and the command line.

The values are made here and not by a caller, so `models.rankings.rank` fills most of these without validating them
again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime  # noqa: TC003 - pydantic reads them at run time
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from models.frozen import Frozen
from models.reports.report import Band  # noqa: TC001 - pydantic reads it at run time

RiskForm = Literal["multiply", "subtract", "gate"]
"""How risk takes its part of the merit, see `models.rankings.risk.after_risk`."""

WeightName = Literal["relevance", "authenticity", "reach"]
WhyLeftOut = Literal["filters", "no_price", "budget", "overlap", "set_size"]


_EXACT = ConfigDict(extra="forbid")
"""Of the plain classes: fifty results have thousands of them, and pydantic's own take seven times as long to make."""


class Weights(Frozen):
    """How much each of the three counts; only relevance and reach weigh against each other."""

    relevance: float = Field(default=1.0, ge=0, allow_inf_nan=False, description="Of the fit to the brief.")
    authenticity: float = Field(
        default=0.5, ge=0, allow_inf_nan=False, description="Of the fraud risk, counted up to 1; 0 leaves risk out."
    )
    reach: float = Field(default=0.0, ge=0, allow_inf_nan=False, description="Of the follower count.")

    @model_validator(mode="after")
    def _something_counts(self) -> Weights:
        if not (self.relevance or self.authenticity or self.reach):
            raise ValueError("weights: at least one of relevance, authenticity and reach must be above 0")
        return self


@dataclass(slots=True)
class FitReason:
    """One pair feature's part in the fit. Over all reasons of a creator: base log odds + sum of `log_odds` =
    logit(fit_before_risk / 100), and base fit + sum of `points` = fit before risk. What adds nothing is left out."""

    __pydantic_config__ = _EXACT

    signal: str
    sentence: Annotated[str, Field(description="What the feature means.")]
    value: Annotated[
        float | None,
        Field(
            description="The feature's value; null where brief or creator do not say. The points then tell what that "
            "counts for."
        ),
    ]
    unit: str
    log_odds: Annotated[float, Field(description="Contribution to the log odds of the fit.")]
    points: Annotated[float, Field(description="Contribution to the fit before risk, in points of 100.")]
    matched_terms: Annotated[
        tuple[str, ...],
        Field(
            description="Words of brief and creator that agree most; of `brand_topics` the creator's that make "
            "it like creators of such brands, be they in the brief or not."
        ),
    ] = ()


@dataclass(slots=True)
class WhyAboveNext:
    """Something that a creator has over the one in the next place."""

    __pydantic_config__ = _EXACT

    component: Annotated[
        str, Field(description="A pair feature, 'reach', 'risk', or 'filters' where the next one fails some.")
    ]
    delta_points: Annotated[
        float | None,
        Field(
            description="Points of the fit score that it makes in favour of this creator; null for filters. Over all "
            "components, those that speak for the next one too, they sum to the difference of the scores."
        ),
    ]


@dataclass(slots=True)
class Traits:
    """Who the creator is."""

    __pydantic_config__ = _EXACT

    platform: str | None
    followers: int | None
    tier: str | None
    country: str | None
    language: str | None


@dataclass(slots=True)
class PastBrand:
    """An account that the creator tags or names as a sponsor."""

    __pydantic_config__ = _EXACT

    brand: str
    posts: Annotated[int, Field(description="Posts that do so.")]
    last: Annotated[date | None, Field(description="Day of the last one.")]
    excluded: Annotated[bool, Field(description="Whether the brief excludes creators who worked for this brand.")]


@dataclass(slots=True)
class QuotedPost:
    """A post that speaks of what the brief asks for."""

    __pydantic_config__ = _EXACT

    post_id: str
    posted_at: datetime | None
    matched_terms: Annotated[
        tuple[str, ...], Field(description="Words of the brief in it, those first that weigh most there.")
    ]


@dataclass(slots=True)
class AudienceMatch:
    """A country that the brief wants the audience in."""

    __pydantic_config__ = _EXACT

    country: str
    share: Annotated[float, Field(description="Share of the sampled followers whose country is known.")]


class Ranking(Frozen):
    """A creator's place for a brief."""

    brief_id: str
    rank: int = Field(ge=1, description="1 for the best.")
    creator_id: str
    fit_score: float = Field(description="Merit after risk, 0 to 100, not rounded; what the order follows.")
    fit_before_risk: float = Field(description="100 x calibrated probability that the creator fits the brief.")
    risk_score: float | None = Field(description="Fraud risk, 0 to 100; null where not known, and then without effect.")
    band: Band | None = Field(default=None, description="The risk's band; null where not known.")
    reach: float | None = Field(default=None, description="100 x place of log10(followers) between 3 and 7.")
    merit: float = Field(
        description="Mean of fit and reach by the weights of relevance and reach; the fit alone unless reach weighs."
    )
    failed_filters: tuple[str, ...] = Field(
        default=(), description="Filters that the creator is known to fail; such creators stand last."
    )
    traits: Traits
    price: float | None = Field(default=None, description="Asked for a post, USD.")
    niches: dict[str, float] = Field(default_factory=dict, description="The creator's first three niches.")
    specialisation: float | None = Field(
        default=None, description="0: its posts spread over all niches evenly; 1: all of one niche; null: says nothing."
    )
    base_log_odds: float = Field(description="Log odds of the fit before anything is known of brief and creator.")
    base_fit: float = Field(description="The same in points of 100.")
    reasons: tuple[FitReason, ...] = Field(
        default=(), description="Most points first. These and what follows are given for the first creators only."
    )
    why_above_next: tuple[WhyAboveNext, ...] = Field(
        default=(), description="What it beats the next place in, most points first, three at most."
    )
    quoted_posts: tuple[QuotedPost, ...] = ()
    past_brands: tuple[PastBrand, ...] = Field(
        default=(), description="Those first that the brief excludes, then those with most posts; ten at most."
    )
    audience_match: tuple[AudienceMatch, ...] = Field(
        default=(), description="The audience countries wanted; empty where none are or the creator's are not known."
    )


class Sensitivity(Frozen):
    """What would change if one weight were another."""

    weight: WeightName
    plus_10_percent: int = Field(description="Of the first ten, how many would be others with 1.1 x the weight.")
    minus_10_percent: int = Field(description="The same with 0.9 x the weight.")


class LeftOut(Frozen):
    """A creator who is not in the set though one of a lower place is."""

    creator_id: str
    rank: int
    why: WhyLeftOut
    overlaps_with: tuple[str, ...] = Field(default=(), description="Members it shares too many commenters with.")


class SuggestedSet(Frozen):
    """The creators among the first 200 places whose fit scores sum highest within the brief's limits."""

    members: tuple[str, ...] = Field(description="In the order of their places.")
    total_fit: float = Field(description="Sum of the members' fit scores.")
    total_price: float | None = Field(description="USD; null where a member's price is not known.")
    highest_overlap: float | None = Field(
        description="Largest estimated share of a member's commenters found with another; null where not known."
    )
    set_size: int
    budget: float | None
    max_overlap: float | None
    considered: int = Field(description="Creators that the set was chosen from.")
    without_price: int = Field(description="Creators left out because no price is known to count against the budget.")
    optimal: bool = Field(description="Whether no better set exists; false where the time for the search ran out.")
    left_out: tuple[LeftOut, ...] = Field(
        default=(), description="Creators with a higher place than the last member, and why; the first twenty."
    )


class Versions(Frozen):
    """What made an answer."""

    fit: str | None = None
    fraud: str | None = None
    index: str | None = None


class Rankings(Frozen):
    """The best candidates for a brief, the best first."""

    brief_id: str
    results: tuple[Ranking, ...]
    considered: int = Field(description="Creators there were before filters and retrieval.")
    excluded: dict[str, int] = Field(
        default_factory=dict, description="Creators that each filter left out of an index's answer."
    )
    notes: tuple[str, ...] = Field(default=(), description="What the brief asks for that could not be used.")
    sensitivity: tuple[Sensitivity, ...] = ()
    set: SuggestedSet | None = Field(default=None, description="Where the brief has set_size, budget or max_overlap.")
    weights: Weights
    risk_form: RiskForm
    model: Versions


class Similar(Frozen):
    """A creator like another, or one of a niche."""

    rank: int = Field(ge=1, description="1 for the most alike.")
    creator_id: str
    score: float = Field(description="0 to 1, see `models.similar`.")
    risk_score: float | None
    band: Band | None
    traits: Traits
    price: float | None = Field(default=None, description="Asked for a post, USD.")
    niches: dict[str, float] = Field(default_factory=dict, description="The creator's first three niches.")
    shared_traits: tuple[Literal["platform", "tier", "country", "language", "niche"], ...] = Field(
        default=(), description="Traits in which the two are alike; 'niche' is that of most weight."
    )
    matched_terms: tuple[str, ...] = Field(default=(), description="Words of both that agree most.")


class Similars(Frozen):
    """The creators most like another, or most of a niche."""

    creator_id: str | None
    niche: str | None
    results: tuple[Similar, ...]
    considered: int = Field(description="Creators there were before filters and retrieval.")
    excluded: dict[str, int] = Field(default_factory=dict, description="Creators that each filter left out.")
    notes: tuple[str, ...] = ()
    model: Versions
