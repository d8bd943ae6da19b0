from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from features.records import Tables
from training.split import audited_last, fold_of, groups, half_of, held_out, held_out_by_time

NAMES = pl.Series([f"creator:{k // 2}" for k in range(4_000)])


def test_creators_of_an_agency_belong_together() -> None:
    creators = pl.DataFrame({"creator_id": ["a", "b", "c"], "platform": "x", "agency": ["east", None, "east"]})
    found = dict(groups(Tables.from_frames({"creators": creators})).iter_rows())
    assert found["a"] == found["c"] != found["b"]


def test_a_group_is_never_on_both_sides() -> None:
    sides = pl.DataFrame({"group": NAMES, "test": held_out(NAMES, 0), "fold": fold_of(NAMES, 0)})
    assert sides.group_by("group").agg(pl.col("test", "fold").n_unique()).select(pl.col("test", "fold").max()).row(
        0
    ) == (1, 1)


def test_the_parts_have_about_the_size_asked_for() -> None:
    assert 0.17 < held_out(NAMES, 0).mean() < 0.23
    shares = np.bincount(fold_of(NAMES, 0)) / len(NAMES)
    assert len(shares) == 5
    assert shares.min() > 0.17


def test_more_creators_move_nobody() -> None:
    some = NAMES[:1_000]
    assert (held_out(NAMES, 0)[:1_000] == held_out(some, 0)).all()
    assert (fold_of(NAMES, 0)[:1_000] == fold_of(some, 0)).all()


def test_another_seed_gives_another_split() -> None:
    assert (held_out(NAMES, 0) != held_out(NAMES, 1)).any()


def _timed() -> pl.DataFrame:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    return pl.DataFrame(
        {
            "group": [f"creator:{k}" for k in range(98)] + ["agency:east"] * 2,
            "audited_at": [day + timedelta(days=k) for k in range(99)] + [day],
        }
    )


def test_by_time_the_last_are_tested_on_and_only_what_was_known_before_is_learnt_from() -> None:
    rows = _timed()
    tested, known = held_out_by_time(rows, timedelta(days=14))
    assert tested.sum() == 20
    first = rows.filter(tested)["audited_at"].min()
    latest = rows.filter(known)["audited_at"].max()
    assert first is not None
    assert latest == first - timedelta(days=14)  # type: ignore[operator]
    assert not (tested & known).any()


def test_by_time_an_agency_that_is_tested_on_is_not_learnt_from() -> None:
    rows = _timed()
    tested, known = held_out_by_time(rows, timedelta(days=14))
    assert tested[98]
    assert not known[99]


def test_the_last_verdict_given_or_taken_back_dates_a_label() -> None:
    audits = pl.DataFrame(
        {
            "creator_id": ["a", "a", "b", "b"],
            "audited_at": [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 5, 1, 9)],
            "verdict": ["fraud", "fraud", "genuine", None],
        }
    )
    assert audited_last(audits).rows() == [
        ("a", datetime(2026, 1, 5, tzinfo=UTC)),
        ("b", datetime(2026, 1, 9, tzinfo=UTC)),
    ]


def test_half_is_the_parity_of_the_whole_hash() -> None:
    for name in ("", "a", "3dd92599dbdd", "ü"):
        assert half_of(name) == int(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(), 16) % 2
