"""Texts are compared in one form, and terms are counted."""

from __future__ import annotations

import unicodedata

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from models.texts.terms import SETTLED, plain, term_matrix, told_words

LETTERS = pl.Series([chr(code) for code in range(0x20000) if not 0xD800 <= code < 0xE000])


def test_letters_that_are_taken_as_settled_have_no_other_form_and_join_with_nothing_before_them() -> None:
    pairs = [unicodedata.decomposition(letter).split() for letter in LETTERS]
    joining = {chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2 and not pair[0].startswith("<")}
    joining |= set(map(chr, (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))))  # vowels and finals of Hangul
    settled = LETTERS.filter(LETTERS.str.contains(f"[{SETTLED}]")).to_list()
    assert len(settled) > 30_000
    assert all(unicodedata.normalize("NFKC", letter) == letter for letter in settled)
    assert not any(unicodedata.combining(letter) or letter in joining for letter in settled)


@given(st.lists(st.text() | st.text("aeéÄ\u0301\u0308ﬁ가ᅡㄱ①😂é Ⅷ")))
def test_plain_texts_are_in_nfkc_form_and_lower_case(texts: list[str]) -> None:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    expected = frame.select(pl.col("text").str.normalize("NFKC").str.to_lowercase())
    assert frame.select(plain(pl.col("text"))).equals(expected)


def test_terms_are_counted_by_document() -> None:
    told = told_words(pl.Series(["beta Alpha, beta", "", "gamma alpha x"]))
    counts = term_matrix(told, 3, pl.Series(["alpha", "beta", "zeta"]))
    assert counts.toarray().tolist() == [[1, 2, 0], [0, 0, 0], [1, 0, 0]]
    assert counts.has_canonical_format
