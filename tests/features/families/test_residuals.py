"""Curves of what creators receive, and how far one stands from them on either side."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from features.families import residuals
from features.records.contract import MEDIA_TYPES
from features.tiers import TIERS, tier_of

SMALL, LARGE = 1, 3
"""Tiers by their place: nano and mid."""
FORMATS = len(MEDIA_TYPES) + 1


def corpus(size: int = 400, seed: int = 4, **offsets: float) -> pl.DataFrame:
    """Creators of two tiers and two formats with likes ~ followers^0.75; `offsets` are log units for video and mid."""
    rng = np.random.default_rng(seed)
    video = rng.random(size) < 0.5
    large = rng.random(size) < 0.5
    followers = np.where(large, rng.uniform(1e5, 4e5, size), rng.uniform(1e3, 9e3, size)).astype(int)
    logs = 0.75 * np.log1p(followers) + 0.3 * rng.standard_normal(size)
    logs += video * offsets.get("video", 0.0) + large * offsets.get("mid", 0.0)
    return aggregates(followers, logs, np.where(large, LARGE, SMALL) * FORMATS + video)


def aggregates(followers: np.ndarray, likes: np.ndarray, cohort: np.ndarray) -> pl.DataFrame:
    size = len(followers)
    unknown = {
        f"{response}_{quantile}": pl.lit(None, dtype=pl.Float64)
        for response in ("views", "comments", "likes_by_views")
        for quantile in ("lower", "upper")
    }
    return pl.DataFrame(
        {
            "creator_id": [f"c{n:04}" for n in range(size)],
            "platform": ["instagram"] * size,
            "followers": followers,
            "likes_level": np.exp(likes),
            "views_level": [None] * size,
            "likes_lower": likes - 0.5,
            "likes_upper": likes + 0.5,
            "cohort": cohort,
        },
        schema_overrides={"views_level": pl.Float64},
    ).with_columns(**unknown)


def signals_of(creators: pl.DataFrame, curves: pl.DataFrame) -> pl.DataFrame:
    joined = creators.join(curves, on="platform", how="left")
    return joined.select(signal.expression.alias(signal.name) for signal in residuals.SIGNALS)


def test_the_curve_finds_the_elasticity_and_the_spread() -> None:
    curve = residuals.build(corpus()).row(0, named=True)
    assert curve["likes_below_slope"] == pytest.approx(0.75, abs=0.03)
    assert curve["likes_below_scale"] == pytest.approx(0.3, abs=0.05)
    assert curve["likes_above_intercept"][0] - curve["likes_below_intercept"][0] == pytest.approx(1.0, abs=0.05)
    assert curve["views_below_intercept"] is None


def test_a_format_that_receives_more_is_expected_to() -> None:
    creators = corpus(video=1.0)
    curve = residuals.build(creators).row(0, named=True)
    intercepts = curve["likes_above_intercept"]
    image, video = SMALL * FORMATS, SMALL * FORMATS + 1
    assert intercepts[video] - intercepts[image] == pytest.approx(1.0, abs=0.25)
    above = signals_of(creators, residuals.build(creators))["likes_above_expected"]
    of_video = creators["cohort"].to_numpy() % FORMATS == 1
    assert abs(np.mean(above.to_numpy()[of_video] > 0) - np.mean(above.to_numpy()[~of_video] > 0)) < 0.4


def test_a_cohort_of_few_stays_with_its_platform() -> None:
    creators = corpus()
    few = pl.col("creator_id") < "c0020"
    creators = creators.with_columns(
        cohort=pl.when(few).then(SMALL * FORMATS + 2).otherwise("cohort"),
        likes_upper=pl.when(few).then(pl.col("likes_upper") + 3).otherwise("likes_upper"),
    )
    intercepts = residuals.build(creators)["likes_above_intercept"][0]
    assert intercepts[SMALL * FORMATS + 2] == intercepts[SMALL * FORMATS + 3]


def test_one_stands_below_or_above_what_is_expected_and_never_both() -> None:
    creators = corpus()
    curves = residuals.build(creators)
    receives = {}
    for times in (0.02, 1.0, 50.0):
        moved = creators.with_columns(pl.col("likes_lower", "likes_upper") + math.log(times))
        receives[times] = signals_of(moved, curves).select("likes_below_expected", "likes_above_expected").mean().row(0)
    below, above = zip(*receives.values(), strict=True)
    assert below[0] > 5 > 1 > below[1] > below[2] == 0
    assert 0 == above[0] < above[1] < 1 < 5 < above[2]


def test_of_a_count_none_is_the_least_that_is_expected() -> None:
    creators = corpus()
    curves = residuals.build(creators).with_columns(likes_above_intercept=pl.lit([-100.0] * (len(TIERS) + 1) * FORMATS))
    receives = creators.head(2).with_columns(likes_upper=pl.Series([0.0, 0.6]))
    above = signals_of(receives, curves)["likes_above_expected"]
    assert above.to_list() == pytest.approx([0, 0.6 / curves["likes_above_scale"][0]])


def test_what_is_bought_for_some_posts_hides_nothing_below() -> None:
    creators = corpus()
    curves = residuals.build(creators)
    bought = creators.with_columns(likes_upper=pl.col("likes_upper") + 1.1)
    before, after = signals_of(creators, curves), signals_of(bought, curves)
    assert after["likes_below_expected"].equals(before["likes_below_expected"])
    assert (after["likes_above_expected"] >= before["likes_above_expected"]).all()


def test_curves_do_not_depend_on_the_order_of_creators() -> None:
    creators = corpus(video=0.5)
    assert residuals.build(creators.sample(fraction=1, shuffle=True, seed=1)).equals(residuals.build(creators))


def test_few_creators_give_no_curve_and_no_residual() -> None:
    creators = corpus(residuals.FEW_PEERS - 1)
    curves = residuals.build(creators)
    assert curves.schema == residuals.SCHEMA
    assert signals_of(creators, curves)["likes_below_expected"].null_count() == len(creators)
    nowhere = creators.with_columns(platform=pl.lit("x"))
    assert signals_of(nowhere, residuals.build(corpus()))["likes_above_expected"].null_count() == len(creators)


@pytest.mark.parametrize(
    ("followers", "formats", "kind"),
    [
        (500, ["image", "video", "video"], "video"),
        (500, ["video", None, "image"], "image"),
        (2_000_000, [None, None, None], None),
        (None, ["text", "text", "text"], "text"),
    ],
)
def test_the_cohort_is_the_tier_and_the_most_frequent_format(
    followers: int | None, formats: list[str | None], kind: str | None
) -> None:
    posts = pl.DataFrame(
        {"creator_id": ["c"] * 3, "followers": [followers] * 3, "media_type": formats},
        schema_overrides={"followers": pl.Int64, "media_type": pl.String},
    )
    tier, place = divmod(posts.group_by("creator_id").agg(cohort=residuals.cohort())["cohort"].item(), FORMATS)
    assert place == (len(MEDIA_TYPES) if kind is None else MEDIA_TYPES.index(kind))
    names = [name for name, _ in TIERS]
    expected = pl.select(tier_of(pl.lit(followers, dtype=pl.Int64))).item()
    assert tier == (len(TIERS) if expected is None else names.index(expected))
