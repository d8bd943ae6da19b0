"""Which comments promote their author's account or trade, by phrases of about forty languages.

A phrase is a row of words, with whatever is no letter between them, so that `my bio` is not found in `my biology`, nor
`follow me` in `followed me`. Where no spaces stand between words, it is a piece of the text.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from functools import cache
from hashlib import sha256
from itertools import pairwise, product
from typing import TYPE_CHECKING

import polars as pl

from features.text.phrases import EAST_ASIAN, PROMOTION_OF, UNSPACED_PROMOTION_OF
from features.text.wording import MANY, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Phrase = tuple[frozenset[str], ...]
"""What may stand at each place of a phrase."""

NUMBER, LONG_NUMBER, END = "0", "0000000", "$"
"""Words of a phrase that stand for others: any number, one that may be called, and the end of the comment."""
_STAND_INS = frozenset({NUMBER, LONG_NUMBER, END})
SCRIPTS = frozenset({EAST_ASIAN, "hangul", "thai", "khmer", "lao", "myanmar"})
"""In which pieces are looked for."""
STYLED = "[\u24b6-\u24e9\uff21-\uff5a\U0001d400-\U0001d7ff\U0001f130-\U0001f149]"
"""Letters drawn as symbols, with which spam hides its words, and full-width ones."""

_SECOND = 2
"""Letters of a phrase's second word that are looked for in many comments at once, before the rest of it is."""
_STYLED = re.compile(STYLED)


def promoting(lower: pl.Series, said: pl.Series, script: pl.Series) -> pl.Series:
    """Whether each comment holds a phrase of promotion.

    Args:
        lower: Texts in lower case; null where unknown.
        said: Their words, see `features.text.wording.wording`.
        script: Of each, see `features.text.letters.letters`.

    Returns:
        `promotion`, null where `lower` is.
    """
    if len(lower) < MANY:
        return pl.Series("promotion", _in_each(lower, said, script), dtype=pl.Boolean)
    texts = pl.DataFrame({"lower": lower, "said": said, "script": script})
    likely = texts.select(_likely().arg_true()).to_series()
    found = texts.select(promotion=pl.when(pl.col("lower").is_not_null()).then(pl.lit(value=False))).to_series()
    return found.scatter(likely, _in_each(*texts[likely].get_columns()))


def _in_each(*columns: pl.Series) -> list[bool | None]:
    return [_promotes(*text) for text in zip(*(column.to_list() for column in columns), strict=True)]


def _promotes(lower: str | None, said: str | None, script: str | None) -> bool | None:
    if lower is None:
        return None
    if said and phrases_in(said.split(" ")):
        return True
    if lower.isascii():
        return False
    if script in SCRIPTS and said and pieces_in(said):
        return True
    return _STYLED.search(lower) is not None and phrases_in(_in_plain_letters(lower)) > 0


def _in_plain_letters(text: str) -> list[str]:
    return words_of(unicodedata.normalize("NFKC", text).lower())


def phrases_in(words: Sequence[str]) -> int:
    """At how many words a phrase begins.

    >>> phrases_in("follow me and i will follow you back".split())
    1
    """
    if _first_words().isdisjoint(words):
        return 0
    alone, longer, stood_for = _by_opening()
    if stood_for.isdisjoint(words) and longer.keys().isdisjoint(pairwise(words)):
        return 0
    plain = [*map(_as_in_phrases, words), END]
    return sum(
        opening[0] in alone or (opening in longer and any(_goes_on(one, plain, place) for one in longer[opening]))
        for place, opening in enumerate(pairwise(plain))
    )


def _goes_on(phrase: Phrase, words: list[str], place: int) -> bool:
    """Whether the phrase stands there, of which the first two words do."""
    return place + len(phrase) <= len(words) and all(words[place + k] in phrase[k] for k in range(2, len(phrase)))


def _as_in_phrases(word: str) -> str:
    """Numbers are as good as each other."""
    if not (word.isascii() and word.isdigit()):
        return word
    return NUMBER if len(word) < len(LONG_NUMBER) else LONG_NUMBER


