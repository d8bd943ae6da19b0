"""The simulation as a whole: repeatable, readable, written whole or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import records
from training.simulate import Simulation, simulate


def test_the_same_seed_gives_the_same_records_and_another_seed_others() -> None:
    first, again, other = simulate(60, 3), simulate(60, 3), simulate(60, 4)
    assert first.tables == again.tables
    assert first.truth.equals(again.truth)
    assert first.tables != other.tables


@settings(max_examples=6)
@given(creators=st.integers(1, 25), seed=st.integers(0, 2**40))
def test_any_simulation_passes_the_door_that_records_come_in_through(creators: int, seed: int) -> None:
    made = simulate(creators, seed)
    handed = {name: frame for name, frame in made.tables.items() if frame.height}
    read = records.read(handed, labels=True)
    assert read == made.tables
    assert made.truth["creator_id"].to_list() == made.tables.creators["creator_id"].to_list()


def test_a_written_simulation_reads_back_as_it_was(tmp_path: Path) -> None:
    made = simulate(40, 9)
    made.write(tmp_path / "sim")
    assert records.read(tmp_path / "sim", labels=True) == made.tables
    assert pl.read_parquet(tmp_path / "sim" / "truth.parquet").equals(made.truth)
    assert [path.name for path in tmp_path.iterdir()] == ["sim"]


def test_writing_replaces_what_was_there(tmp_path: Path) -> None:
    simulate(5, 1).write(tmp_path / "sim")
    simulate(7, 2).write(tmp_path / "sim")
    assert pl.read_parquet(tmp_path / "sim" / "truth.parquet").height == 7


def test_nothing_is_later_than_the_last_day_but_the_audits() -> None:
    last = date(2025, 3, 31)
    made = simulate(80, 1, until=last).tables
    end = datetime(2025, 4, 1, tzinfo=UTC)
    for table, column in (("posts", "posted_at"), ("comments", "posted_at"), ("audience", "created_at")):
        assert made[table][column].drop_nulls().max() < end
    assert made.follower_history["date"].max() == last
    assert made.audits["audited_at"].min() > end


def test_comments_stand_under_posts_and_after_them(simulation: Simulation) -> None:
    tables = simulation.tables
    dated = tables.comments.filter(pl.col("post_id").is_not_null() & pl.col("posted_at").is_not_null())
    posts = tables.posts.select("creator_id", "post_id", pl.col("posted_at").alias("published"))
    joined = dated.join(posts, on=["creator_id", "post_id"], how="inner").drop_nulls("published")
    assert joined.height > 0.6 * dated.height
    assert joined.filter(pl.col("posted_at") < pl.col("published")).height == 0


def test_progress_ends_at_one() -> None:
    told: list[tuple[str, float]] = []
    simulate(10, 1, progress=lambda what, share: told.append((what, share)))
    assert told[-1][1] == 1.0


@pytest.mark.parametrize(("creators", "seed"), [(0, 1), (-3, 1), (5, -1)])
def test_impossible_sizes_and_seeds_are_refused(creators: int, seed: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        simulate(creators, seed)
