"""Follower histories in the shapes that collectors deliver: shortened, sparse, kept for days, wrong."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import features
from features import Context
from features.histories import common_growth
from features.records import Tables
from tests.features.conftest import creator, history, signals_of
from tests.features.histories.test_common_growth import corpus

Counts = list[int | None]
DAYS = 120


def lively(start: int = 40_000, *, gain: int = 0, at: int = 60, seed: int = 3, days: int = DAYS) -> list[int]:
    """An account that wins about one in a thousand a day, and some on one day."""
    rng = np.random.default_rng(seed)
    grown = start * np.exp(np.cumsum(rng.normal(0.001, 0.0008, days)))
    return [round(count) + (gain if day >= at else 0) for day, count in enumerate(grown.tolist())]


def cached(counts: list[int], days: int = 5) -> list[int]:
    """The same read once in some days and kept until then."""
    return [counts[day // days * days] for day in range(len(counts))]


def short(count: int) -> int:
    """As a page shows it: 12.3K, 123K, 1.2M."""
    unit = 10 ** (5 if count >= 1_000_000 else len(str(count)) - 3)
    return round(count / unit) * unit


def every(days: int, counts: list[int]) -> Counts:
    return [count if (len(counts) - 1 - day) % days == 0 else None for day, count in enumerate(counts)]


def surge(counts: Counts | list[int]) -> float | None:
    found: float | None = signals_of(creator(follower_history=history([*counts])))["unexplained_surge"]
    return found


# --- counts that nobody took anew -----------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [2, 3, 4])
def test_growth_that_a_cache_puts_on_one_day_is_no_step(days: int) -> None:
    # Thrice the usual pace for ten days: on no day as much as a step, but in one go.
    grown = [count + round(count * 0.006 * max(0, min(10, day - 60))) for day, count in enumerate(lively())]
    assert surge(cached(grown, days)) in (0.0, surge(every(days, grown[: DAYS - (DAYS - 1) % days])))
    assert surge(cached(lively(), days)) == 0.0


def test_a_purchase_is_found_where_counts_are_kept_for_some_days() -> None:
    assert surge(cached(lively(gain=4_000, at=61), 3)) == pytest.approx(math.log(1.1), abs=0.02)


def test_counts_that_nobody_took_anew_are_no_days_of_history() -> None:
    known = signals_of(creator(follower_history=history([*cached(lively(), 5)])))
    assert known["history_days"] == DAYS // 5
    assert known["unexplained_surge"] is None
    frozen = [*lively(days=60), *[lively()[59]] * 20, *lively(days=100)[80:]]
    assert signals_of(creator(follower_history=history([*frozen])))["history_days"] in (79, 80)


def test_rounded_counts_repeat_because_of_that_also_after_a_purchase_that_is_not_round() -> None:
    counts = [short(21_800 + 10 * (day // 4)) + (2_431 if day >= 60 else 0) for day in range(DAYS)]
    assert signals_of(creator(follower_history=history([*counts])))["history_days"] == DAYS
    assert surge(counts) == pytest.approx(math.log1p(2_431 / 21_900), abs=0.02)


def test_a_large_account_that_never_moves_was_looked_at_once() -> None:
    assert signals_of(creator(follower_history=history([61_237] * DAYS)))["history_days"] == 1
    assert signals_of(creator(follower_history=history([61_200] * DAYS)))["history_days"] == DAYS
    assert signals_of(creator(follower_history=history([612] * DAYS)))["history_days"] == DAYS


def test_an_account_that_hardly_moves_repeats_rightly() -> None:
    counts = [300 + day // 9 for day in range(DAYS)]
    assert signals_of(creator(follower_history=history([*counts])))["history_days"] == DAYS
    rounded = [short(count) for count in lively(200_000)]
    assert signals_of(creator(follower_history=history([*rounded])))["history_days"] == DAYS


def test_a_purchase_by_an_account_that_was_asleep_is_found() -> None:
    counts = [2_000] * 60 + [3_000 - 7 * day - day % 3 for day in range(60)]
    assert surge(counts) == pytest.approx(math.log(1.5), abs=0.02)


# --- counts that are days apart -------------------------------------------------------------------------------------


def test_what_a_post_brings_over_days_is_no_step_where_counts_are_days_apart() -> None:
    fading = [count + round(1_400 * (1 - 0.5 ** max(0, day - 60))) for day, count in enumerate(lively())]
    assert surge(fading) == 0.0
    assert surge(every(3, fading)) == 0.0


@pytest.mark.parametrize("apart", [2, 3, 4])
def test_a_purchase_is_found_where_counts_are_days_apart(apart: int) -> None:
    assert surge(every(apart, lively(gain=4_000))) == pytest.approx(math.log(1.1), abs=0.02)


# --- counts that were rounded ---------------------------------------------------------------------------------------


def test_counts_too_coarse_to_show_a_purchase_say_nothing() -> None:
    counts = [short(count) for count in lively(1_210_000)]
    known = signals_of(creator(follower_history=history([*counts])))
    assert known["history_days"] == 0
    assert known["unexplained_surge"] is None
    few = signals_of(creator(follower_history=history([1_500_000] * 60 + [1_560_000] * 60)))
    assert few["history_days"] == DAYS
    larger = signals_of(creator(follower_history=history([short(count) for count in lively(4_200_000)])))
    assert larger["history_days"] == DAYS
    assert larger["unexplained_surge"] == 0.0


@pytest.mark.parametrize("start", [40_000, 400_000, 1_400_000, 4_000_000])
def test_some_counts_off_a_page_among_others_make_no_step(start: int) -> None:
    counts = lively(start)
    mixed = [short(count) if day % 3 == 0 else count for day, count in enumerate(counts)]
    switched = [*counts[:60], *map(short, counts[60:])]
    assert (surge(mixed), surge(switched)) == (0.0, 0.0)


@pytest.mark.parametrize("start", [40_000, 400_000, 1_400_000])
def test_a_purchase_is_found_where_some_counts_are_off_a_page(start: int) -> None:
    bought = lively(start, gain=start // 10)
    found = surge([short(count) if day % 3 == 0 else count for day, count in enumerate(bought)])
    assert found == pytest.approx(math.log(1.1), abs=0.02)


# --- counts that were wrong -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [0.5, 0.9, 1.1, 10])
@pytest.mark.parametrize("days", [2, 3])
def test_counts_that_were_wrong_for_some_days_are_unknown(days: int, times: float) -> None:
    counts = lively()
    wrong = slice(60, 60 + days)
    unknown: Counts = [*counts]
    unknown[wrong] = [None] * days
    read = [*counts]
    read[wrong] = [round(count * times) for count in counts[wrong]]
    known = signals_of(creator(follower_history=history(unknown)))
    assert signals_of(creator(follower_history=history([*read]))) == known


def test_a_block_that_is_taken_back_later_was_there() -> None:
    gone = [count + 4_000 * (60 <= day < 66) for day, count in enumerate(lively())]
    assert (surge(gone) or 0.0) > 0.05


# --- counts that came late --------------------------------------------------------------------------------------------


def causes(tables: Tables, context: Context) -> list[str | None]:
    found = features.anomalies(features.prepare(tables, context))
    return found.filter(pl.col("size") > 0)["explained_by"].unique().to_list()


def test_a_day_of_news_explains_a_rise_that_a_page_showed_some_days_late() -> None:
    tables = corpus(40, {20: [0.03, 0.04, 0.05, 0.03, 0.04, 0.06]})
    context = Context(common_growth=common_growth.build(tables))
    late = pl.when(pl.int_range(pl.len()).over("creator_id").is_between(18, 23)).then(None)
    kept = late.otherwise(pl.col("followers")).forward_fill().over("creator_id")
    history = tables.follower_history.with_columns((kept // 100 * 100).alias("followers"))
    assert causes(replace(tables, follower_history=history), context) == ["common"]
