from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.records import Tables, read
from models.matching.niche_profiles import FEWEST_POSTS, NicheProfile, drift, niche_profiles, niche_weights
from models.niches import LEAST_KNOWN, Niches, labels_of
from models.texts.marks import creator_marks, text_marks
from training.fit import FittedFit
from training.simulate import Simulation

START = datetime(2026, 1, 1, tzinfo=UTC)
TRAVEL = "mountains hiking flight hotel beach vacation #travel #wanderlust"
FOOD = "pasta recipe dinner cooking bread kitchen #food #recipe"


@pytest.fixture(scope="module")
def tables(simulation: Simulation) -> Tables:
    return simulation.tables.select(simulation.tables.creators["creator_id"].to_list()[:80])


@pytest.fixture(scope="module")
def found(fitted_fit: FittedFit, tables: Tables) -> pl.DataFrame:
    return niche_weights(fitted_fit.bundle.encoder, tables)


def posted(captions: list[str], dated: bool = True) -> Tables:
    posts = [
        {"post_id": str(k), "caption": text, "posted_at": (START + timedelta(days=k)) if dated else None}
        for k, text in enumerate(captions)
    ]
    return read([{"creator_id": "one", "platform": "instagram", "posts": posts}], now=START + timedelta(days=400))


def profile(fitted: FittedFit, captions: list[str], dated: bool = True) -> NicheProfile:
    return niche_profiles(fitted.bundle.encoder, posted(captions, dated))[0]


def test_weights_are_shares_of_every_niche_for_everyone(found: pl.DataFrame, fitted_fit: FittedFit) -> None:
    names = fitted_fit.bundle.encoder.niches.names
    assert found.columns == ["creator_id", *names, "unknown"]
    assert found.select(names).sum_horizontal().to_numpy() == pytest.approx(1.0)
    assert found.select(pl.min_horizontal(names)).to_series().min() >= 0.0  # type: ignore[operator]
    assert found["unknown"].dtype == pl.Boolean


def test_a_creator_weighs_the_same_alone_as_among_others(
    found: pl.DataFrame, fitted_fit: FittedFit, tables: Tables
) -> None:
    encoder = fitted_fit.bundle.encoder
    for creator_id in tables.creators["creator_id"].to_list()[:10]:
        alone = niche_weights(encoder, tables.select([creator_id]))
        assert alone.equals(found.filter(pl.col("creator_id") == creator_id))


def test_the_order_of_records_changes_nothing(found: pl.DataFrame, fitted_fit: FittedFit, tables: Tables) -> None:
    shuffled = tables.from_frames(
        {"creators": tables.creators.sample(fraction=1, shuffle=True, seed=1), "posts": tables.posts.reverse()}
    )
    assert niche_weights(fitted_fit.bundle.encoder, shuffled).sort("creator_id").equals(found.sort("creator_id"))


def test_ids_are_no_evidence(found: pl.DataFrame, fitted_fit: FittedFit, tables: Tables) -> None:
    renamed = pl.concat_str(pl.lit("food-"), pl.col("creator_id").str.reverse())
    other = tables.from_frames({name: tables[name].with_columns(creator_id=renamed) for name in ("creators", "posts")})
    again = niche_weights(fitted_fit.bundle.encoder, other)
    expected = found.with_columns(creator_id=renamed).sort("creator_id")
    assert again.sort("creator_id").equals(expected)


def test_most_creators_get_a_niche_of_theirs(found: pl.DataFrame, simulation: Simulation) -> None:
    names = [name for name in found.columns if name not in ("creator_id", "unknown")]
    top = np.array(names)[found.select(names).to_numpy().argmax(axis=1)]
    labels = labels_of(found["creator_id"].to_list(), simulation.tables.niches)
    assert np.mean([name in own for name, own in zip(top, labels, strict=True)]) > 0.7


@pytest.mark.parametrize("text", ["", "zzzzqqqq xxxxzzzz vvvvwwww", "ยินดี ต้อนรับ", "🜨"])
def test_a_text_of_unknown_words_is_unknown_and_weighed_all_the_same(fitted_fit: FittedFit, text: str) -> None:
    told = profile(fitted_fit, [text])
    assert told.unknown
    assert sum(told.weights.values()) == pytest.approx(1.0)
    assert told.specialisation is None
    assert told.drift is None


def test_enough_known_words_are_known(fitted_fit: FittedFit) -> None:
    niches, text = fitted_fit.bundle.encoder.niches, fitted_fit.bundle.encoder.text
    words = text.words.terms.filter(text.words.terms.str.contains(r"^\p{Latin}+$")).head(LEAST_KNOWN).to_list()
    said = [" ".join(words), words[0]]
    vectors, marks = text.transform(said), text_marks(said)
    assert niches.unknown(vectors, marks).tolist() == [False, True]
    assert niches.known(vectors, marks)[0] >= LEAST_KNOWN


