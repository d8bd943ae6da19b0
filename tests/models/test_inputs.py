from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

import features
from features import Family, Signal
from features.records import Tables
from models.inputs import UNJUDGED, missing_inputs, needed
from training.simulate import Simulation


def _signal(name: str, *needs: str) -> Signal:
    return Signal(name, Family.PROFILE, "share", 0, "A sentence.", needs, pl.lit(0.0))


SIGNALS = (
    _signal("rate", "posts.likes", "creators.followers"),
    _signal("views", "posts.views", "creators.followers"),
    _signal("growth", "follower_history.followers"),
)


def test_inputs_are_named_in_the_contracts_order() -> None:
    assert needed(SIGNALS) == {
        "creators": ("followers",),
        "posts": ("likes", "views"),
        "follower_history": ("followers",),
    }


def test_a_table_without_rows_and_a_column_without_values_are_named() -> None:
    tables = Tables.from_frames(
        {
            "creators": pl.DataFrame({"creator_id": ["b", "a"], "platform": "x", "followers": [None, 10]}),
            "posts": pl.DataFrame({"creator_id": ["a", "a"], "post_id": ["1", "2"], "likes": [None, 3]}),
            "follower_history": pl.DataFrame(
                {"creator_id": ["a"], "date": ["2026-01-01"], "followers": [10]}
            ).with_columns(pl.col("date").str.to_date()),
        }
    )
    found = missing_inputs(tables, SIGNALS)
    assert dict(found.iter_rows()) == {
        "b": ["creators.followers", "posts", "follower_history"],
        "a": ["posts.views"],
    }
    assert found["creator_id"].to_list() == ["b", "a"]


def test_what_is_there_and_says_nothing_is_named_in_its_place() -> None:
    creators = pl.DataFrame({"creator_id": ["b", "a"], "platform": "x", "followers": [5, 10]})
    posts = pl.DataFrame({"creator_id": ["a", "b"], "post_id": ["1", "2"]})
    days = pl.DataFrame({"creator_id": ["a"], "date": [date(2026, 1, 1)], "followers": [10]})
    tables = Tables.from_frames({"creators": creators, "posts": posts, "follower_history": days})
    unread = {"follower_history.followers": np.array([True, True]), UNJUDGED: np.array([True, False])}
    found = missing_inputs(tables, SIGNALS, unread)["missing_inputs"].to_list()
    assert found == [
        ["posts.likes", "posts.views", "follower_history", UNJUDGED],
        ["posts.likes", "posts.views", "follower_history.followers"],
    ]


def test_a_record_that_lacks_nothing_has_an_empty_list() -> None:
    creators = pl.DataFrame({"creator_id": ["a"], "platform": "x", "followers": [10]})
    found = missing_inputs(Tables.from_frames({"creators": creators}), (_signal("size", "creators.followers"),))
    assert found["missing_inputs"].to_list() == [[]]


def test_one_creator_alone_lacks_what_it_lacks_among_others(simulation: Simulation) -> None:
    tables = simulation.tables
    together = dict(missing_inputs(tables, features.SIGNALS).iter_rows())
    for creator in tables.creators["creator_id"][:40]:
        assert missing_inputs(tables.select([creator]), features.SIGNALS)["missing_inputs"].to_list() == [
            together[creator]
        ]


def test_rows_in_any_order_lack_the_same(simulation: Simulation) -> None:
    tables = simulation.tables.select(simulation.tables.creators["creator_id"][:40].to_list())
    mixed = {
        name: frame.sample(fraction=1.0, shuffle=True, seed=3) for name, frame in tables.items() if name != "creators"
    }
    assert missing_inputs(replace(tables, **mixed), features.SIGNALS).equals(missing_inputs(tables, features.SIGNALS))
