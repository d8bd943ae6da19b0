"""What stands for all sampled followers alike, because nobody collected it, is not known."""

from __future__ import annotations

import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.placeholders import FEWEST_ALIKE, FEWEST_TO_DOUBT, IMPLAUSIBLE_PICTURES, without_placeholders
from features.records import read
from tests.features.conftest import NOW, Record, creator, signals_of

PLACEHOLDERS: dict[str, Any] = {
    "followers": 0,
    "following": 0,
    "posts_count": 0,
    "bio_length": 0,
    "created_at": "2020-01-02",
    "handle_length": 32,
    "handle_digit_ratio": 1.0,
}


def people(many: int, **same: object) -> list[Record]:
    """Sampled followers who differ in all but what is the same."""
    return [
        {
            "follower_id": f"f{k:03}",
            "followers": 40 + 7 * k,
            "following": 90 + 3 * k,
            "posts_count": 5 + k,
            "has_picture": k % 9 > 0,
            "private": False,
            "bio_length": k % 60,
            "handle_length": 6 + k % 9,
            "handle_digit_ratio": (k % 4) / 10,
            "created_at": f"20{10 + k % 12}-03-{1 + k % 27:02}",
            **same,
        }
        for k in range(many)
    ]


def sampled(*samples: list[Record]) -> pl.DataFrame:
    """The followers of one creator a sample."""
    return read([creator(creator_id=f"c{k}", audience=rows) for k, rows in enumerate(samples)], now=NOW).audience


def unknown(*samples: list[Record]) -> dict[str, set[str]]:
    """Of each creator the columns of which nothing is known, of those that were handed over."""
    found = without_placeholders(sampled(*samples))
    return {
        name: {column for column in samples[0][0] if own[column].null_count() == own.height}
        for (name,), own in found.partition_by("creator_id", as_dict=True).items()
    }


@pytest.mark.parametrize("column", PLACEHOLDERS)
def test_what_all_followers_have_alike_was_not_collected(column: str) -> None:
    alike = people(FEWEST_ALIKE, **{column: PLACEHOLDERS[column]})
    expected = {"handle_length", "handle_digit_ratio"} if column.startswith("handle") else {column}
    assert unknown(alike) == {"c0": expected}
    assert unknown(people(40), alike, people(50)) == {"c0": set(), "c1": expected, "c2": set()}


@pytest.mark.parametrize("column", PLACEHOLDERS)
def test_of_few_followers_or_but_one_who_differs_it_is_as_it_stands(column: str) -> None:
    alike = people(FEWEST_ALIKE, **{column: PLACEHOLDERS[column]})
    assert unknown(alike[1:]) == {"c0": set()}
    assert unknown([*alike[:-1], people(FEWEST_ALIKE)[-1]]) == {"c0": set()}


def test_nulls_between_equal_values_change_nothing() -> None:
    rows = people(2 * FEWEST_ALIKE, posts_count=0)
    for row in rows[1::2]:
        row["posts_count"] = None
    assert unknown(rows)["c0"] == {"posts_count"}
    rows[0]["posts_count"] = None
    assert unknown(rows)["c0"] == set()


def test_countries_and_settings_may_be_the_same_for_all() -> None:
    rows = people(200, country="NO", language="no", private=False, verified=False, business=False, has_url=False)
    assert unknown(rows) == {"c0": set()}


def test_pictures_that_hardly_anybody_has_are_not_known() -> None:
    few = int(IMPLAUSIBLE_PICTURES * FEWEST_TO_DOUBT)
    pictured = [k < few for k in range(FEWEST_TO_DOUBT)]
    enough = [{**row, "has_picture": has} for row, has in zip(people(FEWEST_TO_DOUBT), pictured, strict=True)]
    fewer = [{**enough[0], "has_picture": False}, *enough[1:]]
    assert unknown(enough, fewer) == {"c0": set(), "c1": {"has_picture"}}
    assert unknown(fewer) == {"c0": {"has_picture"}}


@given(order=st.randoms(use_true_random=False), column=st.sampled_from([*PLACEHOLDERS]))
@settings(max_examples=20)
def test_the_order_of_rows_and_asking_again_change_nothing(order: random.Random, column: str) -> None:
    rows = sampled(people(40), people(40, **{column: PLACEHOLDERS[column]}), people(20))
    found = without_placeholders(rows)
    assert without_placeholders(found).equals(found)
    places = list(range(rows.height))
    order.shuffle(places)
    assert without_placeholders(rows[places]).equals(found[places])


def test_signals_of_followers_say_what_they_say_without_the_column() -> None:
    for column, value in PLACEHOLDERS.items():
        without = people(120)
        for row in without:
            for name in ("handle_length", "handle_digit_ratio") if column.startswith("handle") else (column,):
                row[name] = None
        assert signals_of(creator(audience=people(120, **{column: value}))) == signals_of(creator(audience=without))
