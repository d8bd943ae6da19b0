"""Known n-grams of words, against cutting them out one by one."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from models.texts.word_grams import LEAST_UNSPACED, WordGrams
from models.texts.word_grams import UNSPACED as SCRIPTS

LETTERS = "abcß" + "жи" + "花屋" + "한" + "ไท" + "é"
WORDS = st.lists(st.text(LETTERS, min_size=2, max_size=8), max_size=12, unique=True)
TERMS = st.lists(st.text(LETTERS + " ", min_size=2, max_size=4), max_size=60, unique=True)
UNSPACED = re.compile("[花屋한ไท]")


def cut(word: str) -> Counter[str]:
    """The n-grams of one word."""
    sizes = (2, 3, 4) if UNSPACED.search(word) else (3, 4)
    padded = f" {word} "
    return Counter(padded[at : at + size] for size in sizes for at in range(len(padded) - size + 1))


@given(WORDS, TERMS, st.booleans())
@settings(max_examples=60)
def test_n_grams_are_those_cut_out_one_by_one(words: list[str], others: list[str], own: bool) -> None:
    terms = sorted({*others, *(gram for word in words if own for gram in cut(word))})
    found = WordGrams(pl.Series(terms, dtype=pl.String)).counts(words)
    expected = [[cut(word)[term] if len(term) > 2 or UNSPACED.search(word) else 0 for term in terms] for word in words]
    assert np.array_equal(found.toarray(), np.array(expected, dtype=np.float64).reshape(len(words), len(terms)))
    assert found.has_sorted_indices
    assert (found.data > 0).all()


def test_no_earlier_letter_is_of_a_script_without_spaces() -> None:
    letters = pl.Series([chr(code) for code in range(ord(LEAST_UNSPACED) + 0x80)])
    found = letters.filter(letters.str.contains(SCRIPTS))
    assert found.sort()[0] == chr(ord(LEAST_UNSPACED) + 1)
