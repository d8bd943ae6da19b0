"""Growth signals on histories written by hand, and on real ones with purchases injected."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

import features
from features import Context
from features.catalogue import SIGNALS
from features.families import growth
from features.histories import common_growth
from features.records import Tables, read
from tests.features.conftest import NOW, creator, history, posts, signals_of
from tests.features.histories.test_common_growth import corpus

if TYPE_CHECKING:
    from pathlib import Path

EXPLAINED = ("viral_growth_share", "giveaway_growth_share", "collaboration_growth_share", "press_growth_share")


def steady(days: int = 60, start: int = 10_000) -> list[int]:
    return [start + 20 * day + (day * 7) % 5 for day in range(days)]


def with_step(at: int, gain: int, days: int = 60) -> list[int]:
    return [count + (gain if day >= at else 0) for day, count in enumerate(steady(days))]


def with_drip(at: int, gain: int, over: int = 14, days: int = 90) -> list[int]:
    return [count + gain * max(0, min(over, day - at)) // over for day, count in enumerate(steady(days))]


def test_growth_over_a_window_is_against_the_start_of_the_history() -> None:
    signals = signals_of(creator(follower_history=history([1_000] * 31 + [1_100] * 8)))
    assert signals["growth_30d"] == pytest.approx(math.log(1_101 / 1_001))
    assert signals["growth_90d"] is None
    bought_before = signals_of(creator(follower_history=history([1_000] + [2_000] * 30 + [2_100] * 8)))
    assert bought_before["growth_30d"] == signals["growth_30d"]


def test_growth_over_a_gap_is_not_told_as_that_of_a_window() -> None:
    counts: list[int | None] = [1_000] * 5 + [None] * 60 + [2_000] * 31
    following = [100] * len(counts)
    signals = signals_of(creator(follower_history=history(counts, following=following)))
    assert signals["growth_30d"] == 0
    assert signals["growth_90d"] == pytest.approx(math.log(1 + 1_000 / 1_001))
    later = signals_of(creator(follower_history=history(counts[:-3], following=following[:-3])))
    assert later["growth_30d"] is None
    ended = signals_of(creator(follower_history=history([*counts, *[None] * 20], following=following + [100] * 20)))
    assert ended["growth_30d"] == signals["growth_30d"]


def test_who_loses_followers_more_slowly_than_usual_has_gained_none() -> None:
    falling = [round(1_000_000 * 0.986**day) for day in range(60)]
    signals = signals_of(creator(follower_history=history(falling + [falling[-1] - 5 * day for day in range(1, 41)])))
    assert signals["unexplained_surge"] == signals["unexplained_growth_share"] == 0
    steep = [round(1_000_000 * 0.95 ** (day - (day >= 30) * (1 - 1e-4))) for day in range(60)]
    assert steep == sorted(steep, reverse=True)
    assert signals_of(creator(follower_history=history(steep)))["unexplained_surge"] == 0


def test_steady_growth_has_nothing_to_explain() -> None:
    signals = signals_of(creator(follower_history=history(steady())))
    assert signals["unexplained_growth_share"] == 0
    assert signals["unexplained_surge"] == 0


def test_a_bought_block_is_a_step_with_its_day() -> None:
    record = creator(follower_history=history(with_step(40, 1_000)))
    signals = signals_of(record)
    assert signals["unexplained_surge"] == pytest.approx(math.log(11.8 / 10.8), abs=0.01)
    assert signals["unexplained_growth_share"] > 0.4
    assert signals["round_step_share"] == 1
    days = [row["date"] for row in record["follower_history"]]
    evidence = features.evidence(features.prepare(read([record], now=NOW)))
    assert evidence["unexplained_surge"].to_list() == [[f"{days[39]}/{days[40]}"]]


def test_a_drip_is_cited_by_all_its_days_and_the_largest_rise_alone_by_its_own() -> None:
    counts = [count + (400 if day >= 70 else 0) for day, count in enumerate(with_drip(10, 1_500))]
    prepared = features.prepare(read([creator(follower_history=history(counts))], now=NOW))
    evidence, found = features.evidence(prepared), features.anomalies(prepared)
    drip, step = [f"{start}/{end}" for start, end in found.select("start", "end").iter_rows()]
    assert found["kind"].to_list() == ["drip", "step"]
    assert evidence["unexplained_growth_share"].item().to_list() == [drip, step]
    assert evidence["unexplained_surge"].item().to_list() == [drip]


@pytest.mark.parametrize(("size", "share"), [(1_000, 1), (1_237, 0), (2_500, 1), (350, 0)])
def test_packages_are_round(size: int, share: int) -> None:
    assert signals_of(creator(follower_history=history(with_step(40, size))))["round_step_share"] == share


@pytest.mark.parametrize("days", [29, 90])
def test_a_drip_of_a_fortnight_is_found_in_a_month_and_in_a_quarter(days: int) -> None:
    dripped = signals_of(creator(follower_history=history(with_drip(10, 1_000, days=days))))
    assert dripped["unexplained_surge"] == pytest.approx(math.log(1.1), abs=0.02)


@pytest.mark.parametrize("lively", [0, 150])
@pytest.mark.parametrize("days", [31, 90])
def test_what_is_seen_of_a_drip_grows_with_it_also_where_lively_days_follow(days: int, lively: int) -> None:
    seen = []
    for gain in (1_000, 2_500, 6_700, 15_000):
        counts = with_drip(10, gain, days=days)
        beside = [count + lively * max(0, min(4, day - 24)) for day, count in enumerate(counts)]
        signals = signals_of(creator(follower_history=history(beside)))
        seen.append((signals["unexplained_surge"], signals["unexplained_growth_share"]))
    for column in zip(*seen, strict=True):
        assert list(column) == sorted(column)
    assert seen[-1][0] > 0.7


def test_days_after_a_purchase_that_fills_half_of_a_history_are_no_loss() -> None:
    record = creator(follower_history=history(with_drip(10, 15_000, days=31)))
    seen = features.anomalies(features.prepare(read([record], now=NOW)))
    assert seen["kind"].to_list() == ["drip"]


def test_a_history_that_grows_evenly_from_end_to_end_is_no_drip() -> None:
    for unit in (1, 4):
        counts = [unit * (425 + day // 3) for day in range(43)]
        assert signals_of(creator(follower_history=history(counts)))["unexplained_surge"] == 0


def test_bought_likes_explain_no_step() -> None:
    counts = history(with_step(50, 1_000))
    likes: list[int | None] = [100] * 60
    likes[48] = 4_000
    spread = [10] * 48 + [200] + [10] * 11
    talked_of, bought = (
        signals_of(creator(follower_history=counts, posts=posts(likes, comments=comments)))
        for comments in (spread, [10] * 60)
    )
    assert talked_of["viral_growth_share"] > 0.4
    assert bought["viral_growth_share"] == 0
    assert bought["unexplained_surge"] > 0.08


def test_a_drip_may_fill_half_of_the_history_or_end_with_it() -> None:
    for start in (0, 14):
        counts = with_drip(start, 1_500, days=29)
        assert signals_of(creator(follower_history=history(counts)))["unexplained_surge"] > 0.08


def test_followers_that_fade_in_after_a_post_are_no_drip() -> None:
    fading = [count + sum(round(180 * 0.8**n) for n in range(day - 39)) for day, count in enumerate(steady(90))]
    assert signals_of(creator(follower_history=history(fading)))["unexplained_surge"] == 0


@pytest.mark.parametrize("unit", [100, 1_000])
def test_rounded_counts_look_neither_like_steps_nor_like_packages(unit: int) -> None:
    for pace in (20, 150, 400):
        counts = [(60_000 + pace * day) // unit * unit for day in range(120)]
        signals = signals_of(creator(follower_history=history(counts)))
        assert signals["unexplained_surge"] == 0
        assert signals["round_step_share"] is None


def test_a_step_in_rounded_counts_is_found_but_not_called_round() -> None:
    counts = [(60_000 + 40 * day + (6_000 if day >= 60 else 0)) // 1_000 * 1_000 for day in range(120)]
    signals = signals_of(creator(follower_history=history(counts)))
    assert signals["unexplained_surge"] > 0
    assert signals["round_step_share"] is None


@pytest.mark.parametrize("gain", [970_000, 2_200_000, 5_900_000])
def test_a_step_to_the_next_magnitude_is_found_also_where_it_ends_on_a_round_count(gain: int) -> None:
    counts = [8_790_000 + 10_000 * (day // 30) for day in range(59)]
    signals = signals_of(creator(follower_history=history([*counts, counts[-1] + gain])))
    assert signals["unexplained_surge"] == pytest.approx(math.log1p(gain / counts[-1]), abs=0.01)


def test_missing_days_make_no_step() -> None:
    rows = history(steady(120))
    kept = [row for day, row in enumerate(rows) if day % 3 != 1 and not 50 <= day < 75]
    assert signals_of(creator(follower_history=kept))["unexplained_surge"] == 0
    jump = [count + (3_000 if day >= 75 else 0) for day, count in enumerate(steady(120))]
    kept = [row for day, row in enumerate(history(jump)) if not 50 <= day < 75]
    assert signals_of(creator(follower_history=kept))["unexplained_surge"] == 0


def test_a_new_account_that_slows_down_has_nothing_to_explain() -> None:
    rng = np.random.default_rng(4)
    for power in (0.8, 1.2, 1.6):
        growth_ = np.log1p(1 / np.arange(1, 70)) * power * np.exp(0.4 * rng.standard_normal(69))
        counts = [round(30 * math.exp(total)) for total in np.cumsum(growth_)]
        assert signals_of(creator(follower_history=history(counts)))["unexplained_growth_share"] < 0.35


@pytest.mark.parametrize("unseen", [0, 5, 15])
@pytest.mark.parametrize("fading", [8, 12, 20])
def test_an_account_whose_first_days_bring_most_has_nothing_to_explain(fading: int, unseen: int) -> None:
    rng = np.random.default_rng(9)
    for _ in range(10):
        arrived = rng.poisson(400 * np.exp(-np.arange(60) / fading) + 8)
        counts = np.cumsum(arrived)[unseen:].tolist()
        assert signals_of(creator(follower_history=history(counts)))["unexplained_surge"] == 0


def test_an_account_that_gains_as_many_every_day_from_the_first_on_has_no_step() -> None:
    counts = np.cumsum([23, 39, *np.random.default_rng(2).poisson(30, 58)]).tolist()
    assert signals_of(creator(follower_history=history(counts)))["unexplained_surge"] == 0
    bought = [count + 500 * (day >= 2) for day, count in enumerate(counts)]
    assert signals_of(creator(follower_history=history(bought)))["unexplained_surge"] > 1


def test_a_delivery_that_began_before_the_history_is_found_by_its_end() -> None:
    counts = [10_000 + 200 * min(day, 12) + 20 * day for day in range(60)]
    assert signals_of(creator(follower_history=history(counts)))["unexplained_surge"] > 0.15


def test_a_step_with_no_post_near_is_told_from_one_after_a_viral_post() -> None:
    counts = history(with_step(50, 1_000))
    viral = signals_of(creator(follower_history=counts, posts=posts([100] * 48 + [4_000, 900] + [100] * 10)))
    silent = signals_of(creator(follower_history=counts, posts=posts([100] * 60)[:30]))
    assert viral["viral_growth_share"] > 0.4
    assert viral["step_without_post_share"] == 0
    assert viral["unexplained_surge"] == 0
    assert silent["viral_growth_share"] == 0
    assert silent["step_without_post_share"] == 1
    assert silent["unexplained_surge"] > 0.08


def test_a_giveaway_and_a_tag_explain_a_step() -> None:
    counts = history(with_step(50, 1_000))
    captions = ["a walk"] * 60
    captions[46] = "GIVEAWAY time: win a lamp, tag a friend and follow me"
    assert (
        signals_of(creator(follower_history=counts, posts=posts([100] * 60, caption=captions)))["giveaway_growth_share"]
        > 0.4
    )
    captions[46], captions[49] = "a walk", "with @anna"
    likes: list[int | None] = [100] * 60
    likes[49] = 180
    assert (
        signals_of(creator(follower_history=counts, posts=posts(likes, caption=captions)))["collaboration_growth_share"]
        > 0.4
    )
    bought = posts(likes, caption=captions, comments=[10] * 60)
    signals = signals_of(creator(follower_history=counts, posts=bought))
    assert signals["collaboration_growth_share"] == 0
    everywhere = ["with @anna"] * 60
    signals = signals_of(creator(follower_history=counts, posts=posts(likes, caption=everywhere)))
    assert signals["collaboration_growth_share"] == 0


@pytest.mark.parametrize(
    ("signal", "caption", "days"),
    [
        ("collaboration_growth_share", "with @anna", 4),
        ("viral_growth_share", "a walk", 7),
        ("giveaway_growth_share", "GIVEAWAY time: win a lamp, tag a friend and follow me", 10),
    ],
)
def test_a_post_explains_a_step_for_as_many_days_as_its_kind_brings_followers(
    signal: str, caption: str, days: int
) -> None:
    shares = []
    for at in (50 - days, 49 - days):
        captions, likes = ["a walk"] * 60, [100] * 60
        captions[at], likes[at] = caption, 4_000 if signal == "viral_growth_share" else 180
        rows = [
            {**row, "posted_at": f"{day['date']}T10:00:00Z"}
            for row, day in zip(posts([*likes], caption=captions), history(steady()), strict=True)
        ]
        record = creator(follower_history=history(with_step(50, 1_000)), posts=rows)
        shares.append(signals_of(record)[signal])
    assert shares[0] > 0.4
    assert shares[1] == 0


def test_a_rise_on_a_day_that_lifted_everybody_is_common_growth_and_a_loss_on_a_common_one_a_purge() -> None:
    moves = [0.01 + 0.0015 * place for place in range(39)]
    rising, falling = corpus(39, {20: moves}), corpus(39, {20: [-move for move in moves]})
    lifted, purged = (
        features.build(tables, Context(common_growth=common_growth.build(tables))).row(38, named=True)
        for tables in (rising, falling)
    )
    assert lifted["common_growth_share"] > 0.2
    assert lifted["unexplained_growth_share"] == lifted["purge_loss"] == 0
    assert purged["purge_loss"] > 0.01
    assert purged["own_loss"] == purged["common_growth_share"] == 0


def test_a_post_explains_a_drip_only_as_long_as_it_brings_followers() -> None:
    captions = ["a walk"] * 90
    captions[42] = "with @anna"
    likes: list[int | None] = [100] * 90
    likes[42] = 180
    explained = []
    for over in (6, 20):
        record = creator(
            follower_history=history(with_drip(41, 1_500, over=over)), posts=posts(likes, caption=captions)
        )
        explained.append(signals_of(record)["collaboration_growth_share"])
    assert explained[0] > 0.3
    assert explained[1] == 0


@pytest.mark.parametrize("after", [0, 2, 4, 5])
def test_a_viral_post_explains_no_delivery_that_lasts_longer_than_it_brings_followers(after: int) -> None:
    likes: list[int | None] = [100] * 90
    likes[40 + after] = 4_000
    signals = signals_of(creator(follower_history=history(with_drip(40, 6_000)), posts=posts(likes)))
    assert signals["viral_growth_share"] == 0
    assert signals["unexplained_surge"] > 0.3


def test_calm_days_at_the_start_of_a_history_are_no_part_of_a_drip() -> None:
    quiet = [10_000 + 60 * (day >= 1) + 60 * (day >= 6) for day in range(12)]
    for gain in (1_000, 2_500, 6_700):
        counts = [*quiet, *(quiet[-1] + gain * day // 14 for day in range(1, 15)), *[quiet[-1] + gain] * 6]
        seen = features.anomalies(features.prepare(read([creator(follower_history=history(counts))], now=NOW)))
        drips = seen.filter(kind="drip")
        assert drips.select((pl.col("end") - pl.col("start")).dt.total_days()).to_series().to_list() == [14]


def test_without_posts_nobody_knows_whether_there_was_one() -> None:
    assert signals_of(creator(follower_history=history(with_step(40, 1_000))))["step_without_post_share"] is None


def test_following_and_unfollowing_again_is_churn() -> None:
    waves = [500 + 300 * ((day // 10) % 2) for day in range(60)]
    signals = signals_of(creator(follower_history=history(steady(), following=waves)))
    assert signals["following_churn"] > 0.05
    calm = signals_of(creator(follower_history=history(steady(), following=[500 + d for d in range(60)])))
    assert calm["following_churn"] == 0


def test_the_range_of_the_followings_is_measured_in_the_first_followers() -> None:
    waves = [500 + 300 * ((day // 10) % 2) for day in range(60)]
    signals = signals_of(creator(follower_history=history(steady(), following=waves)))
    assert signals["following_range"] == pytest.approx((800 - 500) / 10_000)


def test_a_sudden_loss_is_as_large_as_it_was_and_nobody_else_lost_any() -> None:
    lost = signals_of(creator(follower_history=history(with_step(30, -900))))
    assert lost["own_loss"] == pytest.approx(math.log(10_580 / 9_680), abs=0.01)
    assert lost["purge_loss"] == 0
    assert signals_of(creator(follower_history=history(steady())))["own_loss"] == 0


def test_a_step_of_an_account_that_else_loses_followers_is_all_of_its_growth() -> None:
    counts = [10_000 - 20 * day + 1_000 * (day >= 40) for day in range(60)]
    assert signals_of(creator(follower_history=history(counts)))["unexplained_growth_share"] == 1


def test_the_days_on_which_most_were_followed_and_left_are_cited() -> None:
    waves = [500 + 300 * (20 <= day < 50) + day % 2 for day in range(60)]
    record = creator(follower_history=history(steady(), following=waves))
    evidence = features.evidence(features.prepare(read([record], now=NOW)))
    days = [record["follower_history"][day]["date"] for day in (20, 50)]
    assert set(days) <= set(evidence["following_churn"].item().to_list())
    assert evidence["following_range"].to_list() == evidence["following_churn"].to_list()
    still = creator(follower_history=history(steady(), following=[500] * 60))
    assert features.evidence(features.prepare(read([still], now=NOW)))["following_churn"].item().to_list() == []


def test_too_short_a_history_has_no_usual_pace() -> None:
    short = signals_of(creator(follower_history=history(with_step(20, 1_000, days=27))))
    assert short["unexplained_surge"] is None
    assert short["unexplained_growth_share"] is None
    assert signals_of(creator(follower_history=history(with_step(20, 1_000, days=28))))["unexplained_surge"] > 0.08


@pytest.mark.parametrize("read", [0, 5_000, 10_400, 11_200, 20_000])
def test_a_count_that_the_next_one_takes_back_was_misread(read: int) -> None:
    counts: list[int | None] = [*steady()]
    known = signals_of(creator(follower_history=history([*counts[:40], None, *counts[41:]])))
    assert signals_of(creator(follower_history=history([*counts[:40], read, *counts[41:]]))) == known


def test_counts_of_0_between_others_were_misread_however_many() -> None:
    counts: list[int | None] = [*steady()]
    known = signals_of(creator(follower_history=history([*counts[:40], *[None] * 4, *counts[44:]])))
    assert signals_of(creator(follower_history=history([*counts[:40], *[0] * 4, *counts[44:]]))) == known
    bought = with_step(42, 1_000)
    hidden = signals_of(creator(follower_history=history([*bought[:40], *[0] * 4, *bought[44:]])))
    assert hidden["unexplained_surge"] == pytest.approx(math.log(1_000 / 10_800 + 1), abs=0.02)


def test_an_account_that_begins_with_0_was_not_misread() -> None:
    begun = signals_of(creator(follower_history=history([0] * 5 + [20 * day for day in range(55)])))
    assert begun["history_days"] == 60
    assert signals_of(creator(follower_history=history([0] * 60)))["history_days"] == 60


def test_followers_that_come_again_after_a_loss_or_stay_in_part_were_not_misread() -> None:
    refilled = [count - 1_000 * (40 <= day < 45) for day, count in enumerate(steady())]
    assert signals_of(creator(follower_history=history(refilled)))["unexplained_surge"] > 0.05
    crumbled = [count + 1_000 * (day == 40) + 200 * (day > 40) for day, count in enumerate(steady())]
    assert signals_of(creator(follower_history=history(crumbled)))["unexplained_surge"] > 0.05


def test_a_small_account_that_wins_two_followers_has_no_step() -> None:
    counts = [1_000 + (day > 20) * 2 for day in range(40)]
    assert signals_of(creator(follower_history=history(counts)))["unexplained_surge"] == 0


def test_what_nothing_explains_raises_the_risk_and_what_is_explained_lowers_it() -> None:
    by_name = {signal.name: signal for signal in SIGNALS}
    for name in ("unexplained_surge", "unexplained_growth_share", "growth_30d", "growth_90d"):
        assert by_name[name].direction == 1
    for name in (*EXPLAINED, "common_growth_share"):
        assert by_name[name].direction == -1
        assert by_name[name].supports


# --- real histories -------------------------------------------------------------------------------------------------


def tables_of(counts: pl.DataFrame) -> Tables:
    ids = counts["creator_id"].unique().sort()
    creators = pl.DataFrame({"creator_id": ids, "platform": ["x"] * len(ids)})
    return Tables.from_frames(
        {"creators": creators, "follower_history": counts.select("creator_id", "date", "followers", "following")}
    )


def surges_of(counts: pl.DataFrame, context: Context) -> pl.DataFrame:
    """The rises that nothing explains."""
    tables = tables_of(counts)
    rows = features.prepare(tables, context).history
    return rows.filter(pl.col("surge").is_in(["step", "drip"]) & pl.col("explained_by").is_null())


def injected(counts: pl.DataFrame, share: float, days: int, seed: int) -> tuple[pl.DataFrame, dict[str, int]]:
    """A purchase of a share of the followers over some days in every history, and the place of the count before it."""
    rng = np.random.default_rng(seed)
    frames, begun = [], {}
    for (creator_id,), own in counts.group_by("creator_id", maintain_order=True):
        before = begun[str(creator_id)] = int(rng.integers(0, len(own) - days))
        arrived = np.clip((np.arange(len(own)) - before) / days, 0, 1)
        bought = np.round(arrived * share * own["followers"][before]).astype(int)
        frames.append(own.with_columns(pl.col("followers") + pl.Series(bought)))
    return pl.concat(frames), begun


def found(counts: pl.DataFrame, context: Context, begun: dict[str, int], days: int) -> float:
    """Share of the accounts in which the purchase is found on at least half of its days."""
    day = {own: counts.filter(pl.col("creator_id") == own)["date"].sort()[before] for own, before in begun.items()}
    hits = {
        own
        for own, start, end in surges_of(counts, context).select("creator_id", "start", "date").iter_rows()
        if min((end - day[own]).days, days) - max((start - day[own]).days, 0) >= days / 2
    }
    return len(hits) / len(begun)


@pytest.fixture(scope="module")
def panel(real_data: Path) -> pl.DataFrame:
    return pl.read_parquet(real_data / "growth" / "x_daily_2022.parquet").sort("creator_id", "date")


@pytest.fixture(scope="module")
def panel_context(panel: pl.DataFrame) -> Context:
    return Context(common_growth=common_growth.build(tables_of(panel)))


def test_news_that_moved_both_panels_is_common_and_nobody_bought(panel: pl.DataFrame, panel_context: Context) -> None:
    tables = tables_of(panel)
    rows = features.prepare(tables, panel_context).history
    news = rows.filter((pl.col("date") == pl.date(2022, 4, 26)) & pl.col("surge").is_not_null())
    assert len(news) >= 5
    assert news["explained_by"].unique().to_list() == ["common"]
    assert surges_of(panel, panel_context)["creator_id"].n_unique() <= 2


@pytest.mark.parametrize(("share", "days", "least"), [(0.05, 1, 0.95), (0.10, 14, 0.80)])
def test_purchases_in_real_histories_are_found(
    panel: pl.DataFrame, panel_context: Context, share: float, days: int, least: float
) -> None:
    shares = [
        found(*(bought := injected(panel, share, days, seed))[:1], panel_context, bought[1], days)
        for seed in (11, 12, 13, 14)
    ]
    assert sum(shares) / len(shares) >= least


def test_the_family_is_small() -> None:
    assert len(growth.SIGNALS) <= 20
