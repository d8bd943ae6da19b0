from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from models.filters import failed_filters
from models.niches import Niches, labels_of
from models.pairs import PAIR_FEATURE_NAMES, PAIR_FEATURES, TRAITS, Candidates, pair_features
from training.fit import FittedFit
from training.simulate import Simulation

TRAITS_OF_THREE = pl.DataFrame(
    {
        "creator_id": ["a", "b", "c"],
        "platform": ["instagram", "tiktok", "youtube"],
        "tier": ["nano", None, "mega"],
        "country": ["DE", None, "us"],
        "language": ["de", "en", None],
        "engagement": [0.5, None, 0.9],
        "sponsored_share": [0.0, 0.5, None],
        "days_since_last_post": [1.0, None, 30.0],
        "brands": [["acme"], [], None],
    },
    schema=TRAITS,
)


@pytest.fixture(scope="module")
def candidates(fitted_fit: FittedFit, simulation: Simulation) -> Candidates:
    bundle, tables = fitted_fit.bundle, simulation.tables
    return bundle.encoder.candidates(tables, bundle.signals(tables))


def pairs(fitted: FittedFit, candidates: Candidates, **brief: object) -> pl.DataFrame:
    wish = fitted.bundle.encoder.wishes([{"brief_id": "b", **brief}], candidates)[0]
    return pair_features(wish, candidates)


def test_every_feature_has_a_unit_and_a_sentence() -> None:
    assert len(set(PAIR_FEATURE_NAMES)) == len(PAIR_FEATURES)
    for feature in PAIR_FEATURES:
        assert feature.unit
        assert feature.sentence.endswith(".")


def test_similarities_lie_between_0_and_1_or_minus_1_for_topics(fitted_fit: FittedFit, candidates: Candidates) -> None:
    found = pairs(fitted_fit, candidates, text="fitness training and healthy food", brand_posts=["gym"])
    assert found.columns == list(PAIR_FEATURE_NAMES)
    for feature in PAIR_FEATURES:
        values = found[feature.name].drop_nulls().to_numpy()
        if feature.unit == "cosine":
            assert (np.abs(values) <= 1 + 1e-9).all()
            assert len(values) > 0 or feature.name == "example_creators"


@pytest.mark.parametrize("text", [None, "", "🎉", "zzzzqqqq xxxxzzzz", "ยินดี"])
def test_a_brief_that_says_nothing_known_leaves_its_similarities_null(
    fitted_fit: FittedFit, candidates: Candidates, text: str | None
) -> None:
    found = pairs(fitted_fit, candidates, text=text)
    for name in ("words", "hashtags", "brand_posts", "example_creators", "tier", "platform", "country", "language"):
        assert found[name].null_count() == len(candidates)


def test_a_creator_without_text_has_null_similarities(fitted_fit: FittedFit, simulation: Simulation) -> None:
    creator = simulation.tables.creators["creator_id"][0]
    one = simulation.tables.select([creator])
    silent = one.from_frames({"creators": one.creators.select("creator_id", "platform", "followers")})
    encoder = fitted_fit.bundle.encoder
    candidates = encoder.candidates(silent, fitted_fit.bundle.signals(silent))
    found = pairs(fitted_fit, candidates, text="fitness", niches=["fitness"])
    for name in ("words", "topics", "spelling", "spelling_topics", "hashtags", "niche", "engagement"):
        assert found[name].to_list() == [None]


def test_an_example_creator_is_like_itself(fitted_fit: FittedFit, candidates: Candidates) -> None:
    row = int(candidates.vectors.word_topics.any(axis=1).argmax())
    found = pairs(fitted_fit, candidates, example_creators=[candidates.creator_ids[row], "nobody"])
    assert found["example_creators"][row] == pytest.approx(1.0)


def test_the_brands_posts_are_compared_with_the_creators(fitted_fit: FittedFit, candidates: Candidates) -> None:
    found = pairs(fitted_fit, candidates, text="yoga", brand_posts=["pasta recipe for dinner"])
    assert found["brand_posts"].null_count() < len(candidates)
    assert not found["brand_posts"].equals(found["topics"])


def test_wanted_lists_match_without_regard_to_case_and_are_null_where_nothing_is_wanted_or_known(
    fitted_fit: FittedFit, candidates: Candidates
) -> None:
    three = candidates.take(np.arange(3))
    three = Candidates(TRAITS_OF_THREE, three.vectors, three.hashtags, three.niches)
    found = pairs(fitted_fit, three, tiers=["nano", "micro"], countries=["US"], platforms=["tiktok"], languages=[])
    assert found["tier"].to_list() == [1.0, None, 0.0]
    assert found["country"].to_list() == [0.0, None, 1.0]
    assert found["platform"].to_list() == [0.0, 1.0, 0.0]
    assert found["language"].to_list() == [None, None, None]
    assert found["engagement"].to_list() == [0.5, None, 0.9]


def test_filters_name_what_a_candidate_is_known_to_fail() -> None:
    traits = TRAITS_OF_THREE.with_columns(risk_score=pl.Series([80.0, None, 10.0]))
    brief = {
        "platforms": ["instagram", "youtube"],
        "tiers": ["nano"],
        "countries": ["us"],
        "languages": ["en"],
        "max_risk": 50.0,
        "exclude_brands": ["@Acme"],
    }
    assert failed_filters(brief, traits).to_list() == [
        ["countries", "languages", "max_risk", "exclude_brands"],
        ["platforms"],
        ["tiers"],
    ]


def test_a_brief_without_filters_fails_nobody() -> None:
    traits = TRAITS_OF_THREE.with_columns(risk_score=pl.lit(None, dtype=pl.Float64))
    assert failed_filters({"platforms": [], "max_risk": None}, traits).to_list() == [[], [], []]
    assert failed_filters({"max_risk": 0.0}, traits).to_list() == [[], [], []]


def test_niche_weights_sum_to_one_and_are_zero_for_the_silent() -> None:
    topics = np.vstack([np.eye(3).repeat(6, axis=0), np.zeros((1, 3))])
    labels = [["x"]] * 6 + [["y", "z"]] * 6 + [["z"]] * 6 + [["x"]]
    niches = Niches.fit(topics, labels)
    weights = niches.weights(topics)
    assert niches.names == ("x", "y", "z")
    assert weights[:-1].sum(axis=1) == pytest.approx(1.0)
    assert not weights[-1].any()
    assert weights[0].argmax() == 0
    assert np.array_equal(weights[3:4], niches.weights(topics[3:4]))
    assert niches.named(["X", "unheard"]).tolist() == [1.0, 0.0, 0.0]
    assert niches.named(["unheard"]).tolist() == [0.0, 0.0, 0.0]


def test_two_niches_are_enough_and_one_is_not() -> None:
    topics = np.eye(2).repeat(5, axis=0)
    assert Niches.fit(topics, [["x"]] * 5 + [["y"]] * 5).weights(topics).argmax(axis=1).tolist() == [0] * 5 + [1] * 5
    assert Niches.fit(topics, [["x"]] * 10).names == ()
    assert Niches.none().weights(topics).shape == (10, 0)


def test_labels_follow_the_order_asked_for() -> None:
    niches = pl.DataFrame({"creator_id": ["b", "a", "b"], "niche": ["z", "x", "y"]})
    assert labels_of(["a", "c", "b"], niches) == [["x"], [], ["y", "z"]]
