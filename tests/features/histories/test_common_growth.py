"""What moved all accounts on a day, built from small corpora."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from features.histories import common_growth
from features.records import Tables

FIRST = date(2026, 5, 1)
DAYS = 40


def corpus(accounts: int, moves: dict[int, list[float]], platform: str = "x", seed: int = 1) -> Tables:
    """Accounts that grow by about a thousandth a day, and on some days by what `moves` says, account by account."""
    rng = np.random.default_rng(seed)
    growth = rng.normal(0.001, 0.0003, (accounts, DAYS))
    for day, sizes in moves.items():
        growth[: len(sizes), day] += sizes
    counts = np.round(50_000 * np.exp(np.cumsum(growth, axis=1))).astype(int)
    ids = [f"a{place:03}" for place in range(accounts)]
    history = pl.DataFrame(
        {
            "creator_id": np.repeat(ids, DAYS),
            "date": [FIRST + timedelta(days=day) for day in range(DAYS)] * accounts,
            "followers": counts.ravel(),
        }
    )
    creators = pl.DataFrame({"creator_id": ids, "platform": [platform] * accounts})
    return Tables.from_frames({"creators": creators, "follower_history": history})


def on(part: pl.DataFrame, day: int) -> dict[str, object]:
    return part.filter(pl.col("date") == FIRST + timedelta(days=day)).row(0, named=True)


def test_the_part_has_its_columns() -> None:
    assert common_growth.build(corpus(30, {})).schema == common_growth.SCHEMA
    assert common_growth.build(corpus(1, {})).schema == common_growth.SCHEMA


def test_days_of_few_accounts_have_no_row() -> None:
    assert common_growth.build(corpus(19, {})).is_empty()
    assert len(common_growth.build(corpus(20, {}))) == DAYS - 1


def test_an_ordinary_day_moves_nobody() -> None:
    day = on(common_growth.build(corpus(40, {})), 20)
    assert abs(float(str(day["growth"]))) < 0.0005
    assert (day["accounts"], day["up"], day["down"], day["risen_on"], day["fallen_on"]) == (40, 0, 0, None, None)


@pytest.mark.parametrize("excess", [0.0, -0.0, 1e-9, -1e-9])
def test_a_day_that_moves_nobody_is_the_same_to_the_bit_whatever_its_sign(excess: float) -> None:
    days = pl.DataFrame({"platform": "x", "date": FIRST, "excess": [excess] * 20, "z": 0.0, "grain": 0.0})
    [growth] = common_growth.daily(days)["growth"]
    assert str(growth) == "0.0"


def test_a_purge_is_the_median_loss_and_named_so() -> None:
    losses = [-0.02 - 0.0005 * place for place in range(40)]
    day = on(common_growth.build(corpus(40, {20: losses})), 20)
    assert day["growth"] == pytest.approx(-0.03, abs=0.001)
    assert day["down"] == 1
    assert day["purge"] is True


def test_news_that_lifts_one_half_and_sinks_the_other_is_seen_sign_by_sign() -> None:
    sizes = [0.01 + 0.001 * place for place in range(20)] + [-0.005 - 0.0002 * place for place in range(20)]
    day = on(common_growth.build(corpus(40, {20: sizes})), 20)
    assert (day["risen_on"], day["fallen_on"]) == (FIRST + timedelta(days=20),) * 2
    assert day["purge"] is False
    assert float(str(day["most_risen"])) > 25


def test_one_purchase_does_not_make_a_day_common() -> None:
    day = on(common_growth.build(corpus(40, {20: [0.1, 0.2]})), 20)
    assert day["risen_on"] is None
    assert day["up"] == pytest.approx(2 / 40)


def test_a_later_day_remembers_the_newest_day_that_moved_many() -> None:
    part = common_growth.build(corpus(40, {20: [0.02] * 20}))
    assert on(part, 25)["risen_on"] == FIRST + timedelta(days=20)
    assert on(part, 19)["risen_on"] is None


def test_the_level_is_the_sum_of_the_days() -> None:
    part = common_growth.build(corpus(40, {20: [-0.03] * 40}))
    assert part["common_level"].to_list() == (part["growth"] * 1e6).round().cast(pl.Int64).cum_sum().to_list()


def test_platforms_are_apart_and_order_does_not_matter() -> None:
    first, second = corpus(30, {20: [-0.03] * 30}), corpus(30, {}, platform="tiktok", seed=2)
    renamed = {
        name: getattr(second, name).with_columns(creator_id=pl.lit("b") + pl.col("creator_id"))
        for name in ("creators", "follower_history")
    }
    both = Tables.from_frames(
        {
            name: pl.concat([frame, getattr(first, name)]).sample(fraction=1.0, shuffle=True, seed=3)
            for name, frame in renamed.items()
        }
    )
    alone = common_growth.build(first)
    assert common_growth.build(both).filter(pl.col("platform") == "x").equals(alone)


def test_days_that_are_not_there_keep_the_level_of_those_before() -> None:
    days = common_growth.by_platform(common_growth.build(corpus(30, {20: [-0.05] * 30})))["x"]
    known = days.day[[5, 6, 25]]
    found = days.at(np.array([known[0] - 90, *known, known[2] + 90]))
    level = days.at(known).level
    assert found.level.tolist() == [level[0], *level, level[2]]
    assert found.fallen_on.tolist() == [-1, -1, -1, days.at(known).fallen_on[2], -1]
    assert found.purge.tolist() == [False, False, False, True, False]
    assert days.at(known - 1_000).level.tolist() == [0.0, 0.0, 0.0]
