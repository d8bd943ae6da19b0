"""A row of signals depends on the creator's record and the context, and on nothing else."""

from __future__ import annotations

import copy
import random
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import features
from features.build import signals_over
from features.records import Tables, read
from tests.features.conftest import NOW, Record, comments, creator, history, posts, signals_of


def varied(seed: int) -> Record:
    """A record drawn from a seed: any table may be short, absent, or full of nulls."""
    draw = random.Random(seed)
    count = draw.choice([0, 1, 4, 12, 30])

    def maybe(value: Any) -> Any:
        return None if draw.random() < 0.15 else value

    record = creator(
        creator_id=f"c{seed}",
        platform=draw.choice(["instagram", "tiktok", "youtube"]),
        followers=maybe(draw.randint(0, 90_000)),
        following=maybe(draw.randint(0, 5_000)),
        handle=maybe("ab12"),
        posts=posts(
            [maybe(draw.randint(0, 900)) for _ in range(count)],
            comments=[maybe(draw.randint(0, 60)) for _ in range(count)],
            views=[maybe(draw.randint(0, 9_000)) for _ in range(count)],
        ),
        comments=comments(
            [
                draw.choice(["nice", "🔥🔥", "@anna", "where is that place in town?", "так красиво", ""])
                for _ in range(40)
            ],
            author_id=[f"a{draw.randint(0, 9)}" for _ in range(40)],
            post_id=[f"p{draw.randint(0, 4):03}" for _ in range(40)],
        ),
    )
    if draw.random() < 0.7:
        start = draw.randint(500, 50_000)
        record["follower_history"] = history([start + draw.randint(0, 90) * day for day in range(draw.randint(1, 60))])
    return record


RECORDS = [varied(seed) for seed in range(40)]


@pytest.fixture(scope="module")
def together() -> pl.DataFrame:
    tables = read(copy.deepcopy(RECORDS), now=NOW)
    return features.build(tables, features.context.build(tables))


@pytest.fixture(scope="module")
def context() -> features.Context:
    return features.context.build(read(copy.deepcopy(RECORDS), now=NOW))


def test_the_columns_are_identity_coverage_and_every_signal_in_order(together: pl.DataFrame) -> None:
    assert together.columns == [*features.IDENTITY, *features.COVERAGE, *features.SIGNAL_NAMES]
    assert all(together.schema[name] == pl.Float64 for name in features.SIGNAL_NAMES)


def test_values_are_finite_or_null(together: pl.DataFrame) -> None:
    values = together.select(features.SIGNAL_NAMES)
    assert values.select(pl.all().is_finite().all()).row(0) == (True,) * len(features.SIGNAL_NAMES)


def test_one_by_one_equals_together_to_the_last_bit(together: pl.DataFrame, context: features.Context) -> None:
    alone = [features.build(read([copy.deepcopy(record)], now=NOW), context) for record in RECORDS]
    assert_frame_equal(pl.concat(alone), together, check_exact=True)


@pytest.mark.parametrize("part", ["posts", "history", "comments", "followers"])
def test_signals_over_some_rows_are_those_over_all_whether_of_one_creator_or_of_many(
    part: str, together: pl.DataFrame, context: features.Context
) -> None:
    rows = features.prepare(read(copy.deepcopy(RECORDS), now=NOW), context)
    alone = [features.prepare(read([copy.deepcopy(record)], now=NOW), context) for record in RECORDS]
    among = signals_over(rows, context, (part,))
    assert_frame_equal(among, together.select(among.columns), check_exact=True)
    assert_frame_equal(pl.concat(signals_over(one, context, (part,)) for one in alone), among, check_exact=True)


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_and_creators_changes_nothing(
    together: pl.DataFrame, context: features.Context, seed: int
) -> None:
    draw = random.Random(seed)
    shuffled = copy.deepcopy(RECORDS)
    draw.shuffle(shuffled)
    for record in shuffled:
        for name in ("posts", "comments", "follower_history"):
            draw.shuffle(record.get(name, []))
    again = features.build(read(shuffled, now=NOW), context)
    assert_frame_equal(again.sort("creator_id"), together.sort("creator_id"), check_exact=True)


