"""What characters comments are made of: the script of their letters, and whether there is a word at all.

One pass in Python for the comments of one creator: a pattern of Unicode's letters is put together anew at every call of
Polars, which takes longer than going through a hundred texts. Many are left to `features.text.many_texts`.
"""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from features.text import phrases
from features.text.characters import Kinds
from features.text.many_texts import letters_of_many, scripts
from features.text.wording import MANY, UNASSIGNED

FOREIGN, LATIN, MARK, NUMBER, AT, IN_HANDLES, OTHER = "FLMN@_ "
"""Kinds of characters: letters that are not Latin, Latin ones, marks, numbers, what mentions begin with, what names of
accounts hold beside letters and numbers, all others."""
_IN_WORDS = re.compile("[FLN]")
_MENTIONS = re.compile("(?:[^FLN@]*@[FLN_]++)++[^FLN]*")
"""`phrases.MENTIONS` of kinds. Nothing is given back: that would find no more and take long on hostile text."""
_ASCII = 128
_NEVER_LATIN = (range(0x370, 0x1D00), range(0x2E80, 0xA4D0), range(0xAC00, 0xD7B0), range(0x20000, 0x110000))
"""Where no letter is Latin; everywhere else Polars is asked."""


def kind_of(character: str) -> str:
    """The kind of one character, as Polars' patterns have it."""
    category = unicodedata.category(character)
    if category == UNASSIGNED:  # in Python's tables, perhaps not in those of Polars
        return next((kind for kind, pattern in _PATTERNS if _matches(character, pattern)), OTHER)
    if phrases.is_of_a_sign(character):
        return OTHER
    if category[0] != "L":
        return {"M": MARK, "N": NUMBER}.get(category[0]) or _SIGNS.get(character, OTHER)
    code = ord(character)
    if code < _ASCII:
        return LATIN
    if any(code in block for block in _NEVER_LATIN):
        return FOREIGN
    return FOREIGN if _matches(character, phrases.LETTER_NOT_LATIN) else LATIN


_PATTERNS = ((FOREIGN, phrases.LETTER_NOT_LATIN), (LATIN, phrases.LETTER), (MARK, r"\p{M}"), (NUMBER, r"\p{N}"))
_SIGNS = {"@": AT, ".": IN_HANDLES, "_": IN_HANDLES}
KINDS = Kinds(kind_of)


def _matches(character: str, pattern: str) -> bool:
    return bool(pl.Series([character]).str.contains(pattern).item())


def letters(lower: pl.Series) -> list[pl.Series]:
    """What the characters of each comment are.

    Args:
        lower: Texts in lower case, not empty; null where unknown.

    Returns:
        `script`, of the first letter that is not Latin, else Latin, as foreign words stand in Latin letters everywhere
        (null where there is no letter); `wordless`, whether there is neither letter nor number; `mention_only`, whether
        there is nothing but mentions of accounts (null, both, where `lower` is).
    """
    if len(lower) >= MANY:
        return letters_of_many(lower)
    texts = lower.to_list()
    kinds = [None if text is None else KINDS.of(text) for text in texts]
    foreign = [
        text[kind.index(FOREIGN)] if text and kind and FOREIGN in kind else None
        for text, kind in zip(texts, kinds, strict=True)
    ]
    latin = [kind is not None and LATIN in kind for kind in kinds]
    wordless = [None if kind is None else _IN_WORDS.search(kind) is None for kind in kinds]
    only = [None if kind is None else AT in kind and _MENTIONS.fullmatch(kind) is not None for kind in kinds]
    return [
        scripts(foreign, latin),
        pl.Series("wordless", wordless, dtype=pl.Boolean),
        pl.Series("mention_only", only, dtype=pl.Boolean),
    ]
