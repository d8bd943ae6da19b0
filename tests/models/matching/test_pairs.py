from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from features.records import Tables
from models.matching.brand_topics import PastBrands
from models.matching.candidates import TRAITS, Candidates
from models.matching.encoder import past_brands
from models.matching.pairs import PAIR_FEATURE_NAMES, PAIR_FEATURES, pair_features
from models.rankings.filters import failed_filters, handles, not_known
from models.texts.documents import MOST_PASSAGES, passages
from training.fit import FittedFit
from training.simulate import Simulation

KNOWN_OF_THREE = (
    "creator_id",
    "platform",
    "tier",
    "country",
    "language",
    "engagement",
    "sponsored_share",
    "days_since_last_post",
    "brands",
)
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
    }
    | {name: [None] * 3 for name in TRAITS if name not in KNOWN_OF_THREE},
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
            assert (np.abs(values) <= 1 + 1e-6).all()
            assert len(values) > 0 or feature.name in ("example_creators", "past_brands")


def test_how_much_a_brief_says_is_the_same_for_all(fitted_fit: FittedFit, candidates: Candidates) -> None:
    few, more = (
        pairs(fitted_fit, candidates, text=text)["brief_words"] for text in ("fitness", "fitness and training")
    )
    assert few.unique().to_list() == [1.0]
    assert 1.0 < more[0] <= 3.0
    assert more.n_unique() == 1


@pytest.mark.parametrize("text", [None, "", "🎉", "zzzzqqqq xxxxzzzz", "ยินดี"])
def test_a_brief_that_says_nothing_known_leaves_its_similarities_null(
    fitted_fit: FittedFit, candidates: Candidates, text: str | None
) -> None:
    found = pairs(fitted_fit, candidates, text=text)
    of_brief = ("words", "hashtags", "brand_posts", "example_creators", "brief_words")
    for name in (*of_brief, "tier", "platform", "country", "language"):
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
    row = int(candidates.dense["word_topics"].any(axis=1).argmax())
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
    three = Candidates(TRAITS_OF_THREE, three.dense, three.sparse)
    found = pairs(fitted_fit, three, tiers=["nano", "micro"], countries=["US"], platforms=["tiktok"], languages=[])
    assert found["tier"].to_list() == [1.0, None, 0.0]
    assert found["country"].to_list() == [0.0, None, 1.0]
    assert found["platform"].to_list() == [0.0, 1.0, 0.0]
    assert found["language"].to_list() == [None, None, None]
    assert found["engagement"].to_list() == [0.5, None, 0.9]


def test_audience_and_price_are_held_against_what_the_brief_asks_for(
    fitted_fit: FittedFit, candidates: Candidates
) -> None:
    audience = [[{"country": "DE", "share": 0.6}, {"country": "AT", "share": 0.1}, {"country": "US", "share": 0.3}]]
    traits = TRAITS_OF_THREE.with_columns(
        price=pl.Series([200.0, None, 50.0]),
        audience_countries=pl.Series([*audience, None, []], dtype=TRAITS["audience_countries"]),
    )
    three = candidates.take(np.arange(3))
    three = Candidates(traits, three.dense, three.sparse)
    found = pairs(fitted_fit, three, audience_countries=["de", "at"], budget=400.0)
    assert found["audience"].to_list() == [pytest.approx(0.7), None, 0.0]
    assert found["price"].to_list() == [0.5, None, 0.125]
    silent = pairs(fitted_fit, three, budget=0.0)
    assert silent["audience"].null_count() == silent["price"].null_count() == 3


def test_the_most_similar_past_brand_counts_and_the_briefs_own_does_not(
    fitted_fit: FittedFit, candidates: Candidates
) -> None:
    three = candidates.take(np.arange(3))
    traits = TRAITS_OF_THREE.with_columns(brands=pl.Series([["acme", "bolt"], ["unheard"], None]))
    three = Candidates(traits, three.dense, three.sparse)
    encoder = fitted_fit.bundle.encoder
    topics = encoder.text.transform(["gym training fitness", "pasta recipe dinner"]).word_topics
    encoder = replace(encoder, past=PastBrands(pl.Series(["acme", "bolt"]), topics))

    def past(brand: str | None) -> list[float | None]:
        brief = {"brief_id": "b", "brand": brand, "text": "gym training fitness"}
        return pair_features(encoder.wishes([brief], three)[0], three)["past_brands"].to_list()

    assert past(None) == [pytest.approx(1.0), None, None]
    assert past("@Acme")[0] == pytest.approx(float(topics[0] @ topics[1]), abs=1e-6)


