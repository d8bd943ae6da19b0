"""Growth signals on histories written by hand."""

from __future__ import annotations

import math

import pytest

import features
from features.records import read
from tests.features.conftest import NOW, creator, history, posts, signals_of


def steady(days: int = 60, start: int = 10_000) -> list[int]:
    return [start + 20 * day + (day * 7) % 5 for day in range(days)]


def with_step(at: int, gain: int, days: int = 60) -> list[int]:
    return [count + (gain if day >= at else 0) for day, count in enumerate(steady(days))]


def test_growth_over_a_window_is_a_log_ratio() -> None:
    signals = signals_of(creator(follower_history=history([1_000] * 31 + [1_100] * 8)))
    assert signals["growth_30d"] == pytest.approx(math.log(1_101 / 1_001))
    assert signals["growth_7d"] == 0
    assert signals["growth_90d"] is None


def test_steady_growth_has_no_step() -> None:
    signals = signals_of(creator(follower_history=history(steady())))
    assert signals["steps"] == 0
    assert signals["step_share_of_growth"] == 0
    assert signals["step_decay"] is None


def test_a_bought_block_is_a_step_with_its_day() -> None:
    record = creator(follower_history=history(with_step(40, 1_000)))
    signals = signals_of(record)
    assert signals["steps"] == 1
    assert signals["largest_step"] > 20
    assert signals["step_share_of_growth"] > 0.4
    assert signals["round_step_share"] == 1
    day = record["follower_history"][40]["date"]
    assert features.evidence(features.prepare(read([record], now=NOW)))["largest_step"].to_list() == [[day]]


def test_a_block_of_no_round_size_is_not_round() -> None:
    assert signals_of(creator(follower_history=history(with_step(40, 1_237))))["round_step_share"] == 0


def test_followers_that_vanish_after_the_step_show_as_decay() -> None:
    counts = with_step(20, 1_000)
    falling = [count - max(0, min(900, 30 * (day - 21))) for day, count in enumerate(counts)]
    assert signals_of(creator(follower_history=history(falling)))["step_decay"] > 0.2
    assert signals_of(creator(follower_history=history(counts)))["step_decay"] < 0


def test_a_drip_lifts_the_fortnight_without_a_step() -> None:
    dripped = [count + 90 * max(0, min(14, day - 30)) for day, count in enumerate(steady(120))]
    plain = signals_of(creator(follower_history=history(steady(120))))
    signals = signals_of(creator(follower_history=history(dripped)))
    assert signals["fortnight_lift"] > 0.08
    assert plain["fortnight_lift"] < 0.01


def test_a_step_with_no_post_near_is_told_from_one_after_a_viral_post() -> None:
    counts = history(with_step(50, 1_000))
    viral = creator(follower_history=counts, posts=posts([100] * 48 + [4_000, 900] + [100] * 10))
    silent = creator(follower_history=counts, posts=posts([100] * 60)[:30])
    assert signals_of(viral)["step_after_viral_post_share"] == 1
    assert signals_of(viral)["step_without_post_share"] == 0
    assert signals_of(silent)["step_after_viral_post_share"] == 0
    assert signals_of(silent)["step_without_post_share"] == 1


def test_without_posts_nobody_knows_whether_there_was_one() -> None:
    assert signals_of(creator(follower_history=history(with_step(40, 1_000))))["step_without_post_share"] is None


def test_following_and_unfollowing_again_is_churn() -> None:
    waves = [500 + 300 * ((day // 10) % 2) for day in range(60)]
    signals = signals_of(creator(follower_history=history(steady(), following=waves)))
    assert signals["following_churn"] > 0.05
    calm = signals_of(creator(follower_history=history(steady(), following=[500 + d for d in range(60)])))
    assert calm["following_churn"] == 0


def test_too_short_a_history_has_no_usual_pace() -> None:
    assert signals_of(creator(follower_history=history([10, 20, 900, 910])))["largest_step"] is None


def test_a_small_account_that_wins_two_followers_has_no_step() -> None:
    counts = [1_000 + (day > 20) * 2 for day in range(40)]
    assert signals_of(creator(follower_history=history(counts)))["steps"] == 0


def test_anomalies_are_dated_sized_and_explained() -> None:
    record = creator(
        follower_history=history(with_step(50, 1_000)), posts=posts([100] * 48 + [4_000, 900] + [100] * 10)
    )
    found = features.anomalies(features.prepare(read([record], now=NOW))).to_dicts()
    assert len(found) == 1
    assert found[0]["kind"] == "round"
    assert found[0]["explained_by"] == "viral_post"
    assert 1_000 <= found[0]["size"] <= 1_040
    assert str(found[0]["end"]) == record["follower_history"][50]["date"]


def test_a_sudden_loss_is_an_anomaly_too() -> None:
    record = creator(follower_history=history(with_step(30, -900)))
    found = features.anomalies(features.prepare(read([record], now=NOW)))
    assert found["kind"].to_list() == ["drop"]
    assert found["share_of_growth"].to_list() == [None]