def test_the_tables_are_not_changed_by_building(full_record: Record) -> None:
    tables = read([full_record], now=NOW)
    before = read([full_record], now=NOW)
    features.build(tables)
    features.evidence(features.prepare(tables))
    assert tables == before


@pytest.mark.parametrize("table", ["posts", "follower_history", "comments", "audience"])
def test_a_missing_table_gives_null_signals_never_zeros(full_record: Record, table: str) -> None:
    without = {name: value for name, value in full_record.items() if name != table}
    signals = signals_of(without)
    needing = [s.name for s in features.SIGNALS if all(need.startswith(f"{table}.") for need in s.needs)]
    assert needing
    assert all(signals[name] is None for name in needing)


def test_a_creator_with_nothing_but_a_platform_has_no_signal() -> None:
    signals = signals_of(creator())
    assert all(signals[name] is None for name in features.SIGNAL_NAMES)
    assert [signals[name] for name in features.COVERAGE] == [0, 0, 0, 0]


@pytest.mark.parametrize("column", ["followers", "following", "created_at", "bio", "handle"])
def test_a_missing_column_gives_null_signals(full_record: Record, column: str) -> None:
    signals = signals_of({**full_record, column: None})
    needing = [s.name for s in features.SIGNALS if f"creators.{column}" in s.needs]
    assert all(signals[name] is None for name in needing)


def test_almost_every_signal_is_known_of_a_full_record(full_record: Record) -> None:
    signals = signals_of(full_record)
    known = [name for name in features.SIGNAL_NAMES if signals[name] is not None]
    assert len(known) > 0.55 * len(features.SIGNAL_NAMES)  # others need a context, or models of rows


def test_coverage_counts_what_there_is_to_judge_by(full_record: Record) -> None:
    signals = signals_of(full_record)
    assert [signals[name] for name in features.COVERAGE] == [20, 18, 45, 120]


def test_looking_at_an_earlier_day_leaves_out_what_came_later(full_record: Record) -> None:
    tables = read([full_record], now=NOW)
    earlier = features.build(tables, as_of=date(2026, 6, 20)).row(0, named=True)
    assert earlier["history_days"] == 35
    assert earlier["posts_counted"] < 20


def test_the_account_age_ends_at_the_newest_observation() -> None:
    record = creator(created_at="2026-01-01T00:00:00Z", observed_at="2026-01-31T00:00:00Z")
    assert signals_of(record)["account_age_days"] == 30
    record["follower_history"] = history([5, 6])
    assert signals_of(record)["account_age_days"] == 180


def test_evidence_names_posts_comments_and_days(full_record: Record) -> None:
    found: Tables = read([full_record], now=NOW)
    evidence = features.evidence(features.prepare(found))
    assert evidence["creator_id"].to_list() == ["c"]
    assert set(evidence.columns[1:]) == {signal.name for signal in features.SIGNALS if signal.evidence is not None}
    assert all(dtype == pl.List(pl.String) for dtype in evidence.schema.dtypes()[1:])


def test_posts_alike_stay_in_their_order_whoever_else_is_there() -> None:
    ids = [f"c{number}" for number in range(300)]
    posts = [(one, f"p{post:02}", 100 + post % 2) for one in ids for post in range(30)]
    tables = Tables.from_frames(
        {
            "creators": pl.DataFrame({"creator_id": ids, "platform": ["instagram"] * len(ids)}),
            "posts": pl.DataFrame(posts, schema=["creator_id", "post_id", "likes"], orient="row"),
        },
        labels=False,
    )
    together = features.prepare(tables, None).posts.select("creator_id", "post_id", "likes")
    for _, own in together.group_by("creator_id"):
        for _, alike in own.group_by("likes", maintain_order=True):
            assert alike["post_id"].is_sorted()
