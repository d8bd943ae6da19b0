"""What a comment under any post may have, language by language: the words of common_words.txt, and those of praise.

Most languages inflect, and a list has a few of a word's forms: words that begin alike and are about as long count as
the same (`stem`). Put together at first use, which takes longer than loading all modules of the signals.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from unicodedata import normalize

import polars as pl

from features.text.phrases import PRAISE_OF, UNSPACED_PRAISE_OF

ENDING, SHORTEST = 4, 5
"""Letters of an ending, and of a stem at least. With shorter endings fewer inflected words are known, with shorter
stems words that name a thing are too."""
OF_CONSONANTS = (2, 4)
"""The same in Hebrew and Arabic, which write few vowels."""
OF_HANGUL = (6, 5)
"""The same in Korean, which writes two or three letters as one character and adds ending to ending."""
_CONSONANTS, _HANGUL = ("\u0590", "\u06ff"), ("\uac00", "\ud7af")


def stem(word: str) -> str:
    """What is compared of a word: all but its ending.

    >>> stem("schön"), stem("schönes"), stem("вдохновляющая"), stem("вдохновляющую")
    ('schön', 'schön', 'вдохновля', 'вдохновля')
    """
    ending, shortest = ENDING, SHORTEST
    if _CONSONANTS[0] <= word[0] <= _CONSONANTS[1]:
        ending, shortest = OF_CONSONANTS
    elif _HANGUL[0] <= word[0] <= _HANGUL[1]:
        (ending, shortest), word = OF_HANGUL, normalize("NFD", word)
    return word[: max(shortest, len(word) - ending)]


def stems(words: pl.Series) -> pl.Series:
    """`stem` of each word."""
    first = words.str.slice(0, 1)
    consonants, hangul = (first.is_between(*script).arg_true() for script in (_CONSONANTS, _HANGUL))
    found = _without_endings(words, ENDING, SHORTEST)
    if len(consonants):
        found = found.scatter(consonants, _without_endings(words.gather(consonants), *OF_CONSONANTS))
    if len(hangul):
        found = found.scatter(hangul, _without_endings(words.gather(hangul).str.normalize("NFD"), *OF_HANGUL))
    return found


def _without_endings(words: pl.Series, ending: int, shortest: int) -> pl.Series:
    kept = (words.str.len_chars().cast(pl.Int64) - ending).clip(shortest)
    return words.to_frame("word").select(pl.col("word").str.slice(0, kept)).to_series()


@cache
def common_stems() -> dict[str, int]:
    """Each stem with its languages as bits: what is common in one names a thing in another."""
    return dict(common_stems_frame().iter_rows())


@cache
def common_stems_frame() -> pl.DataFrame:
    """The same as a frame: `stem` and `languages`."""
    texts = [f"{_written()[language]} {' '.join(praise)}" for language, praise in PRAISE_OF.items()]
    words = pl.col("word").str.replace_all("\n", " ", literal=True).str.split(" ")
    frame = pl.DataFrame({"word": texts, "languages": [1 << place for place in range(len(texts))]})
    frame = frame.with_columns(words).explode("word").filter(pl.col("word") != "")
    by_stem = frame.select(stems(frame["word"]).alias("stem"), "languages").group_by("stem")
    return by_stem.agg(pl.col("languages").bitwise_or())


@cache
def common_pieces() -> list[list[str]]:
    """The same in languages written without spaces between words: pieces, language by language."""
    return [[*praise, *_written().get(language, "").split()] for language, praise in UNSPACED_PRAISE_OF.items()]


@cache
def _written() -> dict[str, str]:
    """The blocks of common_words.txt by language."""
    blocks = Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").split("\n\n")
    return {language: words for language, _, words in (block.partition(":") for block in blocks)}