def pieces_in(text: str) -> int:
    """At how many places of a text in lower case a piece begins.

    >>> pieces_in("一起互粉吧")
    1
    """
    by_first = _pieces_by_first()
    return sum(
        text.startswith(by_first[character], place) for place, character in enumerate(text) if character in by_first
    )


@cache
def phrases() -> list[Phrase]:
    """All phrases of words."""
    written = (phrase.split() for listed in PROMOTION_OF.values() for phrase in listed.split(","))
    return [tuple(_choice(place) for place in phrase) for phrase in written if phrase]


def _choice(place: str) -> frozenset[str]:
    words = set(place.split("/"))
    return frozenset(words | {LONG_NUMBER} if NUMBER in words else words)


def pieces() -> frozenset[str]:
    """All pieces of texts without spaces between words."""
    listed = (piece.strip() for some in UNSPACED_PROMOTION_OF.values() for piece in some.split(","))
    return frozenset(piece for piece in listed if piece)


@cache
def version() -> str:
    """Twelve hexadecimal digits of the SHA-256 of all phrases and pieces, in whatever order they are written."""
    written = [sorted([sorted(words) for words in phrase] for phrase in phrases()), sorted(pieces())]
    return sha256(json.dumps(written).encode()).hexdigest()[:12]


@cache
def _pieces_by_first() -> dict[str, tuple[str, ...]]:
    """Pieces by their first character."""
    found: dict[str, tuple[str, ...]] = {}
    for piece in sorted(pieces()):
        found[piece[0]] = (*found.get(piece[0], ()), piece)
    return found


@cache
def _first_words() -> frozenset[str]:
    """Those of all phrases."""
    return frozenset(word for phrase in phrases() for word in phrase[0])


@cache
def _by_opening() -> tuple[frozenset[str], dict[tuple[str, str], list[Phrase]], frozenset[str]]:
    """The words that are phrases by themselves; the other phrases by their first two words; and the words that are
    phrases or go before one that stands for others."""
    alone = frozenset(word for phrase in phrases() if len(phrase) == 1 for word in phrase[0])
    longer: dict[tuple[str, str], list[Phrase]] = defaultdict(list)
    for phrase in phrases():
        for first, second in product(*phrase[:2]) if len(phrase) > 1 else ():
            longer[first, second].append(phrase)
    before = frozenset(first for first, second in longer if second in _STAND_INS)
    return alone, dict(longer), alone | before


def openings() -> tuple[dict[tuple[str, str], frozenset[str]], frozenset[str]]:
    """The first two words of phrases with the third ones, none where any will do; and the words that may be a phrase or
    begin one whatever comes next."""
    _, longer, enough = _by_opening()
    return {opening: _thirds(some) for opening, some in longer.items() if opening[0] not in enough}, enough


def _thirds(some: list[Phrase]) -> frozenset[str]:
    found = frozenset(word for phrase in some if len(phrase) > 2 for word in phrase[2])
    return frozenset() if any(len(phrase) == 2 for phrase in some) or found & _STAND_INS else found


def _openings_pattern() -> str:
    """What stands in ` the words with one blank between ` of a comment with a phrase: the first word of one and the
    begin of the second. A pattern of whole phrases takes many times as long, and one of first words finds too much."""
    pairs, enough = openings()
    begins = {f" {first} {second[:_SECOND]}" for first, second in pairs} | {f" {word} " for word in enough}
    return "|".join(sorted(map(re.escape, begins)))


@cache
def _likely() -> pl.Expr:
    """Which of many comments are worth a closer look; its pattern takes longer to write than a few comments to read."""
    begun = pl.concat_str(pl.lit(" "), "said", pl.lit(" ")).str.contains(_openings_pattern())
    return (begun | pl.col("script").is_in(SCRIPTS) | pl.col("lower").str.contains(STYLED)).fill_null(value=False)
