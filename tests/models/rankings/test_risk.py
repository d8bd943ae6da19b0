from __future__ import annotations

import json
from typing import get_args

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import UsageError
from models.rankings.ranking import RiskForm, Weights
from models.rankings.risk import GATE, Parts, after_risk, gated, reach_of, weights_of

FORMS: tuple[RiskForm, ...] = get_args(RiskForm)


def parts(fit: float, reach: float, risk: float) -> Parts:
    return Parts(np.array([fit]), np.array([reach]), np.array([risk]))


def test_reach_runs_from_a_thousand_to_ten_million_followers() -> None:
    followers = pl.Series([0, 1, 1_000, 10_000, 100_000, 10_000_000, 10**9, None], dtype=pl.Int64)
    found = reach_of(followers)
    assert found[:-1] == pytest.approx([0, 0, 0, 25, 50, 100, 100])
    assert np.isnan(found[-1])


@pytest.mark.parametrize(
    ("form", "left"), [("multiply", 80 * (1 - 0.5 * 0.4)), ("subtract", 80 - 0.5 * 40), ("gate", 80.0)]
)
def test_each_form_takes_its_part(form: RiskForm, left: float) -> None:
    assert after_risk(np.array([80.0]), np.array([40.0]), 0.5, form) == pytest.approx([left])


@pytest.mark.parametrize("form", FORMS)
@given(merit=st.floats(0, 100), risks=st.tuples(st.floats(0, 100), st.floats(0, 100)), authenticity=st.floats(0, 5))
def test_more_risk_never_leaves_more(
    form: RiskForm, merit: float, risks: tuple[float, float], authenticity: float
) -> None:
    less, more = after_risk(np.array([merit, merit]), np.array(sorted(risks)), authenticity, form)
    assert 0 <= more <= less <= 100


def test_authenticity_counts_up_to_one() -> None:
    assert after_risk(np.array([80.0]), np.array([100.0]), 7.0, "multiply") == pytest.approx([0.0])


@given(
    st.floats(0, 100),
    st.one_of(st.just(np.nan), st.floats(0, 100)),
    st.floats(0, 1e6),
    st.floats(0, 1e6),
)
def test_the_merit_lies_between_fit_and_reach(fit: float, reach: float, relevance: float, weight: float) -> None:
    weights = Weights(relevance=relevance, authenticity=1, reach=weight)
    [merit] = parts(fit, reach, 0.0).merit(weights)
    if not (relevance or weight):
        assert merit == 100
    elif np.isnan(reach):
        assert merit == (pytest.approx(fit) if relevance else 0)
    else:
        assert min(fit, reach) - 1e-9 <= merit <= max(fit, reach) + 1e-9


def test_the_fit_is_the_merit_to_the_last_bit_unless_reach_weighs() -> None:
    assert parts(33.3333333333, 12.0, 0.0).merit(Weights(relevance=0.3))[0] == 33.3333333333


def test_a_briefs_weights_may_be_json_a_mapping_or_absent() -> None:
    assert weights_of({}) == weights_of({"weights": None}) == Weights()
    named = {"relevance": 2.0, "reach": 0.25}
    assert weights_of({"weights": json.dumps(named)}) == weights_of({"weights": named}) == Weights(**named)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"relevance": -1}, "relevance"),
        ({"charm": 1}, "charm: no such weight; there are relevance, authenticity, reach"),
        ({"reach": float("inf")}, "reach"),
        (dict.fromkeys(("relevance", "authenticity", "reach"), 0), "at least one"),
    ],
)
def test_weights_that_make_no_sense_are_named(weights: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        weights_of({"weights": weights})


@pytest.mark.parametrize("weights", ["relevance", "[1]", "{1: 2}"])
def test_weights_that_are_no_object_are_refused(weights: str) -> None:
    with pytest.raises(UsageError, match="weights"):
        weights_of({"weights": weights})


def test_the_gate_has_a_limit_of_its_own_where_the_brief_has_none() -> None:
    assert gated({"brief_id": "b", "max_risk": None}, "gate")["max_risk"] == GATE
    assert gated({"max_risk": 0.0}, "gate")["max_risk"] == 0.0
    assert gated({"max_risk": None}, "multiply")["max_risk"] is None
