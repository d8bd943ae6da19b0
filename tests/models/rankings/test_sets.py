from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.matching.candidates import TRAITS, Candidates
from models.rankings.details import DETAILS, SKETCH, overlap
from models.rankings.pool import RISK, Pool
from models.rankings.ranking import SuggestedSet
from models.rankings.sets import FROM_FIRST, SET_SIZE, Bounds, best, greedy, keeps, overlaps, suggested_set

CENTS = st.integers(0, 100_000).map(lambda cents: cents / 100)


def creators(
    prices: list[float | None], commenters: list[list[int]] | None = None, score: list[float] | None = None
) -> tuple[Pool, np.ndarray, np.ndarray]:
    """A pool in the order of its places, with scores that fall by one."""
    n = len(prices)
    ids = [f"c{row}" for row in range(n)]
    traits = pl.DataFrame({"creator_id": ids, "price": prices}, schema_overrides={"price": pl.Float64})
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in TRAITS.items() if name not in traits.columns]
    details = pl.DataFrame({"creator_id": ids, "posts": [[]] * n, "commenters": commenters or [[]] * n}, schema=DETAILS)
    risk = pl.DataFrame({"creator_id": ids, "risk_score": [None] * n, "band": [None] * n}, schema=RISK)
    found = Pool(
        Candidates(traits.with_columns(absent).select(list(TRAITS)), {}, {}),
        risk,
        lambda rows, names: details[rows].select(names),
        considered=n,
    )
    return found, np.arange(n), np.array(score if score is not None else range(n, 0, -1), dtype=np.float64)


def suggested(brief: dict[str, object], *made: object, fails: list[bool] | None = None) -> SuggestedSet:
    found, order, score = made
    answer = suggested_set(
        brief,
        found,
        order,
        score,
        np.array(fails or [False] * len(order), dtype=np.bool_),  # type: ignore[arg-type]
    )
    assert answer is not None
    return answer


@settings(max_examples=150)
@given(st.data())
def test_a_set_keeps_its_bounds_and_no_other_is_better(data: st.DataObject) -> None:
    n = data.draw(st.integers(0, 8))
    score = np.array(data.draw(st.lists(st.floats(0, 100), min_size=n, max_size=n)), dtype=np.float64)
    price = np.array(data.draw(st.lists(CENTS, min_size=n, max_size=n)), dtype=np.float64)
    pairs = list(combinations(range(n), 2))
    clashes = np.zeros((n, n), dtype=np.bool_)
    for one, other in data.draw(st.sets(st.sampled_from(pairs))) if pairs else ():
        clashes[one, other] = clashes[other, one] = True
    bounds = Bounds(data.draw(st.integers(0, 9)), data.draw(st.one_of(st.none(), CENTS)))
    members, optimal = best(score, price, clashes, bounds)
    every = (np.array(some, dtype=np.int64) for size in range(n + 1) for some in combinations(range(n), size))
    most = max(score[some].sum() for some in every if keeps(some, price, clashes, bounds))
    assert optimal
    assert keeps(members, price, clashes, bounds)
    assert score[members].sum() == pytest.approx(most, abs=1e-5)
    assert keeps(greedy(score, price, clashes, bounds), price, clashes, bounds)


def test_keeping_means_no_cent_too_much_and_no_pair_that_clashes() -> None:
    price, none = np.array([0.07, 0.1, 0.2]), np.zeros((3, 3), dtype=np.bool_)
    assert keeps(np.array([1, 2]), price, none, Bounds(2, 0.3))
    assert keeps(np.array([0]), price, none, Bounds(2, 0.07))
    assert not keeps(np.array([1, 2]), price, none, Bounds(2, 0.29))
    assert not keeps(np.array([1, 2]), price, none, Bounds(1))
    assert not keeps(np.array([0, 1]), price, ~none, Bounds(2))


def test_two_cheap_ones_are_taken_before_a_better_one_who_costs_all() -> None:
    found = suggested({"budget": 100.0}, *creators([100.0, 50.0, 50.0]))
    assert found.members == ("c1", "c2")
    assert found.total_price == 100.0
    assert [(one.creator_id, one.rank, one.why) for one in found.left_out] == [("c0", 1, "budget")]


