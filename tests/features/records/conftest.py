"""Example records shared by the tests of the door."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def record() -> dict[str, object]:
    """One creator with every table, as HTTP sends it."""
    return {
        "creator_id": "ada",
        "platform": "instagram",
        "handle": "ada.l",
        "followers": 12_400,
        "following": None,
        "verified": True,
        "price": 120.5,
        "created_at": "2019-03-02T10:00:00Z",
        "posts": [
            {"post_id": "p2", "posted_at": "2025-05-02T10:00:00+02:00", "likes": 310, "mentions": ["nasa", "esa"]},
            {"post_id": "p1", "posted_at": "2025-05-01", "likes": None, "media_type": "image", "sponsors": []},
        ],
        "follower_history": [{"date": "2025-05-02", "followers": 12_390}, {"date": "2025-05-01", "followers": 12_380}],
        "comments": [
            {
                "comment_id": 7,
                "post_id": "p1",
                "author_id": "bob",
                "text": "\u00e9t\u00e9 \U0001f600",
                "is_reply": False,
            }
        ],
        "audience": [{"follower_id": "f1", "handle_digit_ratio": 0.25, "followers": 3.0}],
    }
