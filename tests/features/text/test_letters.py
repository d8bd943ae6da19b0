"""Kinds of characters, and what they tell of a comment, are those of Polars' patterns."""

from __future__ import annotations

import sys
import unicodedata

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from features.text import phrases
from features.text.letters import AT, FOREIGN, IN_HANDLES, LATIN, MARK, NUMBER, OTHER, kind_of, letters
from features.text.many_texts import letters_of_many
from features.text.wording import MANY

PIECES = (
    "so nice",
    "ünal",
    "नमस्ते",
    "①②",
    "12",
    "🔥",
    "!",
    "@a",
    "@",
    "_.",
    "ªº",
    "太棒了",
    "好看",
    "สวยมาก",
    "かわいい",
    "красиво",
    "أحب",
    " ",
)
TEXTS = st.none() | st.lists(st.sampled_from(PIECES) | st.text(max_size=4), min_size=1, max_size=6).map("".join)


def test_every_character_is_of_the_kind_that_polars_finds() -> None:
    known = [
        chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")
    ]
    found = pl.DataFrame({"character": known}).with_columns(
        foreign=pl.col("character").str.contains(phrases.LETTER_NOT_LATIN),
        letter=pl.col("character").str.contains(phrases.LETTER),
        mark=pl.col("character").str.contains(r"\p{M}") & pl.col("character").str.contains(phrases.WORD),
        number=pl.col("character").str.contains(r"\p{N}"),
    )
    kind = pl.when("foreign").then(pl.lit(FOREIGN)).when("letter").then(pl.lit(LATIN)).when("mark").then(pl.lit(MARK))
    kind = kind.when("number").then(pl.lit(NUMBER)).when(pl.col("character") == "@").then(pl.lit(AT))
    kind = kind.when(pl.col("character").is_in([".", "_"])).then(pl.lit(IN_HANDLES))
    wanted = found.select(kind=kind.otherwise(pl.lit(OTHER)))["kind"].to_list()
    assert list(map(kind_of, known)) == wanted


def test_characters_that_python_does_not_know_are_those_of_polars() -> None:
    assert unicodedata.category("\U00010d70") == "Cn"
    assert kind_of("\U00010d70") == FOREIGN
    assert kind_of("\u0378") == OTHER


@given(st.lists(TEXTS, min_size=1, max_size=12))
@example(["\U00010d70\U00010d71 letters that Python 3.11 does not know", None])
@example(
    [
        "好" * 40 + "!",
        "好看" * 24,
        "好看" * 25,
        "太棒了" * 24 + "!",
        "สวยมาก😍" * 12,
        "สวยมาก😍" * 13,
        "好@",
        "好\u0301",
    ]
)
@example(["@_" * 900, "@_" * 900 + " a", "@a _ @", "@@a", "@a@b. !", "a@b", "@a\u0301b", "@a\n@b"])
@example(["好" * 24, "好" * 25, "好看!!", "好看 nice", "!!!", "12", "nice"])
@settings(max_examples=150)
def test_a_few_comments_are_told_what_many_are(texts: list[str | None]) -> None:
    lower = pl.Series("lower", [text or None for text in texts], dtype=pl.String)
    assert pl.DataFrame(letters(lower)).equals(pl.DataFrame(letters_of_many(lower)))


def test_from_so_many_comments_on_the_answer_is_the_same() -> None:
    texts = ["太棒了", "so nice", "🔥", None] * (MANY // 4 + 1)
    every = pl.DataFrame(letters(pl.Series("lower", texts)))
    assert every[:4].equals(pl.DataFrame(letters(pl.Series("lower", texts[:4]))))
