"""Words that a comment under any post may have are told by their stems, alone and among many."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.text.phrases import PRAISE_OF, UNSPACED_PRAISE_OF
from features.text.vocabulary import common_pieces, common_stems, stem, stems

WORDS = st.text(st.characters(categories=("L", "M", "N")), min_size=1, max_size=14) | st.sampled_from(
    ["so", "schönes", "paylaşımlarınızı", "وبصراحة", "ומדהימה", "예뻐요", "응원할게요", "예쁘asdfgh"]
)


@given(st.lists(WORDS, min_size=1, max_size=20))
def test_many_words_have_the_stems_that_each_has(words: list[str]) -> None:
    assert stems(pl.Series(words)).to_list() == [stem(word) for word in words]


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("вдохновляющая", "вдохновляющую"),
        ("enerjinize", "enerjinizi"),
        ("maravillosa", "maravilloso"),
        ("رائعة", "رائعه"),
        ("응원합니다", "응원할게요"),
    ],
)
def test_forms_of_a_word_that_are_about_as_long_have_one_stem(word: str, other: str) -> None:
    assert stem(word) == stem(other)


@pytest.mark.parametrize(("word", "thing"), [("kleine", "kleid"), ("love", "loft"), ("красота", "краска")])
def test_what_names_a_thing_has_another(word: str, thing: str) -> None:
    assert stem(word) != stem(thing)


def test_each_language_with_praise_has_common_words_of_its_own() -> None:
    known = common_stems()
    for place, (language, praise) in enumerate(PRAISE_OF.items()):
        own = {word for word, languages in known.items() if languages >> place & 1}
        assert own > set(map(stem, praise)), language
    for (language, praise), pieces in zip(UNSPACED_PRAISE_OF.items(), common_pieces(), strict=True):
        assert language == "others" or set(pieces) > set(praise), language
