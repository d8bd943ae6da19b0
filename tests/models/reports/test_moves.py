"""What changed between two scorings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl
import pytest

from models.reports import moves as told
from models.reports.moves import moves
from models.reports.reasons import REASON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BEFORE = {"a": ("low", 10.0), "b": ("low", 20.0), "c": ("high", 90.0), "d": ("review", 50.0), "e": (None, None)}
AFTER = {"a": ("review", 45.0), "b": ("review", 40.0), "c": ("low", 5.0), "e": ("low", 3.0), "f": ("low", 1.0)}
POINTS_BEFORE = {"a": {"step_share": 1.0, "following": 4.0}, "b": {"step_share": 2.0}, "c": {"comments_alike": 60.0}}
POINTS_AFTER = {
    "a": {"step_share": 31.0, "following": 9.0},
    "b": {"step_share": 20.0, "new": 1.0},
    "c": {"other": -3.0},
}


def scoring(verdicts: dict, points: dict | None) -> told.Scores:
    rows = {name: [v[k] for v in verdicts.values()] for k, name in enumerate(("band", "risk_score"))}
    frame = pl.DataFrame({"creator_id": list(verdicts), **rows})
    if points is not None:
        lists = [
            [dict.fromkeys(REASON.to_schema()) | {"signal": k, "points": v} for k, v in points.get(name, {}).items()]
            for name in verdicts
        ]
        frame = frame.with_columns(reasons=pl.Series(lists, dtype=pl.List(REASON)))

    def scores(columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        for start in range(0, frame.height, 2):
            yield frame.slice(start, 2).select(name for name in columns if name in frame.columns)

    return scores


@pytest.fixture
def found() -> told.Moves:
    return moves(scoring(BEFORE, POINTS_BEFORE), scoring(AFTER, POINTS_AFTER))


def test_moves_are_counted_by_their_bands_with_the_reasons_that_changed_most(found: told.Moves) -> None:
    first = found.transitions[0]
    assert (first.before, first.after, first.creators) == ("low", "review", 2)
    assert [(one.signal, one.largest_for) for one in first.causes] == [("step_share", 2), ("following", 0), ("new", 0)]
    assert math.isclose(first.causes[0].points, (30.0 + 18.0) / 2)
    assert first.sentence.startswith("2 moved from low to review, because of step share (+24.0 points on average)")


def test_who_moved_most_stands_first_and_each_says_why(found: told.Moves) -> None:
    assert found.frame.schema == told.MOVES
    assert found.frame["creator_id"].to_list() == ["c", "a", "b", "e", "f", "d"]
    assert found.frame["what"].to_list() == ["moved"] * 4 + ["new", "gone"]
    [reasons] = found.frame.filter(creator_id="c")["reasons"].to_list()
    assert reasons == [
        {"signal": "comments_alike", "before": 60.0, "after": 0.0, "change": -60.0},
        {"signal": "other", "before": 0.0, "after": -3.0, "change": -3.0},
    ]


def test_an_answer_that_was_not_there_before_has_no_reasons_that_changed(found: told.Moves) -> None:
    [moved] = [one for one in found.transitions if one.before is None]
    assert (moved.after, moved.creators, moved.causes) == ("low", 1, ())
    assert moved.sentence == "1 moved from without an answer to low"


def test_new_gone_and_unmoved_creators_are_counted(found: told.Moves) -> None:
    assert (found.count(told.NEW), found.count(told.GONE), found.same) == (1, 1, 0)
    assert found.sentences[-1] == "1 new, 1 gone, 0 in the band as before"


@pytest.mark.parametrize(("before", "after"), [(None, POINTS_AFTER), (POINTS_BEFORE, None)])
def test_without_reasons_of_both_the_moves_are_told_alone(before: dict | None, after: dict | None) -> None:
    found = moves(scoring(BEFORE, before), scoring(AFTER, after))
    assert [one.creators for one in found.transitions] == [2, 1, 1]
    assert not any(one.causes for one in found.transitions)
    assert found.frame["reasons"].list.len().sum() == 0


def test_other_cut_offs_are_told_and_no_signal_is_blamed_for_them() -> None:
    strict = {name: ("review" if name == "b" else band, risk) for name, (band, risk) in BEFORE.items()}
    more = {**POINTS_BEFORE, "b": {"step_share": 2.1}}
    stricter = {**strict, "g": ("review", 9.0)}
    found = moves(scoring(BEFORE, POINTS_BEFORE), scoring(stricter, more))
    assert found.other_cut_offs
    assert found.sentences[:2] == [told.OTHER_CUT_OFFS, "1 moved from low to review"]
    again = moves(scoring(BEFORE, POINTS_BEFORE), scoring(AFTER, POINTS_AFTER))
    assert not again.other_cut_offs
    assert told.OTHER_CUT_OFFS not in again.sentences


def test_a_risk_that_stayed_while_its_band_moved_is_told_as_another_cut_off() -> None:
    found = moves(scoring({"a": ("low", 20.0)}, None), scoring({"a": ("review", 20.0)}, None))
    assert found.other_cut_offs
    assert [one.sentence for one in found.transitions] == ["1 moved from low to review"]


def test_the_same_scores_moved_nobody() -> None:
    found = moves(scoring(AFTER, POINTS_AFTER), scoring(AFTER, POINTS_AFTER))
    assert (found.frame.height, found.transitions, found.same) == (0, (), 5)
