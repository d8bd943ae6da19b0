"""HypeAuditor's reports; shares are in percent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from serving.compat.told import credibility, percent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from models.reports.report import Anomaly
    from serving.compat.told import Json, Told

LONG_AGO = 365
"""Days after which HypeAuditor calls an anomaly one of more than twelve months ago."""
GROWTH_KINDS = ("step", "drip", "decay", "round")


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
        "audience_authenticity": {"value": percent(credibility(told))},
        "audience_reachability": {"value": percent(_reachable(told)), "avg": None},
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
        "likes_views_ratio": {"value": percent(told.engagement.likes_views_ratio)},
        "views_followers_ratio": {"value": percent(told.engagement.views_followers_ratio)},
        "audience_reachability": {"value": percent(_reachable(told)), "similar": None},
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


def _score(told: Told) -> int | None:
    score = told.report.authenticity_score
    return None if score is None else max(1, round(score))


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
        "value": percent(told.engagement.rate_by_followers),
        peers: percent(told.medians.get("engagement_rate")),
        "performance": {name: {"value": percent(rate)} for name, rate in told.engagement.rate_by_period.items()},
    }


def _growth(told: Told) -> Json:
    rates = {} if told.report.growth is None else told.report.growth.rates
    return {name: {"value": percent(rate)} for name, rate in rates.items()}


def _anomalies(told: Told) -> Json | None:
    """HypeAuditor's code for what stands out of the history: mass following, abnormal growth, negative trend.

    None where there are too few counts to tell: nothing found is no organic growth then.
    """
    if told.report.growth is None or told.report.growth.label is None:
        return None
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