def test_a_pair_is_the_same_to_the_bit_whoever_stands_beside(fitted_fit: FittedFit, candidates: Candidates) -> None:
    brief = {"text": "fitness training\n" * 20, "brand_posts": ["gym"], "niches": ["food"], "tiers": ["nano"]}
    together = pairs(fitted_fit, candidates, **brief)
    for row in (0, 7, len(candidates) - 1):
        assert pairs(fitted_fit, candidates.take(np.array([row])), **brief).equals(together[[row]])
    backwards = np.arange(len(candidates))[::-1].copy()
    assert pairs(fitted_fit, candidates.take(backwards), **brief).equals(together[backwards])


def test_candidates_put_together_are_those_they_were(candidates: Candidates) -> None:
    rows = np.arange(len(candidates))
    again = Candidates.concat([candidates.take(rows[:10]), candidates.take(rows[10:])])
    assert again.traits.equals(candidates.traits)
    assert all(np.array_equal(part, candidates.dense[name]) for name, part in again.dense.items())
    assert all((part != candidates.sparse[name]).nnz == 0 for name, part in again.sparse.items())
    assert {part.dtype for part in again.dense.values()} == {np.dtype(np.float32)}


def test_passages_are_some_lines_each() -> None:
    lines = ["word " * 20] * 9
    found = passages({"text": "\n".join(lines)})
    assert len(found) == 3
    assert "\n".join(found).split() == " ".join(lines).split()
    assert len(passages({"text": "\n".join(lines * 100)})) == MOST_PASSAGES
    assert passages({}) == []


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


@pytest.mark.parametrize(
    ("brand", "handle"),
    [
        ("@Nike", "nike"),
        (" Daniel Wellington ", "danielwellington"),
        ("Dr. Martens", "dr.martens"),
        ("H&M", "hm"),
        ("Marks & Spencer", "marksandspencer"),
        ("L'Oréal", "loreal"),
        ("Coca-Cola", "coca_cola"),
        ("資生堂", "資生堂"),
    ],
)
def test_a_brand_is_excluded_by_its_name_as_by_its_handle(brand: str, handle: str) -> None:
    traits = TRAITS_OF_THREE.with_columns(
        brands=pl.Series([["acme"], [handle], None]), risk_score=pl.lit(None, dtype=pl.Float64)
    )
    assert failed_filters({"exclude_brands": [brand]}, traits).to_list() == [[], ["exclude_brands"], []]
    assert failed_filters({"exclude_brands": ["@", " "]}, traits).to_list() == [[], [], []]
    assert len(handles(brand)) == len(set(handles(brand)))


def test_accounts_that_a_caption_tags_are_past_brands_as_those_of_mentions() -> None:
    captions = {
        "p1": "Thanks @Nike! and (@acme.co). Write to me@mail.com",
        "p2": "@nike again\n@two_words",
        "p3": None,
    }
    posts = pl.DataFrame(
        {
            "creator_id": ["c", "c", "d"],
            "post_id": list(captions),
            "caption": list(captions.values()),
            "mentions": [["nike"], None, ["@Other"]],
        }
    )
    creators = pl.DataFrame({"creator_id": ["c", "d"], "platform": ["x", "x"]})
    found = past_brands(Tables.from_frames({"creators": creators, "posts": posts})).collect()
    told = {row["creator_id"]: {one["brand"]: one["posts"] for one in row["brand_posts"]} for row in found.to_dicts()}
    assert told == {"c": {"nike": 2, "acme.co": 1, "two_words": 1}, "d": {"other": 1}}


def test_it_is_counted_of_how_many_a_filter_knows_nothing() -> None:
    traits = TRAITS_OF_THREE.with_columns(risk_score=pl.lit(None, dtype=pl.Float64))
    brief = {"platforms": ["x"], "tiers": ["nano"], "countries": ["us"], "max_risk": 50.0, "exclude_brands": ["acme"]}
    assert not_known(brief, traits) == {"tiers": 1, "countries": 1, "max_risk": 3}
    assert not_known({}, traits) == {}


def test_a_brief_without_filters_fails_nobody() -> None:
    traits = TRAITS_OF_THREE.with_columns(risk_score=pl.lit(None, dtype=pl.Float64))
    assert failed_filters({"platforms": [], "max_risk": None}, traits).to_list() == [[], [], []]
    assert failed_filters({"max_risk": 0.0}, traits).to_list() == [[], [], []]
