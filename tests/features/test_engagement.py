"""Engagement signals on posts written by hand."""

from __future__ import annotations

import pytest

from tests.features.conftest import creator, posts, signals_of


def test_the_engagement_rate_is_the_median_of_likes_and_comments_over_followers() -> None:
    record = creator(followers=1_000, posts=posts([10, 20, 90], comments=[0, 10, 10]))
    assert signals_of(record)["engagement_rate"] == pytest.approx(0.03)


def test_the_rate_by_views_needs_no_followers() -> None:
    signals = signals_of(creator(posts=posts([10, 20, 30], comments=[0, 0, 0], views=[100, 100, 100])))
    assert signals["engagement_rate_by_views"] == pytest.approx(0.2)
    assert signals["engagement_rate"] is None


def test_hidden_likes_are_unknown_and_not_zero() -> None:
    signals = signals_of(creator(followers=100, posts=posts([None, None], comments=[3, 4])))
    assert signals["engagement_rate"] is None
    assert signals["hidden_likes_share"] is None


def test_partly_hidden_likes_are_counted() -> None:
    assert signals_of(creator(posts=posts([5, None, None, None])))["hidden_likes_share"] == pytest.approx(0.75)


def test_no_followers_gives_no_rate() -> None:
    assert signals_of(creator(followers=0, posts=posts([5], comments=[1])))["engagement_rate"] is None


def test_likes_all_alike_have_no_spread_and_a_narrow_band() -> None:
    signals = signals_of(creator(posts=posts([100, 101, 99, 100, 100, 102])))
    assert signals["likes_spread"] < 0.02
    assert signals["narrow_like_band_share"] == 1


def test_spread_of_four_posts_is_not_known() -> None:
    assert signals_of(creator(posts=posts([1, 2, 3, 4])))["likes_spread"] is None


def test_posts_with_thrice_the_likes_and_no_more_comments_are_in_excess() -> None:
    likes = [100, 110, 90, 105, 95, 100, 98, 300, 320, 310]
    record = creator(posts=posts(likes, comments=[10] * 10))
    assert signals_of(record)["excess_likes_share"] == pytest.approx(0.3)


def test_a_post_that_went_viral_with_its_comments_is_not_in_excess() -> None:
    record = creator(posts=posts([100] * 9 + [3_000], comments=[10] * 9 + [1_200]))
    signals = signals_of(record)
    assert signals["excess_likes_share"] == 0
    assert signals["viral_reach"] == pytest.approx(3.4012, abs=1e-3)


def test_views_that_rise_while_the_rate_falls_are_inflated() -> None:
    views = [1_000] * 8 + [5_000, 5_000]
    record = creator(posts=posts([100] * 10, comments=[5] * 10, views=views))
    assert signals_of(record)["inflated_views_share"] == pytest.approx(0.2)


def test_a_sponsor_is_declared_by_column_or_by_hashtag() -> None:
    by_hashtag = creator(posts=posts([1, 2], caption=["thanks #ad", "my day"]))
    by_column = creator(posts=posts([1, 2], sponsors=[["brand"], []]))
    assert signals_of(by_hashtag)["sponsored_share"] == pytest.approx(0.5)
    assert signals_of(by_column)["sponsored_share"] == pytest.approx(0.5)
    assert signals_of(creator(posts=posts([1, 2])))["sponsored_share"] is None


@pytest.mark.parametrize("caption", ["GIVEAWAY time", "Gewinnspiel!", "Sorteo nuevo", "розыгрыш призов", "抽奖"])
def test_a_giveaway_is_recognised_in_several_languages(caption: str) -> None:
    assert signals_of(creator(posts=posts([1], caption=[caption])))["giveaway_share"] == 1


def test_posting_rhythm_is_in_hours() -> None:
    assert signals_of(creator(posts=posts([1] * 6)))["posting_gap_hours"] == pytest.approx(24)
