from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import UsageError
from models.verdicts.decision import (
    COVERAGE_OF,
    DEFAULT_PROFILE,
    ENOUGH,
    PROFILES,
    Profile,
    bands,
    decisions,
    evidence_level,
    evidence_levels,
    profile_named,
    states,
)


def _coverage(posts: int | None = 0, comments: int = 0, days: int = 0, followers: int = 0) -> pl.DataFrame:
    columns = {"posts_counted": posts, "comments_counted": comments, "history_days": days}
    return pl.DataFrame(
        {
            name: pl.Series([value], dtype=pl.Int64)
            for name, value in {**columns, "followers_sampled": followers}.items()
        }
    )


def _level(frame: pl.DataFrame) -> int:
    (level,) = evidence_levels(frame)
    assert level == frame.select(evidence_level()).item()
    return int(level)


def _judged(
    level: int, probability: float, lo: float = np.nan, hi: float = np.nan, profile: Profile = DEFAULT_PROFILE
) -> tuple[str, str, str]:
    state = states(np.array([level]), np.array([lo]), np.array([hi]), profile)
    band = bands(np.array([probability]), profile)
    return str(state[0]), str(band[0]), str(decisions(state, band)[0])


@pytest.mark.parametrize(
    ("enough", "short"),
    [
        ({"posts": 5}, {"posts": 4}),
        ({"comments": 20}, {"comments": 19}),
        ({"days": 28}, {"days": 27}),
        ({"followers": 100}, {"followers": 99}),
    ],
)
def test_one_kind_of_evidence_is_enough_from_its_limit_on(enough: dict[str, int], short: dict[str, int]) -> None:
    assert _level(_coverage(**enough)) == 1
    assert _level(_coverage(**short)) == 0


def test_too_little_of_everything_is_not_enough() -> None:
    assert _level(_coverage(4, 19, 27, 99)) == 0
    assert _level(_coverage(None)) == 0
    assert _level(_coverage(5, 20, 28, 100)) == 4


def test_every_kind_of_evidence_belongs_to_a_table() -> None:
    assert set(COVERAGE_OF.values()) == set(ENOUGH)


def test_insufficient_data_needs_data() -> None:
    state, _, decision = _judged(0, np.nan)
    assert (state, decision) == ("insufficient_data", "need_data")


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (0.0, ("low", "approve")),
        (0.2999, ("low", "approve")),
        (0.30, ("review", "review")),
        (0.6999, ("review", "review")),
        (0.70, ("high", "reject")),
        (1.0, ("high", "reject")),
    ],
)
def test_bands_and_decisions_follow_the_cut_offs(probability: float, expected: tuple[str, str]) -> None:
    state, *found = _judged(4, probability, max(0.0, probability - 0.1), min(1.0, probability + 0.1))
    assert tuple(found) == expected
    assert state == "ready"


def test_low_confidence_never_rejects() -> None:
    wide, one_kind = _judged(3, 0.9, 0.5, 0.95), _judged(1, 0.9, 0.8, 0.95)
    assert wide == one_kind == ("low_confidence", "high", "review")


def test_the_profiles_cut_where_their_costs_say() -> None:
    cuts = {name: (profile.review, profile.high) for name, profile in PROFILES.items()}
    assert cuts == {"default": (0.30, 0.70), "cautious": (0.30, 0.90), "strict": (0.10, 0.70)}


costs = st.floats(0.1, 100)


@settings(max_examples=200)
@given(costs, costs, costs, st.floats(0, 1))
def test_every_decision_is_the_one_of_least_expected_cost(
    missed: float, accused: float, review: float, probability: float
) -> None:
    profile = Profile("own", missed, accused, review)
    _, _, decision = _judged(4, probability, probability, probability, profile)
    expected = {"approve": probability * missed, "reject": (1 - probability) * accused, "review": review}
    assert expected[decision] <= min(expected.values()) * (1 + 1e-9) + 1e-12


def test_where_a_review_costs_too_much_nobody_is_sent_to_one() -> None:
    profile = Profile("own", missed_fraud=10.0, false_accusation=30.0, review_cost=9.0)
    assert profile.review == profile.high == 0.75


def test_a_profile_is_found_by_its_name() -> None:
    assert profile_named("strict") is PROFILES["strict"]
    with pytest.raises(UsageError, match="no profile 'harsh'; there are default, cautious, strict"):
        profile_named("harsh")
