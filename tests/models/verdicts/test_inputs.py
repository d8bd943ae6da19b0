from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

import features
from features import Context, Family, Signal
from features.context import build
from features.records import Tables
from models.verdicts.inputs import UNJUDGED, missing_inputs, needed, with_context
from training.fraud_model.fitting import FittedFraud
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


def test_what_says_nothing_is_named_of_those_alone_of_whom_it_does() -> None:
    creators = pl.DataFrame({"creator_id": ["b", "a"], "platform": "x", "followers": [5, 10]})
    size = (_signal("size", "creators.followers"),)
    for flags, found in (([True, False], [["creators.followers"], []]), ([False, False], [[], []])):
        unread = {"creators.followers": np.array(flags)}
        assert (
            missing_inputs(Tables.from_frames({"creators": creators}), size, unread)["missing_inputs"].to_list()
            == found
        )


def test_a_context_is_not_missed_where_the_record_lacks_one_of_the_columns_that_every_signal_of_it_needs() -> None:
    curves = [signal for signal in features.SIGNALS if signal.name.endswith("_expected")]
    unknown = [["creators.followers", "posts.comments", "posts.views"], ["creators.followers", "posts.views"]]
    found = with_context(pl.Series("missing_inputs", unknown), curves, pl.Series(["x", "x"]), Context())
    assert found.to_list() == [unknown[0], [*unknown[1], "context.curves"]]


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


def test_what_a_context_says_nothing_of_is_named_where_the_record_would_do(simulation: Simulation) -> None:
    tables = simulation.tables
    lacks = missing_inputs(tables, features.SIGNALS)["missing_inputs"]
    named = with_context(lacks, features.SIGNALS, tables.creators["platform"], Context())
    for own, all_of_it in zip(lacks.to_list(), named.to_list(), strict=True):
        assert all_of_it[: len(own)] == own
        of_context = all_of_it[len(own) :]
        commented = {"comments", "comments.author_id"}.isdisjoint(own)
        counted = {"follower_history", "follower_history.followers"}.isdisjoint(own)
        assert [name for name in of_context if name != "context.curves"] == [
            *["context.common_growth"] * counted,
            *["context.commenters", "context.pods"] * commented,
        ]


def test_a_record_names_the_curves_of_its_platform_alone(simulation: Simulation) -> None:
    tables = simulation.tables
    context = build(tables)
    without = replace(context, curves=context.curves.filter(pl.col("platform") != "instagram"))
    lacks = missing_inputs(tables, features.SIGNALS)["missing_inputs"]
    platforms = tables.creators["platform"]
    before, after = (with_context(lacks, features.SIGNALS, platforms, one) for one in (context, without))
    known = features.build(tables, context)
    curves = [name for name in features.SIGNAL_NAMES if name.endswith("_expected")]
    told = known.select(pl.any_horizontal(pl.col(curves).is_not_null())).to_series()
    for row, platform in enumerate(platforms):
        gone = {*after[row]} - {*before[row]}
        assert gone <= {"context.curves"} if platform == "instagram" else not gone
        assert "context.curves" in after[row] or platform != "instagram" or not told[row]


def test_a_bundle_names_what_its_context_lacks(fitted_fraud: FittedFraud, simulation: Simulation) -> None:
    bundle = fitted_fraud.bundle
    found = bundle.with_context(Context()).signals(simulation.tables)["missing_inputs"]
    assert found.list.contains("context.curves").any()
