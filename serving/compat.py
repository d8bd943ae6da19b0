"""Answers in the shape of another service, so that a caller can switch without rewriting.

What is told is ours, under the field names and in the units (percent, mostly) of the other service; fields that have no
counterpart are absent, figures that cannot be known are null. The whole report stands beside it under `report`.
Ethnicity, income, education and marital status, which some services return, are told by none of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, get_args

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from features import Context
    from features.records import Tables
    from models.facts import Account, Audience, Engagement, Place, Pricing
    from models.report import Anomaly, Report

Compat = Literal["hypeauditor", "insightiq", "modash"]
SERVICES: tuple[Compat, ...] = get_args(Compat)
Json = dict[str, object]

LONG_AGO = 365
"""Days after which HypeAuditor calls an anomaly one of more than twelve months ago."""
GROWTH_KINDS = ("step", "drip", "decay", "round")
REACH = {"lt_500": "-500", "from_500_to_999": "500-1000", "from_1000_to_1500": "1000-1500", "gt_1500": "1500-"}
"""Our bands of accounts followed, and how Modash and InsightIQ call them."""
NAMES = {"instagram": "Instagram", "tiktok": "TikTok", "youtube": "YouTube", "x": "Twitter", "linkedin": "LinkedIn"}


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


def answers(service: Compat, reports: Sequence[Report], tables: Tables, context: Context) -> list[Json]:
    """The reports in the shape of a service.

    Args:
        service: Whose shape.
        reports: With explanations, as the blocks come with them.
        tables: The creators' records.
        context: For the peers' medians.
    """
    history = tables.follower_history.partition_by("creator_id", as_dict=True)
    found = []
    for report in reports:
        frame = history.get((report.creator_id,))
        days = [] if frame is None else frame.select("date", "followers", "following").rows()
        found.append(_SHAPES[service](_told(report, days, context)) | {"report": orjson.Fragment(_json(report))})
    return found


def _json(report: Report) -> bytes:
    return report.model_dump_json().encode()


def _told(report: Report, days: Sequence[tuple[date, int | None, int | None]], context: Context) -> Told:
    account, audience, engagement, pricing = report.account, report.audience, report.engagement, report.pricing
    if account is None or audience is None or engagement is None or pricing is None:
        raise ValueError("the report was made without explanations")
    medians = context.medians(report.peers.platform, report.peers.tier)
    return Told(report, account, audience, engagement, pricing, days, medians)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100.0 * share


def _credibility(told: Told) -> float | None:
    return None if told.audience.credibility is None else told.audience.credibility.value


def _score(told: Told) -> int | None:
    score = told.report.authenticity_score
    return None if score is None else max(1, round(score))


def hypeauditor(told: Told) -> Json:
    """HypeAuditor's report of that platform; others than TikTok and YouTube in the shape of Instagram."""
    state = "READY" if told.report.state == "ready" else "READY_LOW_CONFIDENCE"
    if told.account.platform in ("tiktok", "youtube"):
        return {"result": {"report_state": state, **_hypeauditor_video(told)}}
    account, engagement = told.account, told.engagement
    user = {
        "username": account.handle,
        "full_name": account.display_name,
        "is_private": account.private,
        "is_verified": account.verified,
        "posts_count": account.posts_count,
        "followers_count": account.followers,
        "followings_count": account.following,
        "avg_likes": engagement.likes,
        "avg_comments": engagement.comments,
        "aqs": _score(told),
        "aqs_name": told.report.band,
        "audience_type": _types(told, "susp"),
        "audience_authenticity": {"value": _percent(_credibility(told))},
        "audience_reachability": {"value": _percent(_reachable(told)), "avg": None},
        "comments_authenticity": {"value": _comments(told)},
        "er": _rate(told, "avg"),
        "subscribers_growth_prc": {"performance": _growth(told)},
        "blogger_graph_anomalies": {"description": _anomalies(told)},
        "followers_chart": [{"date": _seconds(day), "count": n} for day, n, _ in told.days if n is not None],
        "following_chart": [{"date": _seconds(day), "count": n} for day, _, n in told.days if n is not None],
        "brand_safety": _safety(told),
        "blogger_geo": {"country": account.country},
        "blogger_languages": [account.language] if account.language else [],
        "blogger_prices": _prices(told),
        "likes_not_from_followers": None,
    }
    return {"result": {"report_state": state, "user": user}}


