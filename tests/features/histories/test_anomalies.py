"""What stood out in a follower history, and the history without it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import features
from features import Context
from features.histories import common_growth
from features.histories.anomalies import SCHEMA, anomalies, removed
from features.records import Tables, read
from features.rows import history as history_rows
from tests.features.conftest import NOW, Record, creator, history, posts
from tests.features.families.test_growth import steady, with_drip, with_step
from tests.features.histories.test_common_growth import DAYS, FIRST, corpus

if TYPE_CHECKING:
    from pathlib import Path

VIRAL: list[int | None] = [100] * 48 + [4_000, 900] + [100] * 10


def found(record: Record) -> list[dict[str, Any]]:
    return anomalies(features.prepare(read([record], now=NOW)).history).to_dicts()


def of_corpus(tables: Tables, context: Context | None) -> pl.DataFrame:
    return anomalies(features.prepare(tables, context).history)


def test_an_anomaly_is_dated_sized_and_explained() -> None:
    record = creator(follower_history=history(with_step(50, 1_000)), posts=posts(VIRAL))
    (step,) = found(record)
    assert (step["kind"], step["explained_by"], step["evidence"]) == ("round", "viral_post", ["p048", "p049"])
    assert 950 <= step["size"] <= 1_040
    assert 0.4 < step["share_of_growth"] < 0.6
    assert str(step["start"]) == record["follower_history"][49]["date"]
    assert str(step["end"]) == record["follower_history"][50]["date"]


def test_a_step_that_nothing_explains_says_so() -> None:
    (step,) = found(creator(follower_history=history(with_step(50, 1_237)), posts=posts([100] * 60)))
    assert (step["kind"], step["explained_by"], step["evidence"]) == ("step", None, [])


def test_a_drip_has_its_days() -> None:
    record = creator(follower_history=history(with_drip(40, 1_200)))
    (drip,) = found(record)
    assert drip["kind"] == "drip"
    assert abs(drip["size"] - 1_200) < 120
    assert abs((drip["end"] - drip["start"]).days - 14) <= 2


def test_a_block_that_crumbles_is_a_step_and_a_decay() -> None:
    counts = [count - max(0, min(900, 30 * (day - 21))) for day, count in enumerate(with_step(20, 1_237))]
    step, decay = found(creator(follower_history=history(counts)))
    assert (step["kind"], decay["kind"]) == ("step", "decay")
    assert decay["start"] == step["end"]
    assert (decay["end"] - decay["start"]).days == 30
    assert decay["size"] == min(counts[20:51]) - counts[20]
    assert decay["share_of_growth"] is None


def test_an_account_that_only_grows_more_slowly_after_a_step_has_lost_nobody() -> None:
    counts = [10_000 + 70 * min(day, 20) + 1_237 * (day >= 20) + 20 * max(0, day - 20) for day in range(60)]
    assert [one["kind"] for one in found(creator(follower_history=history(counts)))] == ["step"]


def test_a_decay_is_told_no_larger_than_the_counts_fell() -> None:
    counts = [10_000 + 70 * min(day, 20) + 1_237 * (day >= 20) - 10 * max(0, day - 20) for day in range(60)]
    step, decay = found(creator(follower_history=history(counts)))
    assert (step["kind"], decay["kind"]) == ("step", "decay")
    assert decay["size"] == counts[50] - counts[20] == -300


def test_what_lost_less_than_usual_is_not_told_as_growth() -> None:
    falling = [round(1_000_000 * 0.986**day) for day in range(60)]
    counts = falling + [falling[-1] - 5 * day for day in range(1, 41)]
    assert counts == sorted(counts, reverse=True)
    assert found(creator(follower_history=history(counts))) == []


def test_no_anomaly_is_more_than_all_growth() -> None:
    counts = [10_000 - 20 * day + 1_000 * (day >= 40) for day in range(60)]
    (step,) = found(creator(follower_history=history(counts)))
    assert step["size"] > max(after - before for before, after in pairwise(counts))
    assert step["share_of_growth"] == 1


def test_leaving_many_and_following_others_after_that_is_no_mass_following() -> None:
    turned = [2_000 - 40 * min(max(day - 20, 0), 20) + 40 * max(day - 60, 0) for day in range(90)]
    assert found(creator(follower_history=history(steady(90), following=turned))) == []


def test_mass_following_begins_with_the_first_who_were_followed() -> None:
    waves = [800 - 40 * min(day, 5) + (40 * (day % 20) if 20 <= day < 60 else 0) for day in range(90)]
    record = creator(follower_history=history(steady(90), following=waves))
    (wave,) = found(record)
    assert str(wave["start"]) == record["follower_history"][20]["date"]
    assert wave["size"] == 2 * 19 * 40


def test_a_sudden_loss_of_ones_own_is_a_purge_that_nothing_explains() -> None:
    (loss,) = found(creator(follower_history=history(with_step(30, -900))))
    assert (loss["kind"], loss["explained_by"], loss["share_of_growth"]) == ("purge", None, None)
    assert -950 < loss["size"] < -850


def test_press_fades_over_days_and_lasts() -> None:
    spread = [count + sum(round(500 * 0.75**n) for n in range(day - 39)) for day, count in enumerate(steady(80))]
    lasting = posts([100 + day // 8 for day in range(80)])
    (step,) = found(creator(follower_history=history(spread), posts=lasting))
    assert (step["kind"], step["explained_by"]) == ("step", "press")
    waning = posts([200 - day for day in range(80)])
    assert found(creator(follower_history=history(spread), posts=waning))[0]["explained_by"] is None
    assert found(creator(follower_history=history(spread)))[0]["explained_by"] is None


def test_press_is_seen_beside_posts_whose_likes_are_hidden() -> None:
    spread = [count + sum(round(500 * 0.75**n) for n in range(day - 39)) for day, count in enumerate(steady(80))]
    likes = [None if day % 3 == 0 else 100 + day // 8 for day in range(80)]
    (step,) = found(creator(follower_history=history(spread), posts=posts(likes)))
    assert step["explained_by"] == "press"


def test_waves_of_following_are_mass_following() -> None:
    waves = [500 + (40 * (day % 20) if 20 <= day < 60 else 0) for day in range(90)]
    record = creator(follower_history=history(steady(90), following=waves))
    (wave,) = found(record)
    assert wave["kind"] == "mass_following"
    assert wave["size"] >= 1_400
    assert str(wave["start"]) == record["follower_history"][20]["date"]
    assert str(wave["end"]) == record["follower_history"][60]["date"]


def test_a_purge_of_the_platform_explains_a_drop_and_only_with_a_context() -> None:
    tables = corpus(40, {20: [-0.03 - 0.0002 * place for place in range(40)]})
    without = of_corpus(tables, None)
    assert without["kind"].unique().to_list() == ["purge"]
    assert without["explained_by"].null_count() == len(without) == 40
    known = of_corpus(tables, Context(common_growth=common_growth.build(tables)))
    assert known.is_empty()


def test_losing_more_than_most_in_a_purge_is_shown_with_its_cause() -> None:
    tables = corpus(40, {20: [-0.01 - 0.0015 * place for place in range(39)] + [-0.5]})
    known = of_corpus(tables, Context(common_growth=common_growth.build(tables)))
    assert set(known["kind"]) == {"purge"}
    assert set(known["explained_by"]) == {"purge"}


def test_a_purchase_on_the_day_of_a_purge_is_found() -> None:
    losses = [-0.03 - 0.0002 * place for place in range(40)]
    losses[7] += 0.10
    tables = corpus(40, {20: losses})
    (step,) = of_corpus(tables, Context(common_growth=common_growth.build(tables))).to_dicts()
    assert (step["creator_id"], step["kind"], step["explained_by"]) == ("a007", "step", None)
    assert 4_000 < step["size"] < 6_500


def test_a_season_that_lifts_everybody_is_no_drip_of_ones_own() -> None:
    lift = {day: [0.008] * 40 for day in range(12, 24)}
    tables = corpus(40, lift)
    seen = of_corpus(tables, Context(common_growth=common_growth.build(tables)))
    assert set(seen["explained_by"]) == {"seasonal"}
    assert set(seen["kind"]) == {"drip"}
    assert of_corpus(tables, None)["explained_by"].null_count() > 0


def test_a_crowd_a_shuffle_and_other_names_change_nothing() -> None:
    tables = corpus(30, {20: [0.06] * 3, 25: [-0.04] * 2})
    together = of_corpus(tables, None)
    shuffled = Tables.from_frames(
        {
            "creators": tables.creators,
            "follower_history": tables.follower_history.sample(fraction=1.0, shuffle=True, seed=1),
        }
    )
    assert of_corpus(shuffled, None).equals(together)
    for own in ("a000", "a004", "a020"):
        alone = Tables.from_frames(
            {
                name: getattr(tables, name).filter(pl.col("creator_id") == own)
                for name in ("creators", "follower_history")
            }
        )
        assert of_corpus(alone, None).equals(together.filter(pl.col("creator_id") == own))


def test_no_history_has_no_anomalies() -> None:
    assert anomalies(features.prepare(read([creator()], now=NOW)).history).schema == SCHEMA
    assert found(creator(follower_history=history([None] * 40, following=[5] * 40))) == []


def test_posts_that_are_prepared_already_give_the_same_rows() -> None:
    record = creator(follower_history=history(with_step(50, 1_000)), posts=posts(VIRAL))
    tables = read([record], now=NOW)
    prepared = features.prepare(tables)
    assert history_rows.rows(tables, prepared.creators, None, prepared.posts).equals(prepared.history)


def counts_of(values: list[int]) -> pl.DataFrame:
    days = [date(2026, 1, 1) + timedelta(days=place) for place in range(len(values))]
    return pl.DataFrame({"creator_id": ["c"] * len(values), "date": days, "followers": values})


def test_without_a_step_the_counts_after_it_are_lower() -> None:
    start, end = date(2026, 1, 2), date(2026, 1, 3)
    assert removed(counts_of([10, 20, 130, 140]), start, end, 100)["followers"].to_list() == [10, 20, 30, 40]


def test_without_a_drip_its_days_rise_evenly_less() -> None:
    start, end = date(2026, 1, 1), date(2026, 1, 5)
    assert removed(counts_of([100, 130, 160, 190, 220, 225]), start, end, 100)["followers"].to_list() == [
        100, 105, 110, 115, 120, 125,
    ]  # fmt: skip


def test_without_a_loss_the_followers_are_still_there() -> None:
    assert removed(counts_of([100, 60, 61]), date(2026, 1, 1), date(2026, 1, 2), -40)["followers"].to_list() == [
        100, 100, 101,
    ]  # fmt: skip


@pytest.mark.parametrize("size", [-131_777, 131_777])
def test_counts_that_a_page_shortened_stay_so_without_an_anomaly(size: int) -> None:
    shown = [2_880_000, 2_890_000, 2_910_000, *[2_910_000 + round(size, -4)] * 3, 3_120_000]
    clean = removed(counts_of(shown), date(2026, 1, 3), date(2026, 1, 4), size)["followers"]
    assert clean.to_list() == [2_880_000, 2_890_000, *[2_910_000] * 4, 3_120_000 - round(size, -4)]


def test_a_purchase_that_is_taken_out_is_found_no_more() -> None:
    for counts in (with_step(50, 1_237, days=90), with_drip(40, 1_200)):
        record = creator(follower_history=history(counts))
        (block,) = found(record)
        tables = read([record], now=NOW)
        clean = removed(tables.follower_history, block["start"], block["end"], block["size"])
        frames = {"creators": tables.creators, "follower_history": clean}
        assert of_corpus(Tables.from_frames(frames), None).is_empty()


@settings(max_examples=50)
@given(
    values=st.lists(st.integers(0, 1_000), min_size=1, max_size=20),
    start=st.integers(-3, 22),
    days=st.integers(1, 20),
    size=st.integers(-2_000, 2_000),
)
def test_the_history_without_an_anomaly_keeps_its_days_and_is_never_negative(
    values: list[int], start: int, days: int, size: int
) -> None:
    before = date(2026, 1, 1) + timedelta(days=start)
    counts = counts_of(values)
    clean = removed(counts, before, before + timedelta(days=days), size)
    assert clean.drop("followers").equals(counts.drop("followers"))
    assert clean["followers"].dtype == pl.Int64
    assert (clean["followers"] >= 0).all()
    early = counts["date"] <= before
    assert clean.filter(early)["followers"].equals(counts.filter(early)["followers"])


def test_real_streamers_have_nothing_to_explain_and_a_drip_is_found(real_data: Path) -> None:
    counts = pl.read_parquet(real_data / "growth" / "streamers_daily.parquet").unique(
        ("creator_id", "date"), keep="last"
    )
    counts = counts.sort("creator_id", "date").select("creator_id", "date", "followers")
    ids = counts["creator_id"].unique().sort()
    creators = pl.DataFrame({"creator_id": ids, "platform": ["youtube"] * len(ids)})
    untouched = of_corpus(Tables.from_frames({"creators": creators, "follower_history": counts}), None)
    assert untouched.filter(pl.col("kind").is_in(["step", "round", "drip"])).is_empty()
    place = pl.int_range(pl.len()).over("creator_id")
    arrived = ((place - 60).clip(0, 14) / 14 * 0.1 * pl.col("followers").last().over("creator_id")).round()
    dripped = counts.with_columns(followers=pl.col("followers") + arrived.cast(pl.Int64))
    seen = of_corpus(Tables.from_frames({"creators": creators, "follower_history": dripped}), None)
    assert seen.filter((pl.col("kind") == "drip") & (pl.col("size") > 10_000))["creator_id"].n_unique() == len(ids)


def test_days_and_counts_of_the_corpus_are_as_the_tests_assume() -> None:
    tables = corpus(2, {})
    assert tables.follower_history["date"].min() == FIRST
    assert len(tables.follower_history) == 2 * DAYS
    assert np.diff(tables.follower_history["followers"].to_numpy()[:DAYS]).min() > -100
