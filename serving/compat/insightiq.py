"""InsightIQ's profile analytics; audience values are in percent, credibility is a share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.compat.told import REACH, credibility, months, percent, weights

if TYPE_CHECKING:
    from serving.compat.told import Json, Told

NAMES = {"instagram": "Instagram", "tiktok": "TikTok", "youtube": "YouTube", "x": "Twitter", "linkedin": "LinkedIn"}


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
                for month, followers, following in months(told)
            ],
            "audience": {
                "credibility_score": credibility(told),
                "follower_types": []
                if types is None
                else [{"name": name.upper(), "value": 100.0 * share} for name, share in types],
                "follower_reachability": []
                if reach is None
                else [{"following_range": REACH[band], "value": 100.0 * share} for band, share in reach],
                "significant_followers_percentage": percent(audience.notable_share),
                "countries": weights(audience.countries, "value", 100.0),
                "languages": weights(audience.languages, "value", 100.0),
            },
            "audience_likers": {"credibility_score": None, "likers_not_followers_percentage": None},
        },
        "pricing": {"currency": told.pricing.currency, "post_type": {"static_post": {"price_range": prices}}},
    }
