"""Contexts: norms and curves, their version, their place on disk, and peers' percentiles."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import polars as pl
import pytest

import features
from features import context as contexts
from features.errors import ContractError
from features.records import Tables, read
from tests.features.conftest import NOW, Record, creator, posts
from training.simulate import Simulation


def account(place: int, likes: int, followers: int = 20_000, platform: str = "instagram") -> Record:
    return creator(
        creator_id=f"c{place:04}",
        platform=platform,
        followers=followers,
        following=100,
        posts=posts([likes, likes, likes + 1, likes, likes - 1], comments=[9, 9, 9, 9, 9]),
    )


def corpus() -> Tables:
    draw = random.Random(1)
    accounts = []
    for place in range(200):
        followers = draw.randint(10_000, 90_000)
        accounts.append(account(place, int(0.3 * followers**0.76 * draw.lognormvariate(0, 0.5)), followers))
    return read(accounts, now=NOW)


@pytest.fixture(scope="module")
def built() -> contexts.Context:
    return contexts.build(corpus())


def signals_for(likes: int, built: contexts.Context, **fields: object) -> pl.DataFrame:
    return features.build(read([account(0, likes, **fields)], now=NOW), built)  # type: ignore[arg-type]


def test_the_curve_finds_the_exponent_of_likes_on_followers(built: contexts.Context) -> None:
    slope = built.curves.filter(pl.col("platform") == "instagram")["likes_below_slope"].item()
    assert slope == pytest.approx(0.76, abs=0.15)


def test_the_residual_is_low_for_few_likes_and_high_for_many(built: contexts.Context) -> None:
    few, many = signals_for(20, built), signals_for(9_000, built)
    assert few["likes_below_expected"].item() > 2 > few["likes_above_expected"].item() == 0
    assert many["likes_above_expected"].item() > 2 > many["likes_below_expected"].item() == 0


def test_percentiles_rise_with_the_value(built: contexts.Context) -> None:
    places = [built.percentiles(signals_for(likes, built))["engagement_rate"].item() for likes in (2, 300, 600, 50_000)]
    assert places == sorted(places)
    assert places[0] < 0.05
    assert places[-1] == 1


def test_a_value_that_everybody_shares_stands_in_the_middle(built: contexts.Context) -> None:
    assert built.percentiles(signals_for(300, built))["hidden_likes_share"].item() == pytest.approx(0.5)


def test_an_unknown_platform_has_neither_curve_nor_percentile(built: contexts.Context) -> None:
    signals = signals_for(300, built, platform="tiktok")
    assert signals["likes_below_expected"].item() is None
    assert built.percentiles(signals)["engagement_rate"].item() is None
    assert built.cohort_size("tiktok", "micro") is None


def test_a_small_tier_is_compared_with_the_whole_platform(built: contexts.Context) -> None:
    assert built.cohort_size("instagram", "mega") is None
    percentile = built.percentiles(signals_for(300, built, followers=2_000_000))["engagement_rate"].item()
    assert percentile is not None


def test_without_a_context_residuals_are_null() -> None:
    assert features.build(corpus())["likes_below_expected"].null_count() == 200


def test_the_version_follows_the_content(built: contexts.Context) -> None:
    assert contexts.build(corpus()).version == built.version
    fewer = corpus()
    other = contexts.build(fewer.select(fewer.creators["creator_id"].head(100).to_list()))
    assert other.version != built.version


def test_zeros_have_one_sign_whatever_the_order_of_the_rows(simulation: Simulation) -> None:
    parts = contexts.build(simulation.tables).parts
    assert {name for name, part in parts.items() if re.search(r"-0\.0\b", part.write_ndjson())} == set()


def test_saved_and_loaded_is_the_same(built: contexts.Context, tmp_path: Path) -> None:
    built.save(tmp_path / "context")
    loaded = contexts.Context.load(tmp_path / "context")
    assert loaded.version == built.version
    assert loaded.norms.equals(built.norms)
    assert loaded.curves.equals(built.curves)


@pytest.mark.parametrize("file", ["context.json", "norms.parquet", "curves.parquet"])
def test_a_context_with_a_part_missing_is_refused(built: contexts.Context, tmp_path: Path, file: str) -> None:
    built.save(tmp_path)
    (tmp_path / file).unlink()
    with pytest.raises(ContractError, match="cannot be read"):
        contexts.Context.load(tmp_path)


def test_a_context_that_was_edited_is_refused(built: contexts.Context, tmp_path: Path) -> None:
    built.save(tmp_path)
    built.norms.with_columns(creators=pl.col("creators") + 1).write_parquet(tmp_path / "norms.parquet")
    with pytest.raises(ContractError, match="changed after it was built"):
        contexts.Context.load(tmp_path)


def test_a_context_of_another_format_is_refused(built: contexts.Context, tmp_path: Path) -> None:
    built.save(tmp_path)
    about = json.loads((tmp_path / "context.json").read_text())
    (tmp_path / "context.json").write_text(json.dumps({**about, "format": 99}))
    with pytest.raises(ContractError, match="another format"):
        contexts.Context.load(tmp_path)