def test_only_documents_without_any_known_term_say_nothing(fitted_fit: FittedFit) -> None:
    niches, text = fitted_fit.bundle.encoder.niches, fitted_fit.bundle.encoder.text
    said = [FOOD, "", "☃"]
    weights = niches.said(text.transform(said), text_marks(said))
    assert weights.any(axis=1).tolist() == [True, False, False]


def test_one_niche_is_more_special_than_two(fitted_fit: FittedFit) -> None:
    one, two = profile(fitted_fit, [FOOD] * 4), profile(fitted_fit, [FOOD, TRAVEL] * 2)
    assert max(one.weights, key=lambda name: one.weights[name]) == "food"
    assert one.specialisation is not None
    assert two.specialisation is not None
    assert 0 <= two.specialisation < one.specialisation <= 1


def test_drift_is_how_far_the_newer_half_of_the_posts_moved(fitted_fit: FittedFit) -> None:
    same = profile(fitted_fit, [FOOD] * 2 * FEWEST_POSTS)
    moved = profile(fitted_fit, [FOOD] * FEWEST_POSTS + [TRAVEL] * FEWEST_POSTS)
    assert same.drift == 0.0
    assert moved.drift is not None
    assert 0.2 < moved.drift <= 1


def test_drift_is_not_told_of_few_undated_or_thin_posts(fitted_fit: FittedFit) -> None:
    many = 2 * FEWEST_POSTS
    assert profile(fitted_fit, [FOOD] * (many - 1)).drift is None
    assert profile(fitted_fit, [FOOD] * many, dated=False).drift is None
    assert profile(fitted_fit, [FOOD] * FEWEST_POSTS + ["🜨"] * FEWEST_POSTS).drift is None


def test_profiles_follow_the_weights(found: pl.DataFrame, fitted_fit: FittedFit, tables: Tables) -> None:
    encoder = fitted_fit.bundle.encoder
    profiles = niche_profiles(encoder, tables)
    assert [one.creator_id for one in profiles] == found["creator_id"].to_list()
    assert [one.unknown for one in profiles] == found["unknown"].to_list()
    assert [one.weights for one in profiles] == found.select(encoder.niches.names).to_dicts()
    assert [one.drift for one in profiles] == drift(encoder, tables)


def test_a_saved_classifier_says_the_same(fitted_fit: FittedFit, tmp_path: Path) -> None:
    encoder = fitted_fit.bundle.encoder
    folder = tmp_path / "niches [1]*"
    folder.mkdir()
    encoder.niches.save(folder)
    loaded = Niches.load(folder)
    said = [FOOD, TRAVEL, ""]
    vectors, marks = encoder.text.transform(said), text_marks(said)
    assert loaded.taxonomy == encoder.niches.taxonomy
    assert np.array_equal(loaded.weights(vectors, marks), encoder.niches.weights(vectors, marks))
    assert loaded.named(["Gym"]).tolist() == encoder.niches.named(["fitness"]).tolist()


def test_names_and_aliases_are_asked_for_in_any_case(fitted_fit: FittedFit) -> None:
    niches = fitted_fit.bundle.encoder.niches
    asked = niches.named(["PETS", "Cooking", "unheard"])
    assert {name for name, weight in zip(niches.names, asked, strict=True) if weight} == {"pet", "food"}
    assert asked.sum() == pytest.approx(1.0)
    assert not niches.named(["unheard"]).any()


def test_without_labels_nothing_is_said(fitted_fit: FittedFit, tables: Tables) -> None:
    encoder = replace(fitted_fit.bundle.encoder, niches=Niches.none())
    assert niche_weights(encoder, tables).columns == ["creator_id", "unknown"]
    assert niche_profiles(encoder, tables) == []


def test_a_classifier_of_nothing_is_saved_and_loaded(tmp_path: Path) -> None:
    Niches.none().save(tmp_path)
    assert Niches.load(tmp_path).names == ()


def test_marks_are_emoji_tags_accounts_and_what_pictures_show() -> None:
    record = {
        "creator_id": "b",
        "platform": "instagram",
        "bio": "Koch 🍝",
        "posts": [
            {
                "post_id": "1",
                "caption": "Hi @Big.Bakery. #Brot ＃Brot",
                "alt_text": "Image may contain: food, 1 person and indoor.",
                "mentions": ["@Oven", "oven"],
                "sponsors": ["Mill Co"],
            }
        ],
    }
    found = creator_marks(read([record, {"creator_id": "a", "platform": "tiktok"}], now=START))
    assert dict(found.iter_rows()) == {
        "a": [],
        "b": [
            *["#brot", "#brot", "=1 person and indoor", "=food", "=image may contain"],
            *["@big.bakery", "@mill co", "@oven", "@oven", "🍝"],
        ],
    }


def test_labels_follow_the_order_asked_for() -> None:
    niches = pl.DataFrame({"creator_id": ["b", "a", "b"], "niche": ["z", "x", "y"]})
    assert labels_of(["a", "c", "b"], niches) == [["x"], [], ["y", "z"]]
