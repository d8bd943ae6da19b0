"""The filters of an index let through whom those of a ranking do."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import polars as pl
import pytest

from models.index.filters import among, failing, filter_codes
from models.matching.candidates import TRAITS
from models.rankings.filters import NO_LIMITS, Limits, failed_filters

if TYPE_CHECKING:
    from models.index.packed import Packed

CREATORS = pl.DataFrame(
    {
        "platform": ["Instagram", "tiktok", "x", None],
        "tier": ["nano", "micro", None, "mega"],
        "country": ["DE", "at", None, "FR"],
        "language": ["de", "DE", "en", None],
        "followers": [999, 1_000, None, 1_001],
        "risk_score": [30.0, None, 30.5, 29.5],
    },
    schema_overrides={"risk_score": pl.Float64},
)
ARRAYS, VALUES = filter_codes(CREATORS, CREATORS["risk_score"])
PACKED = cast("Packed", ARRAYS)


@pytest.mark.parametrize(
    ("brief", "limits", "failed"),
    [
        ({"platforms": ["instagram", "X"]}, NO_LIMITS, {"platforms": [1]}),
        ({"tiers": ["Mega"]}, NO_LIMITS, {"tiers": [0, 1]}),
        ({"countries": ["De", "fr"], "languages": ["DE"]}, NO_LIMITS, {"countries": [1], "languages": [2]}),
        ({"countries": ["us"]}, NO_LIMITS, {"countries": [0, 1, 3]}),
        ({"max_risk": 30}, NO_LIMITS, {"max_risk": [2]}),
        ({}, Limits(min_followers=1_000, max_followers=1_000), {"min_followers": [0], "max_followers": [3]}),
        ({"platforms": [], "max_risk": None}, NO_LIMITS, {}),
    ],
)
def test_an_index_leaves_out_whom_a_ranking_does(
    brief: dict[str, object], limits: Limits, failed: dict[str, list[int]]
) -> None:
    found = failing(PACKED, VALUES, CREATORS.height, brief, limits)
    assert {name: np.flatnonzero(flags).tolist() for name, flags in found.items()} == failed
    traits = CREATORS.select(
        pl.col(name) if name in CREATORS.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in {**TRAITS, "risk_score": pl.Float64()}.items()
    )
    of_ranking = failed_filters(brief, traits, limits).to_list()
    assert {name: [k for k, own in enumerate(of_ranking) if name in own] for name in failed} == failed


def test_a_trait_that_is_wanted_is_told_from_one_that_is_not_and_from_none() -> None:
    found = among(PACKED, VALUES["country"], "country", {"de", "fr"}, np.array([3, 2, 1, 0]))
    np.testing.assert_array_equal(found, [1.0, np.nan, 0.0, 1.0])
