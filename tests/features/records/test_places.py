"""A creator's place is found by its id, and of nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from features.records.places import NOBODY, Places

if TYPE_CHECKING:
    import pytest

IDS = st.none() | st.text(max_size=20)


@given(creators=st.lists(IDS, unique=True), asked=st.lists(IDS))
def test_places_are_those_of_a_dictionary(creators: list[str | None], asked: list[str | None]) -> None:
    expected = {one: place for place, one in enumerate(creators)}
    looked_for = [*asked, *reversed(creators)]
    places = Places(pl.Series(creators, dtype=pl.String)).of(pl.Series(looked_for, dtype=pl.String))
    assert places.tolist() == [expected.get(one, NOBODY) for one in looked_for]


def test_ids_of_the_same_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def first_characters(ids: pl.Series, seed: int) -> pl.Series:
        return ids.str.head(seed).str.zfill(1).cast(pl.UInt64)

    monkeypatch.setattr(pl.Series, "hash", first_characters)
    places = Places(pl.Series(["07", "17", "27"]))
    assert places.of(pl.Series(["17", "18", "07", "5"])).tolist() == [1, NOBODY, 0, NOBODY]


def test_hashes_depend_on_the_id_alone() -> None:
    ids = pl.Series([f"creator-{number}" for number in range(1_000)])
    places = Places(pl.concat([ids[:300], ids[300:]], rechunk=False))
    assert np.array_equal(places.of(ids[990:]), np.arange(990, 1_000))
