"""Audience signals on samples of followers written by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

import features
from features.records import read
from tests.features.conftest import NOW, Record, creator, signals_of

if TYPE_CHECKING:
    from pathlib import Path

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


def days(*ago: float) -> list[str]:
    return [(NOW - timedelta(days=float(day))).isoformat() for day in ago]


def with_probability(record: Record, probability: list[float | None]) -> Record:
    tables = read([record], now=NOW)
    column = pl.Series("fake_probability", probability, dtype=pl.Float64)
    return features.build(replace(tables, audience=tables.audience.with_columns(column))).row(0, named=True)


def test_shells_are_suspicious_and_people_are_not() -> None:
    signals = signals_of(creator(audience=sample(*[PERSON] * 30, *[SHELL] * 10)))
    assert signals["audience_suspicious_share"] == pytest.approx(0.25)
    assert signals["audience_mass_follower_share"] == pytest.approx(0.25)


def test_one_missing_picture_makes_nobody_suspicious() -> None:
    odd = [{**PERSON, "followers": 300 + k, "posts_count": 50 + k, "has_picture": False} for k in range(40)]
    assert signals_of(creator(audience=sample(*odd)))["audience_suspicious_share"] == 0


def test_rules_that_cannot_be_checked_are_not_broken() -> None:
    bare = [{"followers": k % 9, "following": 2_000 + k} for k in range(40)]
    signals = signals_of(creator(audience=sample(*bare)))
    assert signals["audience_suspicious_share"] is None
    assert signals["audience_mass_follower_share"] == 1


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


def test_an_influencer_has_more_than_five_thousand_followers_and_follows_fewer_than_fifteen_hundred() -> None:
    others = [{**PERSON, "followers": 5_000}, {**PERSON, "followers": 90_000, "following": 1_500}] * 15
    influencers = [{**PERSON, "followers": 5_001, "following": 1_499}] * 10
    signals = signals_of(creator(audience=sample(*others, *influencers)))
    assert signals["audience_influencer_share"] == pytest.approx(10 / 40)


def test_the_follower_model_s_probabilities_are_averaged_where_they_are_known() -> None:
    record = creator(audience=sample(*[PERSON] * 60))
    signals = with_probability(record, [0.9] * 10 + [0.1] * 30 + [None] * 20)
    assert signals["audience_fake_share"] == pytest.approx(0.3)
    assert signals["audience_likely_fake_share"] == pytest.approx(0.25)


def test_without_the_follower_model_its_signals_are_unknown() -> None:
    signals = signals_of(creator(audience=sample(*[SHELL] * 60)))
    assert signals["audience_fake_share"] is None
    assert signals["audience_likely_fake_share"] is None


def test_fakes_that_followed_in_a_row_stand_out() -> None:
    ranks = list(range(120))
    in_a_row = signals_of(creator(audience=sample(*[PERSON] * 80, *[SHELL] * 40, followed_rank=ranks)))
    apart = signals_of(creator(audience=sample(*[PERSON, PERSON, SHELL] * 40, followed_rank=ranks)))
    assert in_a_row["audience_fakes_in_a_row"] == pytest.approx(0.4)
    assert apart["audience_fakes_in_a_row"] < 0.05
    assert in_a_row["audience_fake_clustering"] == pytest.approx(0.2)
    assert apart["audience_fake_clustering"] < 0


@pytest.mark.parametrize("name", ["audience_fakes_in_a_row", "audience_fake_clustering"])
def test_a_block_stands_out_no_less_when_it_is_larger(name: str) -> None:
    seen = []
    for size in (48, 96, 144, 192):
        block = [PERSON if place % 10 == 3 else SHELL for place in range(size)]
        rest = [SHELL if place % 20 == 7 else PERSON for place in range(240 - size)]
        followers = sample(*rest[:24], *block, *rest[24:], followed_rank=list(range(240)))
        seen.append(signals_of(creator(audience=followers))[name])
    assert seen == sorted(seen)
    assert seen[0] > 0.15


def test_without_the_order_of_following_nothing_is_said_of_blocks() -> None:
    signals = signals_of(creator(audience=sample(*[SHELL] * 120, created_at=days(*range(120)))))
    for name in ("audience_fakes_in_a_row", "audience_fake_clustering", "audience_created_alike_in_order"):
        assert signals[name] is None


def test_new_accounts_are_counted_from_the_observation() -> None:
    made = ["2026-06-01T00:00:00Z"] * 10 + ["2019-01-01T00:00:00Z"] * 30
    record = creator(observed_at=NOW.isoformat(), audience=sample(*[PERSON] * 40, created_at=made))
    assert signals_of(record)["audience_new_account_share"] == pytest.approx(0.25)


def test_an_unknown_home_country_makes_nobody_foreign() -> None:
    followers = sample(*[PERSON] * 40, country=["DE"] * 40)
    assert signals_of(creator(audience=followers))["audience_abroad_share"] is None
    assert signals_of(creator(country="DE", audience=followers))["audience_abroad_share"] == 0


def test_accounts_made_within_a_month_are_counted_wherever_the_month_begins() -> None:
    made = days(*[500 + place for place in range(20)], *[40 * place for place in range(20, 40)])
    signals = signals_of(creator(audience=sample(*[PERSON] * 40, created_at=made)))
    assert signals["audience_created_together_share"] == pytest.approx(0.5, abs=0.03)


def test_accounts_made_together_lie_closer_than_grown_ones() -> None:
    batch = creator(audience=sample(*[PERSON] * 40, created_at=days(*range(100, 140))))
    grown = creator(audience=sample(*[PERSON] * 40, created_at=days(*range(0, 4_000, 100))))
    assert signals_of(batch)["audience_age_spread"] < signals_of(grown)["audience_age_spread"] - 3


def test_first_digits_need_three_hundred_counts() -> None:
    honest = [round(10 ** (1 + 3 * place / 300)) for place in range(300)]
    follower = [PERSON] * 300
    assert signals_of(creator(audience=sample(*follower, followers=honest)))["audience_first_digits"] < 1
    assert signals_of(creator(audience=sample(*follower, followers=[7, 70] * 150)))["audience_first_digits"] > 10
    assert (
        signals_of(creator(audience=sample(*follower[:299], followers=honest[:299])))["audience_first_digits"] is None
    )


def test_first_digits_are_counted_in_three_groups_against_benfords_law() -> None:
    counts = [1, 15] * 75 + [20, 399] * 25 + [4, 57, 900, 8_000] * 25
    found = signals_of(creator(audience=sample(*[PERSON] * 300, followers=counts)))["audience_first_digits"]
    expected = [300 * math.log10(2), 300 * math.log10(2), 300 * math.log10(2.5)]
    chi_square = sum((seen - due) ** 2 / due for seen, due in zip((150, 50, 100), expected, strict=True))
    assert found == pytest.approx(chi_square / (2 * math.log(10)))
    assert 13 < found < 13.5


def test_neither_order_nor_ids_of_rows_matter() -> None:
    rng = np.random.default_rng(3)
    profiles = [SHELL if rng.random() < 0.3 else {**PERSON, "followers": int(rng.integers(900))} for _ in range(150)]
    rows = sample(*profiles, followed_rank=list(range(150)), created_at=days(*rng.integers(0, 3000, 150)))
    shuffled = [{**rows[place], "follower_id": f"g{turn:03}"} for turn, place in enumerate(rng.permutation(150))]
    assert signals_of(creator(audience=rows)) == signals_of(creator(audience=shuffled))


def test_real_orders_of_following_raise_no_alarm_and_an_inserted_block_does(real_data: Path) -> None:
    for path in sorted((real_data / "growth").glob("follower_map_*.parquet")):
        times = pl.read_parquet(path).drop_nulls("created_ts").sort("rank")["created_ts"].to_numpy()
        rng = np.random.default_rng(1)
        honest = times[np.sort(rng.choice(len(times), 400, replace=False))]
        month = np.maximum.accumulate(honest)[200] - 86_400 * (60 + rng.uniform(0, 25, 60))
        bought = np.concatenate([honest[:200], month, honest[200:]])
        alike, together = ("audience_created_alike_in_order", "audience_created_together_share")
        before, after = (signals_of(creator(audience=_map(made))) for made in (honest, bought))
        assert before[alike] < 0.15
        assert after[alike] > before[alike] + 0.1
        assert after[together] > before[together] + 0.03


def _map(times: np.ndarray[Any, np.dtype[np.float64]]) -> list[Record]:
    made = [str(np.datetime64(int(second), "s")) + "Z" for second in times]
    return sample(*[PERSON] * len(made), created_at=made, followed_rank=list(range(len(made))))


def test_who_came_in_a_block_is_cited() -> None:
    came = [*[PERSON] * 60, *[SHELL] * 20, *[PERSON] * 40]
    created = days(*(400 + 97 * place % 1_900 for place in range(60)), *[900] * 20, *(450 + 89 * p for p in range(40)))
    rows = sample(*came, followed_rank=[*range(120)], created_at=created)
    evidence = features.evidence(features.prepare(read([creator(audience=rows)], now=NOW)))
    assert evidence["audience_fakes_in_a_row"].item().to_list() == [f"f{place:03}" for place in range(60, 65)]
    assert evidence["audience_fake_clustering"].item().to_list() == [f"f{place:03}" for place in range(61, 66)]
    assert evidence["audience_created_alike_in_order"].item().to_list() == [f"f{place:03}" for place in range(61, 66)]


def test_the_last_of_a_block_is_cited_where_the_block_is_short() -> None:
    rows = sample(*[PERSON] * 60, *[SHELL] * 3, *[PERSON] * 60, followed_rank=list(range(123)))
    evidence = features.evidence(features.prepare(read([creator(audience=rows)], now=NOW)))
    assert evidence["audience_fakes_in_a_row"].item().to_list() == ["f060", "f061", "f062"]


def test_a_sample_without_an_order_cites_no_block() -> None:
    rows = sample(*[PERSON] * 100, *[SHELL] * 40)
    evidence = features.evidence(features.prepare(read([creator(audience=rows)], now=NOW)))
    assert evidence["audience_fakes_in_a_row"].item().to_list() == []
    assert evidence["audience_fake_clustering"].item().to_list() == []
