"""Prices come from norms with version, source and grade, and are null with a reason where those have none."""

from __future__ import annotations

import pytest

from models.rankings.prices import NO_BRACKET, NO_FOLLOWERS, NO_PLATFORM, NO_VIEWS, NOT_ASKED, norms, pricing


@pytest.mark.parametrize(
    ("platform", "followers", "lo", "hi"),
    [
        ("instagram", 1_000, 10, 100),
        ("instagram", 9_999, 10, 100),
        ("instagram", 10_000, 100, 500),
        ("instagram", 2_000_000, 10_000, None),
        ("youtube", 60_000, 1_000, 10_000),
        ("tiktok", 20_000, 25, 125),
    ],
)
def test_the_bracket_is_that_of_the_size(platform: str, followers: int, lo: float, hi: float | None) -> None:
    post = pricing(platform, followers, None, None, None).post
    assert post is not None
    assert (post.lo, post.hi) == (lo, hi)


@pytest.mark.parametrize(
    ("platform", "followers", "why"),
    [
        ("x", 50_000, NO_PLATFORM),
        ("instagram", None, NO_FOLLOWERS),
        ("instagram", 900, NO_BRACKET),
        ("tiktok", 700_000, NO_BRACKET),
    ],
)
def test_without_a_price_there_is_a_reason(platform: str, followers: int | None, why: str) -> None:
    told = pricing(platform, followers, 80.0, 1_000.0, 50.0)
    assert (told.post, told.cpm, told.cpe, told.asked_stands) == (None, None, None, None)
    assert told.unavailable == dict.fromkeys(("post", "asked_stands", "cpm", "cpe"), why)


def test_price_by_views_and_by_engagement() -> None:
    told = pricing("instagram", 20_000, 600.0, 4_000.0, 200.0)
    assert told.cpm is not None
    assert told.cpe is not None
    assert (told.cpm.lo, told.cpm.hi) == (25.0, 125.0)
    assert (told.cpe.lo, told.cpe.hi) == (0.5, 2.5)
    assert told.asked_stands == "above"
    assert pricing("instagram", 20_000, 99.0, None, None).asked_stands == "below"
    assert pricing("instagram", 20_000, 100.0, None, None).asked_stands == "within"
    assert pricing("instagram", 5_000_000, 1e6, None, None).asked_stands == "within"
    bare = pricing("instagram", 20_000, None, None, 200.0)
    assert bare.unavailable == {"asked": NOT_ASKED, "asked_stands": NOT_ASKED, "cpm": NO_VIEWS}


def test_the_norms_say_where_they_come_from_and_leave_no_overlap() -> None:
    told = norms()
    assert (told.version, told.grade) == ("2021-1", "C")
    assert told.source
    for price in told.price:
        for lower, higher in zip(price.brackets, price.brackets[1:], strict=False):
            assert lower.below is not None
            assert lower.below <= higher.least
