"""What the client's methods take: records, verdicts, and the weights, risk and filters of a ranking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict

from models.rankings.ranking import RiskForm  # noqa: TC001 - types that are read at run time name it

Record = Mapping[str, object]
Verdict = Literal["genuine", "fraud", "unsure"]


class Weights(TypedDict, total=False):
    """How much each counts in a ranking; what is left out has its default."""

    relevance: float
    authenticity: float
    reach: float


class Risk(TypedDict, total=False):
    """How the fraud risk takes its part of the score."""

    form: RiskForm


class FollowerFilters(TypedDict, total=False):
    """Follower counts to stay within."""

    min_followers: int | None
    max_followers: int | None


class SimilarFilters(FollowerFilters, total=False):
    """Hard filters, as a brief has them."""

    platforms: list[str] | None
    tiers: list[str] | None
    countries: list[str] | None
    languages: list[str] | None
    exclude_brands: list[str] | None
    max_risk: float | None
