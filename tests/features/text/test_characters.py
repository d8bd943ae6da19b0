from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from features.text import characters
from features.text.characters import Kept

WORD = re.compile(r"[\w\u0900-\u0dff]+")


@given(st.text())
def test_words_are_those_that_a_pattern_finds(text: str) -> None:
    assert Kept(re.compile(r"[\w\u0900-\u0dff]").match).words(text) == WORD.findall(text)


@given(st.text(st.characters(max_codepoint=127)))
def test_words_of_ascii_are_found_by_the_same_rule(text: str) -> None:
    table = Kept(str.isalpha)
    assert table.words(text) == table.words(f"{text} ä")[:-1] == text.translate(table).split()


def test_a_table_does_not_grow_for_ever() -> None:
    table = Kept(str.isalnum)
    text = "".join(map(chr, range(32, 32 + 2 * characters.MOST_REMEMBERED)))
    assert text.translate(table) == "".join(one if one.isalnum() else " " for one in text)
    assert len(table) == characters.MOST_REMEMBERED