def _hypeauditor_video(told: Told) -> Json:
    """The parts of a report of TikTok or YouTube."""
    account = told.account
    youtube = account.platform == "youtube"
    metrics = {
        "subscribers_count": {"value": account.followers},
        "following_count": {"value": account.following},
        "media_count": {"value": account.posts_count},
        "er": _rate(told, "similar"),
        "subscribers_growth_prc": {"performance": _growth(told)},
        "likes_views_ratio": {"value": _percent(told.engagement.likes_views_ratio)},
        "views_followers_ratio": {"value": _percent(told.engagement.views_followers_ratio)},
        "audience_reachability": {"value": _percent(_reachable(told)), "similar": None},
        "views_avg": {"value": told.engagement.views},
    }
    features: Json = {
        "cqs" if youtube else "aqs": {"data": {"value": _score(told)}},
        "comments_authenticity": {"data": {"value": _comments(told)}},
        "brand_safety": {"data": _safety(told)},
        "blogger_prices": {"data": _prices(told)},
        "blogger_geo": {"data": {"country": account.country}},
    }
    if not youtube:
        features["audience_by_type"] = {"data": _types(told, "bots")}
    history = [{"time": _seconds(day), "value": n, "time_iso": f"{day}"} for day, n, _ in told.days if n is not None]
    return {
        "report": {
            "basic": {"id": told.report.creator_id, "username": account.handle, "title": account.display_name},
            "metrics": metrics,
            "features": features,
        },
        "metrics_history": {"subscribers_count": {"value": account.followers, "history": history}},
    }


def _types(told: Told, suspicious: str) -> Json | None:
    """HypeAuditor's four types in percent; it calls the suspicious ones differently by platform."""
    types = told.audience.types
    if types is None:
        return None
    return {
        "real": 100.0 * types.real,
        suspicious: 100.0 * types.suspicious,
        "infs": 100.0 * types.influencers,
        "mass": 100.0 * types.mass_followers,
    }


def _reachable(told: Told) -> float | None:
    """The share of followers who follow at most 1,500 accounts."""
    reach = told.audience.reachability
    return None if reach is None else 1.0 - reach.gt_1500


def _comments(told: Told) -> float | None:
    said = told.report.comments
    return None if said is None or said.authentic_share is None else 100.0 * said.authentic_share.value


def _rate(told: Told, peers: str) -> Json:
    return {
        "value": _percent(told.engagement.rate_by_followers),
        peers: _percent(told.medians.get("engagement_rate")),
        "performance": {name: {"value": _percent(rate)} for name, rate in told.engagement.rate_by_period.items()},
    }


def _growth(told: Told) -> Json:
    rates = {} if told.report.growth is None else told.report.growth.rates
    return {name: {"value": _percent(rate)} for name, rate in rates.items()}


def _anomalies(told: Told) -> Json:
    """HypeAuditor's code for what stands out of the history: mass following, abnormal growth, negative trend."""
    newest = max((day for day, *_ in told.days), default=None)
    open_ones = [one for one in told.report.anomalies if one.explained_by is None]
    found = {
        "FU_PATT": [one for one in open_ones if one.kind == "mass_following"],
        "AG": [one for one in open_ones if one.kind in GROWTH_KINDS],
        "NT": [one for one in open_ones if one.kind == "purge" or one.size < 0],
    }
    code = "_".join(_aged(name, some, newest) for name, some in found.items() if some) or "ORGANIC"
    return {"mark": "great" if code == "ORGANIC" else "poor", "title": code}


def _aged(name: str, anomalies: Sequence[Anomaly], newest: date | None) -> str:
    old = newest is not None and all((newest - one.end).days > LONG_AGO for one in anomalies)
    return f"{name}_MORE_12M" if old else name


def _safety(told: Told) -> Json | None:
    safety = told.report.brand_safety
    if safety is None or safety.hits is None:
        return None
    mark = "POSITIVE" if not safety.hits else "NEUTRAL" if safety.hits < 2 else "NEGATIVE"
    items = {item.category: {"value": item.hit} for item in safety.items}
    return {"score": safety.hits, "mark": mark, "items": items}


