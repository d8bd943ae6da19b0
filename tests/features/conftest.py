"""Small records written by hand, and the signals of one of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import features
from features.records import read

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
Record = dict[str, Any]


def creator(**fields: Any) -> Record:
    """A creator's record with nothing but what is given."""
    return {"creator_id": "c", "platform": "instagram", **fields}


def posts(likes: list[int | None], **columns: list[Any]) -> list[Record]:
    """Posts a day apart, the oldest first; further columns as lists of the same length."""
    start = NOW - timedelta(days=len(likes))
    rows = [
        {"post_id": f"p{place:03}", "likes": count, "posted_at": (start + timedelta(days=place)).isoformat()}
        for place, count in enumerate(likes)
    ]
    for name, values in columns.items():
        for row, value in zip(rows, values, strict=True):
            row[name] = value
    return rows


def history(followers: list[int | None], **columns: list[Any]) -> list[Record]:
    """Daily counts that end on the day of `NOW`."""
    start = NOW.date() - timedelta(days=len(followers) - 1)
    rows = [
        {"date": (start + timedelta(days=place)).isoformat(), "followers": count}
        for place, count in enumerate(followers)
    ]
    for name, values in columns.items():
        for row, value in zip(rows, values, strict=True):
            row[name] = value
    return rows


def comments(texts: list[str | None] | list[str], **columns: list[Any]) -> list[Record]:
    """Comments, each by another author under one post unless columns say otherwise."""
    rows = [
        {"comment_id": f"k{place:03}", "author_id": f"a{place}", "post_id": "p000", "text": text}
        for place, text in enumerate(texts)
    ]
    for name, values in columns.items():
        for row, value in zip(rows, values, strict=True):
            row[name] = value
    return rows


def signals_of(record: Record, **options: Any) -> Record:
    """The signals of one record as a dictionary."""
    return features.build(read([record], now=NOW), **options).row(0, named=True)


@pytest.fixture(scope="session")
def full_record() -> Record:
    """One creator with something in every table."""
    likes = [90 + 7 * (place % 9) for place in range(20)]
    texts = [f"where did you find that {word} number {place}" for place in range(6) for word in ("hat", "lamp", "bike")]
    return creator(
        handle="anna_travels7",
        bio="Slow travel. www.example.org",
        followers=4_000,
        following=600,
        posts_count=150,
        country="DE",
        language="de",
        created_at="2021-01-01T00:00:00Z",
        observed_at=NOW.isoformat(),
        posts=posts(likes, comments=[4 + place % 5 for place in range(20)], views=[900 + 11 * n for n in range(20)]),
        follower_history=history(
            [3_800 + 4 * day + day % 3 for day in range(45)], following=[600 + d for d in range(45)]
        ),
        comments=comments(texts, post_id=[f"p{place % 4:03}" for place in range(18)]),
        audience=[
            {
                "follower_id": f"f{place:03}",
                "followers": 40 + 9 * place,
                "following": 300 + 5 * place,
                "posts_count": place,
                "has_picture": place % 7 > 0,
                "bio_length": place % 40,
                "handle_digit_ratio": (place % 10) / 20,
                "country": "DE" if place % 3 else "AT",
                "followed_rank": place,
            }
            for place in range(120)
        ],
    )