def test_who_fails_a_filter_or_has_no_price_is_left_out_and_named() -> None:
    made = creators([10.0, None, 10.0, 10.0])
    found = suggested({"budget": 20.0}, *made, fails=[True, False, False, False])
    assert found.members == ("c2", "c3")
    assert found.without_price == 1
    assert [(one.creator_id, one.why) for one in found.left_out] == [("c0", "filters"), ("c1", "no_price")]


def test_without_a_budget_no_price_is_needed() -> None:
    found = suggested({"set_size": 2}, *creators([None, 5.0, 5.0]))
    assert found.members == ("c0", "c1")
    assert found.total_price is None
    assert found.without_price == 0
    assert found.set_size == 2


def test_creators_who_share_their_commenters_are_not_taken_together() -> None:
    same, other = list(range(1, 101)), list(range(1_000, 1_101))
    found = suggested({"max_overlap": 0.5}, *creators([None] * 4, [same, same, other, []]))
    assert found.members == ("c0", "c2", "c3")
    assert found.highest_overlap == 0.0
    [left] = found.left_out
    assert (left.creator_id, left.why, left.overlaps_with) == ("c1", "overlap", ("c0",))


def test_the_highest_overlap_is_told_where_none_was_asked_for() -> None:
    found = suggested({"set_size": 2}, *creators([None] * 2, [[1, 2, 3, 4], [3, 4, 5, 6, 7]]))
    assert found.highest_overlap == 0.5
    assert suggested({"set_size": 2}, *creators([None] * 2)).highest_overlap is None


@pytest.mark.parametrize("brief", [{}, {"set_size": None, "budget": None, "max_overlap": None}])
def test_a_brief_that_asks_for_no_set_gets_none(brief: dict[str, object]) -> None:
    found, order, score = creators([1.0])
    assert suggested_set(brief, found, order, score, np.zeros(1, dtype=np.bool_)) is None


def test_a_set_is_chosen_from_the_first_places_and_has_a_size_unless_told() -> None:
    many = FROM_FIRST + 50
    found = suggested({"budget": 1e12}, *creators([0.0] * (many - 1) + [1e15]))
    assert found.considered == FROM_FIRST
    assert len(found.members) == SET_SIZE
    assert suggested({"set_size": 0}, *creators([1.0])).members == ()
    assert suggested({"set_size": 3, "budget": 1.0}, *creators([])).members == ()


def test_a_crowd_that_all_shares_its_commenters_is_answered_in_time() -> None:
    rng = np.random.default_rng(0)
    crowd = [sorted(rng.choice(400, 150, replace=False).tolist()) for _ in range(FROM_FIRST)]
    prices = rng.integers(100, 5_000, FROM_FIRST).astype(float).tolist()
    found = suggested({"budget": 9_000.0, "max_overlap": 0.4}, *creators(prices, crowd))
    assert found.highest_overlap is None or found.highest_overlap <= 0.4
    assert (found.total_price or 0) <= 9_000.0


def test_overlaps_are_those_of_each_pair() -> None:
    rng = np.random.default_rng(1)
    lengths = (0, 5, 100, SKETCH - 1, SKETCH, SKETCH, SKETCH)
    sketches = [np.sort(rng.choice(600, size, replace=False).astype(np.uint64) << np.uint64(50)) for size in lengths]
    sketches[-1] += np.uint64(1)  # shares nothing
    found = overlaps(pl.Series([sketch.tolist() for sketch in sketches], dtype=pl.List(pl.UInt64)))
    assert found.shape == (len(lengths), len(lengths))
    assert np.array_equal(found, found.T, equal_nan=True)
    assert np.isnan(np.diag(found)).all()
    for one, other in combinations(range(len(lengths)), 2):
        told = overlap(sketches[one], sketches[other])
        assert found[one, other] == (pytest.approx(told) if told is not None else pytest.approx(np.nan, nan_ok=True))
    assert (found[-1, 1:-1] == 0).all()
    assert 0 < found[4, 5] < 1


def test_overlaps_of_nobody_are_none() -> None:
    assert overlaps(pl.Series([], dtype=pl.List(pl.UInt64))).shape == (0, 0)
    assert np.isnan(overlaps(pl.Series([[], []], dtype=pl.List(pl.UInt64)))).all()
