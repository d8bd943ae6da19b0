from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.records import Tables
from models.matching.pairs import dense_cosine, sparse_cosine
from models.texts.documents import MOST_CHARACTERS, brief_text, creator_documents
from models.texts.space import TextSpace, TextVectors

CORPUS = [
    "morning run and strength training #fitness #gym",
    "gym day: squats, deadlifts, protein #fitness",
    "sourdough bread with olive oil #baking #food",
    "baking rye bread and cinnamon rolls #food",
    "sunset over the harbour, travelling again #travel",
    "朝のランニングとジム #筋トレ",
    "今日のパン、焼きたて #パン作り",
    "सुबह की दौड़ और कसरत #फिटनेस",
    "утренняя пробежка и тренировка #фитнес",
    "",
]


@pytest.fixture(scope="module")
def space() -> TextSpace:
    return TextSpace.fit(pl.Series(CORPUS))


def equal(one: TextVectors, other: TextVectors) -> bool:
    return (
        (one.words != other.words).nnz == 0
        and (one.grams != other.grams).nnz == 0
        and np.array_equal(one.topics, other.topics)
    )


def test_a_document_is_closest_to_itself(space: TextSpace) -> None:
    vectors = space.transform(CORPUS[:-1])
    for row in range(len(CORPUS) - 1):
        one = vectors.take(np.array([row]))
        for cosine in (
            sparse_cosine(one.words, vectors.words),
            sparse_cosine(one.grams, vectors.grams),
            dense_cosine(one.word_topics[0], vectors.word_topics),
        ):
            assert cosine[row] == pytest.approx(1.0)
            assert cosine.argmax() == row


@pytest.mark.parametrize(
    ("brief", "closest"),
    [
        ("we want bakers of bread", 3),
        ("ジムとランニング", 5),
        ("焼きたてのパン", 6),
        ("कसरत", 7),
        ("тренировки на пробежках", 8),
        ("𝐬𝐨𝐮𝐫𝐝𝐨𝐮𝐠𝐡", 2),
    ],
)
def test_every_script_finds_its_like(space: TextSpace, brief: str, closest: int) -> None:
    cosine = sparse_cosine(space.transform([brief]).grams, space.transform(CORPUS).grams)
    assert np.nanargmax(cosine) == closest


@pytest.mark.parametrize("nothing", ["", "   ", "🎉🎉", "qqqqqq xxxxxx", "\x00", "#"])
def test_a_text_without_known_terms_has_no_direction(space: TextSpace, nothing: str) -> None:
    vectors = space.transform([nothing])
    assert vectors.words.nnz == 0
    assert not vectors.topics.any()


@settings(max_examples=25)
@given(st.lists(st.sampled_from(CORPUS) | st.text(max_size=40), min_size=1, max_size=8))
def test_a_vector_depends_on_its_own_document_only(space: TextSpace, documents: list[str]) -> None:
    together = space.transform(documents)
    for row, document in enumerate(documents):
        assert equal(space.transform([document]), together.take(np.array([row])))


def test_a_saved_space_gives_the_same_vectors(space: TextSpace, tmp_path: Path) -> None:
    folder = tmp_path / "text [1]*"  # no pattern
    space.save(folder)
    assert equal(TextSpace.load(folder).transform(CORPUS), space.transform(CORPUS))
    assert {path.suffix for path in folder.iterdir()} == {".parquet", ".npy"}


@pytest.mark.parametrize("corpus", [[], [""], ["one"], ["same words here"] * 3])
def test_a_poor_corpus_still_gives_a_space(corpus: list[str]) -> None:
    vectors = TextSpace.fit(pl.Series(corpus, dtype=pl.String)).transform(["same words", ""])
    assert vectors.topics.shape[0] == 2
    assert np.isfinite(vectors.topics).all()


def test_words_of_a_handful_in_a_large_corpus_are_known() -> None:
    space = TextSpace.fit(pl.Series([*["cakes and cookies"] * 20_000, *["sourdough starters"] * 3]))
    assert {"sourdough", "starters"} <= set(space.words.terms)


def test_of_a_corpus_too_large_to_read_a_sample_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.texts.space.MOST_READ", 1_000)
    space = TextSpace.fit(pl.Series([f"word{place:03}" for place in range(500)]))
    assert 100 < len(space.words.terms) < 200


def test_no_documents_give_no_vectors(space: TextSpace) -> None:
    assert space.transform([]).topics.shape[0] == 0


def test_a_creators_document_holds_all_that_is_said_in_the_order_of_the_creators() -> None:
    tables = Tables.from_frames(
        {
            "creators": pl.DataFrame(
                {"creator_id": ["b", "a", "c"], "platform": ["tiktok"] * 3, "bio": ["Baker #bread", None, None]}
            ),
            "posts": pl.DataFrame(
                {
                    "creator_id": ["a", "a", "b"],
                    "post_id": ["1", "2", "3"],
                    "caption": ["older #Run", "newer", None],
                    "alt_text": [None, None, "a loaf"],
                    "posted_at": ["2024-01-01T00:00:00+0000", "2024-02-01T00:00:00+0000", None],
                }
            ).with_columns(pl.col("posted_at").str.to_datetime(time_unit="us", time_zone="UTC")),
        }
    )
    documents = creator_documents(tables)
    assert documents["creator_id"].to_list() == ["b", "a", "c"]
    assert documents["text"].to_list() == ["Baker #bread\na loaf", "newer\nolder #Run", ""]
    assert documents["hashtags"].to_list() == ["bread", "Run", ""]


def test_a_document_has_an_end() -> None:
    assert len(brief_text({"text": "word " * 100_000})) == MOST_CHARACTERS


@pytest.mark.parametrize(
    ("brief", "text"),
    [
        ({"text": "runners", "niches": ["fitness"], "brand_posts": ["shoes"]}, "runners\nfitness"),
        ({"text": None, "niches": None, "brand_posts": ["shoes", "socks"]}, "shoes\nsocks"),
        ({}, ""),
    ],
)
def test_a_brief_says_its_text_and_niches_or_else_its_brands_posts(brief: dict[str, object], text: str) -> None:
    assert brief_text(brief) == text
