"""Words of a few texts are those that Polars tells."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from models.texts.few_texts import MOST_TEXTS, counted, without_marks
from models.texts.marks import _of_text, text_marks
from models.texts.terms import MOST_LETTERS, SETTLED, term_matrix, told_words

LETTERS = pl.Series([chr(code) for code in range(0x20000) if not 0xD800 <= code < 0xE000])
SETTLED_LETTERS = LETTERS.filter(LETTERS.str.contains(f"[{SETTLED}]")).to_list()


def told(texts: list[str]) -> tuple[list[str], np.ndarray]:
    rows = told_words(pl.Series(texts, dtype=pl.String))
    words = rows["term"].unique().sort()
    return words.to_list(), term_matrix(rows, len(texts), words).toarray()


def test_every_settled_letter_is_read_as_polars_reads_it() -> None:
    texts = [f"{letter}b a{letter}b {letter}{letter}" for letter in SETTLED_LETTERS]
    assert len(texts) > 30_000
    for start in range(0, len(texts), MOST_TEXTS):
        some = texts[start : start + MOST_TEXTS]
        found = counted(some)
        assert found is not None
        words, counts = told(some)
        assert found[0] == words
        assert np.array_equal(found[1].toarray(), counts)


@given(
    st.lists(
        st.text(st.sampled_from(SETTLED_LETTERS) | st.sampled_from("aA1_ \n.İé❶✨花가بж"), max_size=100), max_size=6
    )
)
def test_words_are_counted_as_polars_counts_them(texts: list[str]) -> None:
    found = counted(texts)
    assert found is not None
    words, counts = told(texts)
    assert found[0] == words
    assert np.array_equal(found[1].toarray(), counts)
    assert found[1].has_canonical_format


def test_long_runs_are_cut_and_count_as_one_word() -> None:
    words, counts = counted([f"{'a' * (MOST_LETTERS + 1)} {'a' * (MOST_LETTERS + 2)}"]) or ([], None)
    assert words == ["a" * MOST_LETTERS]
    assert counts is not None
    assert counts.toarray().tolist() == [[2.0]]


def test_other_letters_and_many_texts_are_left_to_polars() -> None:
    assert counted(["plain", "e\u0301"]) is None
    assert counted(["ﬁne"]) is None
    assert counted(["plain"] * (MOST_TEXTS + 1)) is None


def marked(texts: list[str]) -> bool:
    return bool(pl.Series(texts, dtype=pl.String).to_frame("text").select(_of_text("text"))["text"].list.len().sum())


def test_no_mark_is_missed() -> None:
    assert not any(without_marks([letter]) and marked([letter]) for letter in LETTERS.to_list())
    assert without_marks(['Running shoes, ранг 靴 – "best"'])
    assert not any(map(without_marks, (["plain", "#tag"], ["with @account"], ["dogs 🐶"], ["＃full"])))


@given(st.lists(st.text() | st.text("a#@🐶é＃ﬁ™ .1"), min_size=1, max_size=4))
def test_texts_without_marks_have_none(texts: list[str]) -> None:
    assert not (without_marks(texts) and marked(texts))
    assert bool(text_marks(texts).list.len().sum()) == marked(texts)