def _prices(told: Told) -> Json:
    post, cpe = told.pricing.post, told.pricing.cpe
    return {
        "post_price_from": None if post is None else post.lo,
        "post_price_to": None if post is None else post.hi,
        "cpe_from": None if cpe is None else cpe.lo,
        "cpe_to": None if cpe is None else cpe.hi,
    }


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def modash(told: Told) -> Json:
    """Modash's report of a profile; its audience shares are between 0 and 1."""
    account, audience, engagement = told.account, told.audience, told.engagement
    credibility, types = _credibility(told), audience.types
    reach = audience.reachability
    return {
        "error": False,
        "profile": {
            "userId": told.report.creator_id,
            "profile": {
                "fullname": account.display_name,
                "username": account.handle,
                "followers": account.followers,
                "engagementRate": engagement.rate_by_followers,
            },
            "isVerified": account.verified,
            "isPrivate": account.private,
            "country": account.country,
            "language": {"code": account.language},
            "postsCount": account.posts_count,
            "following": account.following,
            "avgLikes": engagement.likes,
            "avgComments": engagement.comments,
            "avgViews": engagement.views,
            "paidPostPerformance": engagement.paid_vs_organic,
            "statHistory": [
                {"month": month, "followers": followers, "following": following}
                for month, followers, following in _months(told)
            ],
            "audience": {
                "credibility": credibility,
                "fakeFollowers": None if credibility is None else 1.0 - credibility,
                "notable": audience.notable_share,
                "audienceTypes": [] if types is None else [{"code": k, "weight": v} for k, v in types],
                "audienceReachability": []
                if reach is None
                else [{"code": REACH[band], "weight": share} for band, share in reach],
                "geoCountries": _weights(audience.countries, "weight", 1.0),
                "languages": _weights(audience.languages, "weight", 1.0),
            },
            "audienceExtra": {"engagementRateMedian": told.medians.get("engagement_rate")},
        },
    }


def insightiq(told: Told) -> Json:
    """InsightIQ's profile analytics; its audience values are in percent, credibility is a share."""
    account, audience, engagement = told.account, told.audience, told.engagement
    types, reach, post = audience.types, audience.reachability, told.pricing.post
    prices = {"min": None if post is None else post.lo, "max": None if post is None else post.hi}
    return {
        "work_platform": {"name": NAMES[account.platform]},
        "profile": {
            "external_id": told.report.creator_id,
            "platform_username": account.handle,
            "full_name": account.display_name,
            "content_count": account.posts_count,
            "is_verified": account.verified,
            "language": account.language,
            "follower_count": account.followers,
            "engagement_rate": engagement.rate_by_followers,
            "average_likes": engagement.likes,
            "average_comments": engagement.comments,
            "average_views": engagement.views,
            "location": {"country": account.country},
            "reputation_history": [
                {"month": month, "follower_count": followers, "following_count": following}
                for month, followers, following in _months(told)
            ],
            "audience": {
                "credibility_score": _credibility(told),
                "follower_types": []
                if types is None
                else [{"name": name.upper(), "value": 100.0 * share} for name, share in types],
                "follower_reachability": []
                if reach is None
                else [{"following_range": REACH[band], "value": 100.0 * share} for band, share in reach],
                "significant_followers_percentage": _percent(audience.notable_share),
                "countries": _weights(audience.countries, "value", 100.0),
                "languages": _weights(audience.languages, "value", 100.0),
            },
            "audience_likers": {"credibility_score": None, "likers_not_followers_percentage": None},
        },
        "pricing": {"currency": told.pricing.currency, "post_type": {"static_post": {"price_range": prices}}},
    }


def _months(told: Told) -> list[tuple[str, int | None, int | None]]:
    """The last counts of each month."""
    last = {f"{day:%Y-%m}": (followers, following) for day, followers, following in told.days}
    return [(month, *counts) for month, counts in sorted(last.items())]


def _weights(places: Sequence[Place], name: str, scale: float) -> list[Json]:
    return [{"code": place.code, name: scale * place.share} for place in places]


_SHAPES: dict[Compat, Callable[[Told], Json]] = {
    "hypeauditor": hypeauditor,
    "insightiq": insightiq,
    "modash": modash,
}
