"""Modash's reports; shares are between 0 and 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.compat.told import REACH, credibility, months, weights

if TYPE_CHECKING:
    from serving.compat.told import Json, Told


def modash(told: Told) -> Json:
    """Modash's report of a profile; its audience shares are between 0 and 1."""
    account, audience, engagement = told.account, told.audience, told.engagement
    genuine, types = credibility(told), audience.types
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
                for month, followers, following in months(told)
            ],
            "audience": {
                "credibility": genuine,
                "fakeFollowers": None if genuine is None else 1.0 - genuine,
                "notable": audience.notable_share,
                "audienceTypes": [] if types is None else [{"code": k, "weight": v} for k, v in types],
                "audienceReachability": []
                if reach is None
                else [{"code": REACH[band], "weight": share} for band, share in reach],
                "geoCountries": weights(audience.countries, "weight", 1.0),
                "languages": weights(audience.languages, "weight", 1.0),
            },
            "audienceExtra": {"engagementRateMedian": told.medians.get("engagement_rate")},
        },
    }
