"""Words are looked for once, in posts and profiles, and are those of the whole text."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.records import Tables
from models.texts.creator_texts import CreatorTexts
from models.texts.documents import MOST_CHARACTERS, MOST_CHARACTERS_OF_A_POST, creator_documents
from models.texts.terms import told_words

ALPHABET = "Red bicycleＴＥＡ, 日本\u0301\u03a3σ\nß#'ﬁ"


def tables_of(creators: list[tuple[str, list[str | None]]]) -> Tables:
    """A creator a bio and its captions."""
    ids = [f"c{k}" for k in range(len(creators))]
    posts = [
        (one, f"{one}-{k:03}", said) for one, (_, own) in zip(ids, creators, strict=True) for k, said in enumerate(own)
    ]
    return Tables.from_frames(
        {
            "creators": pl.DataFrame(
                {"creator_id": ids, "platform": ["instagram"] * len(ids), "bio": [bio or None for bio, _ in creators]},
                schema_overrides={"bio": pl.String},
            ),
            "posts": pl.DataFrame(
                posts,
                schema={"creator_id": pl.String, "post_id": pl.String, "caption": pl.String},
                orient="row",
            ),
        }
    )


def counted(told: pl.DataFrame) -> list[tuple[int, str, int]]:
    return sorted(told.group_by("document", "term").agg(pl.len()).rows())


def check(tables: Tables) -> CreatorTexts:
    said = CreatorTexts.of(tables)
    assert said.creators.equals(creator_documents(tables))
    assert counted(said.of_creators) == counted(told_words(said.creators["text"]))
    assert counted(said.of_posts) == counted(told_words(said.posts["said"].fill_null("")))
    return said


texts = st.text(alphabet=ALPHABET, max_size=30)


@given(st.lists(st.tuples(texts, st.lists(st.none() | texts, max_size=4)), min_size=1, max_size=4))
def test_words_of_posts_and_profiles_are_those_of_the_text(creators: list[tuple[str, list[str | None]]]) -> None:
    check(tables_of(creators))


@pytest.mark.parametrize("length", range(MOST_CHARACTERS - 30, MOST_CHARACTERS + 30, 7))
def test_a_text_that_was_cut_has_the_words_that_are_left(length: int) -> None:
    whole, rest = divmod(length, MOST_CHARACTERS_OF_A_POST)
    sized = [("word " * MOST_CHARACTERS_OF_A_POST)[:size] for size in (*[MOST_CHARACTERS_OF_A_POST] * whole, rest)]
    said = check(tables_of([("short", ["red"]), ("a bio", [*sized]), ("another", ["bicycle"])]))
    assert said.creators["text"].str.len_chars().max() <= MOST_CHARACTERS


def test_posts_of_nobody_say_nothing() -> None:
    tables = tables_of([("a bio", ["red"]), ("another", ["bicycle"])])
    said = check(replace(tables, creators=tables.creators[:1]))
    assert said.posts["creator_id"].to_list() == ["c0"]
