"""Which comments are congratulations, condolences, wishes of holidays or prayers, in about fifty languages.

Under a birthday, a loss or a holiday many people write the same, and nobody was paid for it: there words that stand
more than once tell of no list.

They are looked up apart from `features.text.promotion`: a wish is a row of plain words, where a number means itself
(the 8th of March) and nothing stands for others.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from features.text.phrases import UNSPACED_WISHES_OF, WISHES_OF
from features.text.promotion import SCRIPTS
from features.text.wording import MANY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SAID = pl.col("said")


def wishing(said: pl.Series, script: pl.Series) -> pl.Series:
    """Whether each comment holds a wish.

    Args:
        said: Words with one space between; null where there are none, see `features.text.wording.wording`.
        script: Of each comment, see `features.text.letters.letters`.

    Returns:
        `wish`, false where nothing is said.
    """
    if len(said) >= MANY:
        return pl.DataFrame({"said": said, "script": script}).select(_of_many().alias("wish")).to_series()
    texts = zip(said.to_list(), script.to_list(), strict=True)
    return pl.Series("wish", [text is not None and is_wish(text, own) for text, own in texts], dtype=pl.Boolean)


def is_wish(said: str, script: str | None) -> bool:
    """Whether words hold a wish.

    >>> is_wish("happy birthday queen", "latin"), is_wish("one of those birthdays", "latin")
    (True, False)
    """
    first = _by_first_word()
    begun = first.keys() & said.split(" ")
    if begun and any(phrase in f" {said} " for word in begun for phrase in first[word]):
        return True
    return script in SCRIPTS and any(piece in said for piece in pieces())


def _of_many() -> pl.Expr:
    """The same; a list of words is prepared at every call, which many comments are worth."""
    spaced = pl.concat_str(pl.lit(" "), _SAID, pl.lit(" ")).str.contains_any(list(phrases()))
    unspaced = pl.col("script").is_in(list(SCRIPTS)) & _SAID.str.contains_any(list(pieces()))
    return (spaced | unspaced).fill_null(value=False)


@cache
def phrases() -> tuple[str, ...]:
    """All phrases of words, a space before and after each."""
    return tuple(sorted(f" {phrase} " for phrase in _listed(WISHES_OF)))


@cache
def pieces() -> tuple[str, ...]:
    """All pieces of texts without spaces between words."""
    return tuple(sorted(_listed(UNSPACED_WISHES_OF)))


def _listed(written: Mapping[str, str]) -> Iterable[str]:
    phrases_of = (" ".join(phrase.split()) for some in written.values() for phrase in some.split(","))
    return {phrase for phrase in phrases_of if phrase}


@cache
def _by_first_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for phrase in phrases():
        found[phrase.split()[0]] += (phrase,)
    return dict(found)
