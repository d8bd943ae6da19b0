"""The words of many creators' comments tell the same at once as one creator at a time."""

from __future__ import annotations

import unicodedata

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from features.text import wording as alone
from features.text.many_texts import repetition_of_many, wording_of_many
from features.text.phrases import HANDLE, WORD
from features.text.wording import repetition, wording

NAMES = ["praise", "topic_free", "said", "repeated", "near_duplicate", "words", "distinct_words"]
PIECES = (
    *(
        "so",
        "nice",
        "wow",
        "love this",
        "que",
        "du bist so",
        "you are always the best",
        "the cake is a lie",
        "this is the best place i have ever seen",
    ),
    *("@anna.b_1", "@", "@@", "@ünal", "@नमस्ते", "नमस्ते", "e\u0301te", "①②", "🔥", "❤️", "1\ufe0f\u20e3", "-"),
    *("これはとても綺麗な場所ですね", "昨日の夜"),
)
TEXTS = st.none() | st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=8).map(" ".join)
CREATORS = st.lists(st.lists(TEXTS, min_size=1, max_size=12), min_size=1, max_size=4)


def frames(creators: list[list[str | None]]) -> tuple[pl.Series, pl.Series]:
    rows = [(text if text else None, place) for place, texts in enumerate(creators) for text in texts]
    return (
        pl.Series("lower", [text for text, _ in rows], dtype=pl.String).str.to_lowercase(),
        pl.Series("run", [place for _, place in rows], dtype=pl.UInt32),
    )


def told(lower: pl.Series, run: pl.Series) -> pl.DataFrame:
    words = wording(lower)
    return pl.DataFrame([*words, *repetition(words[-1], copied_from(words[0]), run)])


def told_at_once(lower: pl.Series, run: pl.Series) -> pl.DataFrame:
    words = wording_of_many(lower)
    return pl.DataFrame([*words, *repetition_of_many(words[-1], copied_from(words[0]), run)])


def copied_from(praise: pl.Series) -> pl.Series:
    """Praise from one letter on, what is said in few words from twelve, and never where it is not known."""
    return praise.to_frame("praise").select(pl.when("praise").then(1).when(~pl.col("praise")).then(12)).to_series()


@given(CREATORS)
@example([[None], ["\U00010d70\U00010d71 letters that Python 3.11 does not know @\U00010d70a"]])
@example([["you are always the best", "you are always the best @a", None, "you are always the best @"]])
@example([["so nice", "so  NICE!", "@a so nice"], ["so nice"]])
@settings(max_examples=150)
def test_many_are_told_what_each_is_told_alone(creators: list[list[str | None]]) -> None:
    at_once = told_at_once(*frames(creators))
    one_by_one = [told(*frames([texts])) for texts in creators]
    assert at_once.columns == NAMES
    assert at_once.equals(pl.concat(one_by_one))


def test_from_so_many_comments_on_the_answer_is_the_same() -> None:
    texts = [["what a lovely place to stay", "what a lovely place to be", "wow"]] * (alone.MANY // 3 + 1)
    lower, run = frames(texts)
    assert len(lower) >= alone.MANY
    every = told(lower, run)
    assert every[:3].equals(told(lower[:3], run[:3]))
    assert every[:3].equals(every[-3:])


def test_words_are_letters_marks_and_digits_of_every_script() -> None:
    texts = ["e\u0301te\u0301 №5", "so-called #news_", "@anna.b_1hi you", "नमस्ते दुनिया", "1\ufe0f\u20e3 ❤️!"]
    said = wording_of_many(frames([texts])[0])[-1].to_list()
    assert said == [unicodedata.normalize("NFD", "été 5"), "so called news", "you", "नमस्ते दुनिया", "1"]


def test_a_character_is_of_a_word_or_a_handle_where_polars_says_so() -> None:
    codes = (*range(0x3100), *range(0x10D00, 0x10E00), *range(0x1F600, 0x1F700))
    characters = [chr(code) for code in codes]
    for pattern, kept in ((WORD, alone._IN_WORDS), (HANDLE, alone._IN_HANDLES)):
        matched = pl.Series(characters).str.contains(f"^{pattern}$").to_list()
        differing = [one for one, other in zip(characters, matched, strict=True) if kept.kept(one) != other]
        assert differing == []
