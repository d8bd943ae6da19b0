"""Reasons of contributions written by hand: their order, what they say, and what they cite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from features import SIGNALS
from models.boosters.explanation import Explanation
from models.reports.reasons import REASON, Told, cited, reason_lists, reason_rows

NAMES = ("boosted_likes_share", "unexplained_surge", "engagement_rate", "repeated_comment_share")
DEFINITIONS = tuple(next(signal for signal in SIGNALS if signal.name == name) for name in NAMES)
UNKNOWN = np.nan
POINTS = np.array([[10.0, 20.0, 30.0, -2.0], [0.5, 0.0, 6.0, 0.0]])
TOLD = Told(
    definitions=DEFINITIONS,
    values=np.array([[0.4, 0.3, UNKNOWN, 0.1], [0.2, 0.5, 0.01, UNKNOWN]]),
    percentiles=np.array([[0.95, UNKNOWN, UNKNOWN, 0.3], [0.8, 0.9, 0.2, UNKNOWN]]),
    explanation=Explanation(0.0, POINTS / 10, POINTS),
    evidence=pl.DataFrame(
        {
            "boosted_likes_share": [["p1", "p2"], ["p9"]],
            "unexplained_surge": [["2026-05-01/2026-05-03", "2026-05-09/2026-05-10"], ["2026-06-01/2026-06-02"]],
            "repeated_comment_share": [["k1"], []],
        }
    ),
)
"""Two creators: of the first it is not known how many engage, and few of its comments are repeated."""
POSTS, LATER_POSTS = {"kind": "posts", "ids": ["p1", "p2"]}, {"kind": "posts", "ids": ["p9"]}
STRETCHES = [
    {"kind": "days", "start": "2026-05-01", "end": "2026-05-03"},
    {"kind": "days", "start": "2026-05-09", "end": "2026-05-10"},
]


def changed(name: str, value: float, percentile: float, points: float) -> list[object]:
    """What a creator's only reason cites, of a signal with this value, place and points."""
    at = NAMES.index(name)
    alone = np.array([[points if place == at else 0.0 for place in range(len(NAMES))]])
    told = replace(
        TOLD,
        values=np.full((1, 4), value),
        percentiles=np.full((1, 4), percentile),
        explanation=Explanation(0.0, alone / 10, alone),
        evidence=TOLD.evidence.head(1),
    )
    [[reason]] = reason_rows(told)
    return evidence_of(reason)


def evidence_of(reason: Mapping[str, object]) -> list[object]:
    """What a reason cites."""
    evidence = reason["evidence"]
    assert isinstance(evidence, Sequence)
    return list(evidence)


def test_the_most_points_come_first_the_unknown_last_and_what_adds_nothing_not_at_all() -> None:
    first, second = reason_rows(TOLD)
    assert [one["signal"] for one in first] == [
        "unexplained_surge",
        "boosted_likes_share",
        "repeated_comment_share",
        "engagement_rate",
    ]
    assert [one["signal"] for one in second] == ["engagement_rate", "boosted_likes_share"]


def test_a_reason_has_the_numbers_of_its_own_signal_and_creator() -> None:
    surge, likes, repeated, engagement = reason_rows(TOLD)[0]
    assert (surge["value"], surge["percentile"], surge["log_odds"], surge["points"]) == (0.3, None, 2.0, 20.0)
    assert (likes["value"], likes["percentile"], likes["family"], likes["unit"]) == (0.4, 0.95, "engagement", "share")
    assert (repeated["points"], repeated["telling"]) == (-2.0, True)
    assert (engagement["value"], engagement["percentile"], engagement["telling"]) == (None, None, None)


def test_posts_are_cited_together_and_stretches_of_days_each_by_itself() -> None:
    surge, likes, repeated, engagement = reason_rows(TOLD)[0]
    assert evidence_of(surge) == STRETCHES
    assert evidence_of(likes) == [POSTS]
    assert not repeated["evidence"]
    assert not engagement["evidence"]
    assert evidence_of(reason_rows(TOLD)[1][1]) == [LATER_POSTS]


@pytest.mark.parametrize(
    ("value", "percentile", "points", "shown"),
    [
        (0.4, 0.95, 0.5, True),
        (0.4, 0.95, 0.49, False),
        (0.4, 0.95, -5.0, False),
        (0.4, 0.3, 5.0, False),
        (0.4, UNKNOWN, 5.0, True),
        (UNKNOWN, UNKNOWN, 5.0, False),
        (0.0, 0.95, 5.0, False),
    ],
)
def test_evidence_is_cited_of_what_is_there_where_it_shows_in_the_score(
    value: float, percentile: float, points: float, *, shown: bool
) -> None:
    assert changed("boosted_likes_share", value, percentile, points) == [POSTS] * shown


def test_only_signals_with_evidence_that_shows_in_some_score_are_looked_up() -> None:
    assert cited(DEFINITIONS, TOLD.explanation) == [
        "boosted_likes_share",
        "unexplained_surge",
        "repeated_comment_share",
    ]
    assert cited(DEFINITIONS, Explanation(0.0, POINTS / 400, POINTS / 40)) == ["unexplained_surge"]


def test_a_frame_tells_the_same_and_leaves_out_creators_without_reasons() -> None:
    none = np.zeros((1, 4))
    three = replace(
        TOLD,
        values=np.vstack([TOLD.values[:1], none, TOLD.values[1:]]),
        percentiles=np.vstack([TOLD.percentiles[:1], none, TOLD.percentiles[1:]]),
        explanation=Explanation(0.0, *(np.vstack([part[:1], none, part[1:]]) for part in (POINTS / 10, POINTS))),
        evidence=TOLD.evidence[[0, 0, 1]],
    )
    frame = reason_lists(pl.Series("creator_id", ["ana", "nobody", "ben"]), three)
    assert frame["creator_id"].to_list() == ["ana", "ben"]
    plain = ("signal", "family", "value", "unit", "percentile", "telling", "log_odds", "points")
    for told, rows in zip(frame["reasons"].to_list(), reason_rows(TOLD), strict=True):
        assert [{name: one[name] for name in plain} for one in told] == [
            {name: one[name] for name in plain} for one in rows
        ]
    surge, likes, *others = frame["reasons"].to_list()[0]
    no_day = {"start": None, "end": None}
    assert surge["evidence"] == [
        {"kind": "days", "ids": [], "start": date(2026, 5, 1), "end": date(2026, 5, 3)},
        {"kind": "days", "ids": [], "start": date(2026, 5, 9), "end": date(2026, 5, 10)},
    ]
    assert likes["evidence"] == [{**POSTS, **no_day}]
    assert [one["evidence"] for one in others] == [[], []]
    assert frame["reasons"].to_list()[1][1]["evidence"] == [{**LATER_POSTS, **no_day}]
    assert frame.schema["reasons"] == pl.List(REASON)
