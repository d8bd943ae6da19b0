"""Audience signals on samples of followers written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.features.conftest import NOW, Record, creator, signals_of

PERSON: Record = {
    "followers": 300,
    "following": 400,
    "posts_count": 50,
    "has_picture": True,
    "bio_length": 40,
    "handle_digit_ratio": 0.0,
}
SHELL: Record = {
    "followers": 3,
    "following": 2_000,
    "posts_count": 0,
    "has_picture": False,
    "bio_length": 0,
    "handle_digit_ratio": 0.5,
}


def sample(*profiles: Record, **columns: list[Any]) -> list[Record]:
    rows = [{"follower_id": f"f{place:03}", **profile} for place, profile in enumerate(profiles)]
    for name, values in columns.items():
        for row, value in zip(rows, values, strict=True):
            row[name] = value
    return rows


def test_shells_are_suspicious_and_people_are_not() -> None:
    signals = signals_of(creator(audience=sample(*[PERSON] * 30, *[SHELL] * 10)))
    assert signals["audience_suspicious_share"] == pytest.approx(0.25)
    assert signals["audience_mass_follower_share"] == pytest.approx(0.25)
    assert signals["audience_no_picture_share"] == pytest.approx(0.25)


def test_one_missing_picture_makes_nobody_suspicious() -> None:
    odd = {**PERSON, "has_picture": False}
    assert signals_of(creator(audience=sample(*[odd] * 40)))["audience_suspicious_share"] == 0


def test_rules_that_cannot_be_checked_are_not_broken() -> None:
    bare = [{"followers": 3, "following": 2_000}] * 40
    signals = signals_of(creator(audience=sample(*bare)))
    assert signals["audience_suspicious_share"] is None
    assert signals["audience_lopsided_share"] == 1


def test_a_sample_under_thirty_gives_no_share() -> None:
    signals = signals_of(creator(audience=sample(*[SHELL] * 29)))
    assert signals["audience_suspicious_share"] is None
    assert signals["followers_sampled"] == 29


def test_reachability_bands_add_up_with_mass_followers() -> None:
    followings = [100, 499, 500, 999, 1_000, 1_500, 1_501, 9_000] * 5
    signals = signals_of(creator(audience=sample(*[PERSON] * 40, following=followings)))
    bands = [
        "audience_following_under_500_share",
        "audience_following_500_1000_share",
        "audience_following_1000_1500_share",
        "audience_mass_follower_share",
    ]
    assert [signals[band] for band in bands] == [0.25, 0.25, 0.25, 0.25]


def test_shells_that_followed_in_a_row_are_clustered() -> None:
    ranks = list(range(60))
    in_a_row = creator(audience=sample(*[PERSON] * 40, *[SHELL] * 20, followed_rank=ranks))
    apart = creator(audience=sample(*[PERSON, PERSON, SHELL] * 20, followed_rank=ranks))
    assert signals_of(in_a_row)["audience_suspicious_clustering"] > 0.5
    assert signals_of(apart)["audience_suspicious_clustering"] < 0


def test_without_the_order_of_following_clustering_is_unknown() -> None:
    assert signals_of(creator(audience=sample(*[SHELL] * 40)))["audience_suspicious_clustering"] is None


def test_new_accounts_are_counted_from_the_observation() -> None:
    made = ["2026-06-01T00:00:00Z"] * 10 + ["2019-01-01T00:00:00Z"] * 30
    record = creator(observed_at=NOW.isoformat(), audience=sample(*[PERSON] * 40, created_at=made))
    assert signals_of(record)["audience_new_account_share"] == pytest.approx(0.25)


def test_an_unknown_home_country_makes_nobody_foreign() -> None:
    followers = sample(*[PERSON] * 40, country=["DE"] * 40)
    assert signals_of(creator(audience=followers))["audience_abroad_share"] is None
    assert signals_of(creator(country="DE", audience=followers))["audience_abroad_share"] == 0
