from __future__ import annotations

import numpy as np
import polars as pl

from features.records import Tables
from training.split import fold_of, groups, held_out

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
