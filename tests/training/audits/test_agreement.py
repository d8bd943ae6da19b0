from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from training.audits.agreement import agreement, fleiss_kappa

FLEISS = """
0 0 0 0 14
0 2 6 4 2
0 0 3 5 6
0 3 9 2 0
2 2 8 1 1
7 7 0 0 0
3 2 6 3 0
2 5 3 2 2
6 5 2 1 0
0 2 2 3 7
"""
"""Ten subjects, five categories, fourteen raters: the worked example with kappa 0.210."""


def test_fleiss_kappa_is_that_of_the_published_example() -> None:
    counts = np.array([[float(cell) for cell in line.split()] for line in FLEISS.strip().split("\n")])
    assert fleiss_kappa(counts) == pytest.approx(0.210, abs=5e-4)


def test_fleiss_kappa_is_one_where_all_agree_and_undefined_where_nothing_else_was_said() -> None:
    assert fleiss_kappa(np.array([[3.0, 0.0], [0.0, 2.0]])) == 1.0
    assert math.isnan(fleiss_kappa(np.array([[2.0, 0.0], [2.0, 0.0]])))


def test_raters_who_differ_in_number_weigh_by_subject() -> None:
    """Two of two, then two of three that agree: (1 + 1/3) / 2, against chance of 0.8^2 + 0.2^2."""
    chance = 0.8**2 + 0.2**2
    expected = (2 / 3 - chance) / (1 - chance)
    assert fleiss_kappa(np.array([[2.0, 0.0], [2.0, 1.0]])) == pytest.approx(expected)


def _audits(verdicts: dict[str, list[str]]) -> pl.DataFrame:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {"creator_id": f"c{k}", "audited_at": at, "verdict": verdict, "reviewer": reviewer}
        for reviewer, given in verdicts.items()
        for k, verdict in enumerate(given)
    ]
    return pl.DataFrame(rows)


def test_pairs_who_share_enough_have_a_cohens_kappa() -> None:
    """Of 50 both say yes to 20 and no to 15, and differ on 5 and 10: kappa 0.4.

    Fleiss takes the 55 and 45 verdicts together, so that chance is 0.55^2 + 0.45^2.
    """
    ann = ["fraud"] * 25 + ["genuine"] * 25
    bob = ["fraud"] * 20 + ["genuine"] * 5 + ["fraud"] * 10 + ["genuine"] * 15
    pair = agreement(_audits({"ann": ann, "bob": bob}))
    assert pair.rows[0] == ("all (Fleiss)", 50, pytest.approx((0.7 - 0.505) / (1 - 0.505)))
    table = agreement(_audits({"ann": ann, "bob": bob, "cy": ["fraud"]}))
    found = {row[0]: row[1:] for row in table.rows}
    assert found["ann and bob"] == (50, pytest.approx(0.4))
    assert found["all (Fleiss)"][0] == 50
    assert len(found) == 2


def test_of_a_reviewer_who_changed_the_verdict_the_last_one_is_compared() -> None:
    bob = ["fraud", "genuine"] * 5
    later = _audits({"ann": bob}).with_columns(pl.col("audited_at") + timedelta(days=1))
    table = agreement(pl.concat([later, _audits({"ann": bob[::-1], "bob": bob})]))
    assert table.rows == [("all (Fleiss)", 10, 1.0), ("ann and bob", 10, 1.0)]


def test_pairs_who_share_few_or_say_one_thing_alone_have_no_kappa() -> None:
    few, one_thing = ["fraud", "genuine"] * 4 + ["fraud"], ["fraud"] * 12
    for given in (few, one_thing):
        assert [row[0] for row in agreement(_audits({"ann": given, "bob": given})).rows] == ["all (Fleiss)"]


def test_single_reviews_say_nothing_about_agreement() -> None:
    assert not agreement(_audits({"ann": ["fraud", "genuine"]})).rows
