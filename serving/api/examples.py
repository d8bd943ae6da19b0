"""Worked examples of requests: invented creators, complete enough to get an answer."""

from __future__ import annotations

from datetime import date, timedelta

FIRST_DAY = date(2025, 3, 3)
DAYS = 30

BRIEF: dict[str, object] = {
    "brief_id": "spring-tea",
    "brand": "Example Tea Company",
    "text": "Loose-leaf green tea for people who cook and bake at home; calm, sunny kitchens.",
    "niches": ["food"],
    "platforms": ["instagram"],
    "countries": ["GB", "IE"],
    "languages": ["en"],
    "max_risk": 60,
}


def creator(
    creator_id: str = "creator-1", *, followers: int = 48_200, bio: str = "Bread, tea and slow mornings."
) -> dict[str, object]:
    """A record with its tables nested: eight posts, thirty days of follower counts, three comments."""
    return {
        "creator_id": creator_id,
        "platform": "instagram",
        "handle": creator_id.replace("-", "."),
        "bio": bio,
        "followers": followers,
        "following": 612,
        "posts_count": 318,
        "country": "GB",
        "language": "en",
        "created_at": "2019-05-14T09:30:00Z",
        "observed_at": "2025-04-01T12:00:00Z",
        "posts": [_post(k, followers) for k in range(8)],
        "follower_history": [
            {"date": (FIRST_DAY + timedelta(days=k)).isoformat(), "followers": followers - 35 * (DAYS - k) + k * k % 11}
            for k in range(DAYS)
        ],
        "comments": [
            {"comment_id": "c1", "post_id": "p7", "author_id": "a17", "text": "Which flour did you use for this one?"},
            {
                "comment_id": "c2",
                "post_id": "p7",
                "author_id": "a04",
                "text": "Made it on Sunday, perfect crust",
            },
            {"comment_id": "c3", "post_id": "p6", "author_id": "a31", "text": "😍😍"},
        ],
    }


def _post(k: int, followers: int) -> dict[str, object]:
    likes = followers * (21 + 5 * k % 13) // 1000
    captions = ("Sourdough, third try.", "Lemon and poppy seed loaf.", "The first green tea of spring.", "Rye, slowly.")
    return {
        "post_id": f"p{k}",
        "posted_at": f"{(FIRST_DAY + timedelta(days=4 * k)).isoformat()}T17:{10 + 5 * k}:00Z",
        "likes": likes,
        "comments": likes // 40 + k % 3,
        "caption": captions[k % len(captions)],
        "media_type": "image",
    }


CREATOR = creator()
SCORE: dict[str, object] = {"creator": CREATOR, "explain": True}
SECOND = creator("creator-2", followers=9_150)
SCORE_BATCH: dict[str, object] = {"creators": [CREATOR, SECOND], "explain": False}
INDEXED = [
    CREATOR,
    creator("creator-2", followers=9_150, bio="Barbell, chalk, early trains."),
    creator("creator-3", followers=31_700, bio="Tea, mostly green."),
]
"""The creators of a small index, which the worked examples of what needs one are answered from."""

RANK: dict[str, object] = {
    "brief": BRIEF,
    "candidates": INDEXED[:2],
    "top": 2,
}
RANK_INDEX: dict[str, object] = {
    "brief": BRIEF,
    "top": 20,
    "reasons": 5,
    "risk": {"form": "gate"},
    "weights": {"relevance": 1, "authenticity": 0.5, "reach": 0.2},
    "filters": {"min_followers": 5_000, "max_followers": 500_000},
}
AUDIT: dict[str, object] = {
    "key": "case-4711-second-reader",
    "creator_id": "creator-1",
    "verdict": "fraud",
    "audited_at": "2025-04-02T10:15:00Z",
    "fake_follower_share": 0.35,
    "types": ["bought_followers"],
    "reviewer": "reader-2",
    "note": "Three steps in March, no post near any of them.",
}
SIMILAR: dict[str, object] = {"creator_id": "creator-1", "top": 2, "filters": {"platforms": ["instagram"]}}
SIMILAR_NICHE: dict[str, object] = {"niche": "food", "top": 20, "filters": {"max_risk": 60}}
