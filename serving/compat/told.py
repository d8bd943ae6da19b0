"""What the shapes of other services are filled from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from features import Context
    from models.reports.facts import Account, Audience, Engagement, Place, Pricing
    from models.reports.report import Report

Json = dict[str, object]

REACH = {"lt_500": "-500", "from_500_to_999": "500-1000", "from_1000_to_1500": "1000-1500", "gt_1500": "1500-"}
"""Our bands of accounts followed, and how Modash and InsightIQ call them."""


@dataclass(frozen=True)
class Told:
    """One creator: the report with its blocks, the days of the history, and the peers' medians of the signals."""

    report: Report
    account: Account
    audience: Audience
    engagement: Engagement
    pricing: Pricing
    days: Sequence[tuple[date, int | None, int | None]]
    medians: Mapping[str, float]


def told(report: Report, days: Sequence[tuple[date, int | None, int | None]], context: Context) -> Told:
    """Take up one creator; ValueError where the report was made without explanations, whose blocks are needed."""
    account, audience, engagement, pricing = report.account, report.audience, report.engagement, report.pricing
    if account is None or audience is None or engagement is None or pricing is None:
        raise ValueError("the report was made without explanations")
    medians = context.medians(report.peers.platform, report.peers.tier)
    return Told(report, account, audience, engagement, pricing, days, medians)


def percent(share: float | None) -> float | None:
    """A share in percent."""
    return None if share is None else 100.0 * share


def credibility(told: Told) -> float | None:
    """The share of followers who are genuine."""
    return None if told.audience.credibility is None else told.audience.credibility.value


def months(told: Told) -> list[tuple[str, int | None, int | None]]:
    """The last counts of each month."""
    last = {f"{day:%Y-%m}": (followers, following) for day, followers, following in told.days}
    return [(month, *counts) for month, counts in sorted(last.items())]


def weights(places: Sequence[Place], name: str, scale: float) -> list[Json]:
    """Countries or languages with their shares under that name."""
    return [{"code": place.code, name: scale * place.share} for place in places]
