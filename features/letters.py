"""What characters comments are made of: the script of their letters, and whether there is a word at all.

One pass in Python for the comments of one creator: a pattern of Unicode's letters is put together anew at every call of
Polars, which takes longer than going through a hundred texts. Many are left to `features.many_texts`.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import polars as pl

from features import phrases
from features.characters import Kinds
from features.few import collected
from features.many_texts import letters_of_many, scripts
from features.wording import MANY, UNASSIGNED

if TYPE_CHECKING:
    from collections.abc import Sequence

FOREIGN, LATIN, NUMBER, OTHER = "FLN "
"""Kinds of characters: letters that are not Latin, Latin ones, numbers, and all others."""
_ASCII = 128
_NEVER_LATIN = (range(0x370, 0x1D00), range(0x2E80, 0xA4D0), range(0xAC00, 0xD7B0), range(0x20000, 0x110000))
"""Where no letter is Latin; everywhere else Polars is asked."""


def kind_of(character: str) -> str:
    """The kind of one character, as Polars' patterns have it."""
    category = unicodedata.category(character)
    if category == UNASSIGNED:  # in Python's tables, perhaps not in those of Polars
        return next((kind for kind, pattern in _PATTERNS if _matches(character, pattern)), OTHER)
    if category[0] != "L":
        return NUMBER if category[0] == "N" else OTHER
    code = ord(character)
    if code < _ASCII:
        return LATIN
    if any(code in block for block in _NEVER_LATIN):
        return FOREIGN
    return FOREIGN if _matches(character, phrases.LETTER_NOT_LATIN) else LATIN


_PATTERNS = ((FOREIGN, phrases.LETTER_NOT_LATIN), (LATIN, phrases.LETTER), (NUMBER, r"\p{N}"))
_KINDS = Kinds(kind_of)
_UNSPACED_PRAISE = pl.col("text").str.contains(phrases.UNSPACED_PRAISE)


def _matches(character: str, pattern: str) -> bool:
    return bool(pl.Series([character]).str.contains(pattern).item())


def letters(lower: pl.Series) -> list[pl.Series]:
    """What the characters of each comment are.

    Args:
        lower: Texts in lower case, not empty; null where unknown.

    Returns:
        `script`, of the first letter that is not Latin, else Latin, as foreign words stand in Latin letters everywhere
        (null where there is no letter); `wordless`, whether there is neither letter nor number; `unspaced_praise`,
        whether there is nothing but praise in scripts without spaces (both null where `lower` is).
    """
    if len(lower) >= MANY:
        return letters_of_many(lower)
    texts = lower.to_list()
    kinds = [None if text is None else _KINDS.of(text) for text in texts]
    foreign = [
        text[kind.index(FOREIGN)] if text and kind and FOREIGN in kind else None
        for text, kind in zip(texts, kinds, strict=True)
    ]
    latin = [kind is not None and LATIN in kind for kind in kinds]
    wordless = [None if kind is None else not any(one in kind for one in (FOREIGN, LATIN, NUMBER)) for kind in kinds]
    return [
        scripts(foreign, latin),
        pl.Series("wordless", wordless, dtype=pl.Boolean),
        _unspaced_praise(texts, foreign),
    ]


def _unspaced_praise(texts: Sequence[str | None], foreign: Sequence[str | None]) -> pl.Series:
    praise = [None if text is None else False for text in texts]
    likely = [place for place, letter in enumerate(foreign) if letter in phrases.UNSPACED_PRAISE_BEGINS]
    if likely:
        some = pl.DataFrame([pl.Series("text", [texts[place] for place in likely], dtype=pl.String)])
        praised = collected(some.lazy().select(_UNSPACED_PRAISE), len(likely))
        for place, found in zip(likely, praised.to_series().to_list(), strict=True):
            praise[place] = found
    return pl.Series("unspaced_praise", praise, dtype=pl.Boolean)
