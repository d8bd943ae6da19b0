"""How many creators a commenter serves."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import polars as pl
import pytest

from features.corpus import commenters
from features.records import Tables, read
from tests.features.conftest import NOW


def corpus(authors: dict[str, list[str]], platforms: dict[str, str] | None = None) -> Tables:
    """Creators with one comment by each of the authors."""
    records = [
        {
            "creator_id": creator,
            "platform": (platforms or {}).get(creator, "instagram"),
            "comments": [
                {"comment_id": f"{creator}-{place}", "author_id": author, "text": "hello"}
                for place, author in enumerate(some)
            ],
        }
        for creator, some in authors.items()
    ]
    return read(records, now=NOW)


def digest(author: str, platform: str = "instagram") -> str:
    return sha256(f"{platform}\n{author}".encode()).hexdigest()[:16]


def test_those_who_serve_two_creators_or_more_are_kept_hashed() -> None:
    part = commenters.build(corpus({"c1": ["x", "y", "x", "c1"], "c2": ["x", "c1"], "c3": ["x", "y"]}))
    assert part.schema == commenters.SCHEMA
    assert dict(part.iter_rows()) == {digest("x"): 3, digest("y"): 2}
    assert part["author_id"].is_sorted()


def test_a_creators_own_comments_are_left_out() -> None:
    part = commenters.build(corpus({"c1": ["c1", "c2"], "c2": ["c1"], "c3": ["c1"]}))
    assert dict(part.iter_rows()) == {digest("c1"): 2}


def test_the_same_id_on_two_platforms_is_two_people() -> None:
    part = commenters.build(corpus({"c1": ["x"], "c2": ["x"]}, {"c2": "tiktok"}))
    assert part.is_empty()


def test_the_most_serving_are_kept_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commenters, "MOST_AUTHORS", 2)
    part = commenters.build(corpus({"c1": ["x", "y", "z"], "c2": ["x", "y", "z"], "c3": ["z"]}))
    assert dict(part.iter_rows()) == {digest("z"): 3, min(digest("x"), digest("y")): 2}


def test_people_are_looked_up_by_bisection() -> None:
    part = commenters.build(corpus({"c1": ["x", "y"], "c2": ["x", "y"], "c3": ["y"]}))
    platforms, people = pl.Series(["instagram"] * 3 + ["tiktok"]), pl.Series(["y", None, "x", "x"])
    wanted = np.append(commenters.codes(platforms, people), np.uint64(2**64 - 1))
    assert np.array_equal(commenters.directory(part).find(wanted), [[3, np.nan, 2, np.nan, np.nan]], equal_nan=True)
    nobody = commenters.directory(pl.DataFrame(schema=commenters.SCHEMA))
    assert np.isnan(nobody.find(wanted)).all()


def test_codes_are_the_digests() -> None:
    platforms, people = pl.Series(["tiktok", "x", None]), pl.Series(["a", None, "b"])
    digests = commenters.digests(platforms, people).to_list()
    assert digests == [digest("a", "tiktok"), None, None]
    assert commenters.codes(platforms, people).tolist() == [int(str(digests[0]), 16), 0, 0]
