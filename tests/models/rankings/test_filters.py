"""Which hard filters a creator fails, on traits written by hand."""

from __future__ import annotations

import polars as pl
import pytest

from models.matching.candidates import TRAITS
from models.rankings.filters import NO_LIMITS, Limits, failed_filters, not_known, nothing_failed

SCHEMA = pl.Schema({**TRAITS, "risk_score": pl.Float64()})
KNOWN: dict[str, object] = {
    "platform": "instagram",
    "tier": "micro",
    "country": "DE",
    "language": "de",
    "followers": 20_000,
    "risk_score": 30.0,
    "brands": ["nike", "loreal"],
}


def failed(brief: dict[str, object], limits: Limits = NO_LIMITS, **traits: object) -> list[str]:
    """Filters that a creator of `KNOWN`, but for these traits, fails."""
    found: list[str] = failed_filters(brief, pl.DataFrame([{**KNOWN, **traits}], schema=SCHEMA), limits).to_list()[0]
    return found


@pytest.mark.parametrize(
    ("name", "wanted", "other"),
    [
        ("platforms", "Instagram", "tiktok"),
        ("tiers", "MICRO", "nano"),
        ("countries", "de", "AT"),
        ("languages", "DE", "en"),
    ],
)
def test_a_list_lets_through_those_on_it_however_it_is_spelt(name: str, wanted: str, other: str) -> None:
    assert failed({name: [other, wanted]}) == []
    assert failed({name: [other]}) == [name]


def test_the_limits_themselves_pass() -> None:
    assert failed({"max_risk": 30}) == []
    assert failed({"max_risk": 29.9}) == ["max_risk"]
    assert failed({}, Limits(20_000, 20_000)) == []
    assert failed({}, Limits(20_001, 20_002)) == ["min_followers"]
    assert failed({}, Limits(19_998, 19_999)) == ["max_followers"]


def test_nobody_passes_who_worked_with_a_brand_that_is_excluded() -> None:
    for brand in (" @Nike ", "NIKE", "L'Oréal"):
        assert failed({"exclude_brands": ["puma", brand]}) == ["exclude_brands"]
    assert failed({"exclude_brands": ["puma"]}) == []
    assert failed({"exclude_brands": ["nike"]}, brands=[]) == []


def test_what_is_not_known_fails_no_filter_and_is_counted() -> None:
    brief = {
        "platforms": ["x"],
        "tiers": ["mega"],
        "countries": ["fr"],
        "languages": ["fr"],
        "max_risk": 1,
        "exclude_brands": ["nike"],
    }
    limits = Limits(min_followers=1_000_000, max_followers=5)
    unknown = pl.DataFrame([dict.fromkeys(SCHEMA), KNOWN], schema=SCHEMA)
    assert failed_filters(brief, unknown, limits).to_list() == [[], [*_order(brief), "min_followers", "max_followers"]]
    assert not_known(brief, unknown, limits) == dict.fromkeys(
        ("tiers", "platforms", "countries", "languages", "max_risk", "min_followers", "max_followers"), 1
    )


def _order(brief: dict[str, object]) -> list[str]:
    first = ["tiers", "platforms"]
    return first + [name for name in brief if name not in first]


def test_a_brief_that_asks_nothing_leaves_nobody_out() -> None:
    found = failed_filters({"platforms": [], "max_risk": None}, pl.DataFrame([KNOWN] * 3, schema=SCHEMA))
    assert found.to_list() == nothing_failed(3).to_list() == [[], [], []]
