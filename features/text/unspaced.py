"""Comments in scripts without spaces between words, as far as they are nothing but pieces that are known.

Such pieces are taken off from the left, the longest first, and whatever is no letter stands between them. A few
comments one after the other in Python, or many at once in Polars: a test holds that both tell the same.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import polars as pl

from features.text.letters import IN_HANDLES, KINDS, OTHER
from features.text.phrases import EAST_ASIAN, UNSPACED_PRAISE_OF, WORD
from features.text.vocabulary import common_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    AllOf = Callable[["_Pieces"], pl.Series]
    """Tells of some texts whether these pieces are all of each."""

MANY = 1_000
"""From so many comments on, Polars takes less time for all of them than Python."""
SCRIPTS = frozenset({EAST_ASIAN, "thai", "khmer", "lao", "myanmar"})
MOST_PRAISE = 24
"""Letters: of four words of praise."""
LEAST_TOPIC_FREE, MOST_TOPIC_FREE = 8, 60
"""Letters: of five to twenty words."""

_LETTERS_OR_AT = f"@|{WORD}"
_BETWEEN = frozenset({IN_HANDLES, OTHER})


def with_unspaced(lower: pl.Series, script: pl.Series, praise: pl.Series, topic_free: pl.Series) -> list[pl.Series]:
    """`praise` and `topic_free`, those in these scripts among them.

    Args:
        lower: Texts in lower case; null where unknown.
        script: Of each, see `features.text.letters.letters`.
        praise: As words between spaces tell it, see `features.text.wording.wording`.
        topic_free: The same.
    """
    at = [place for place, one in enumerate(script.to_list()) if one in SCRIPTS]
    if not at:
        return [praise, topic_free]
    texts = lower.gather(at)
    letters = texts.str.count_matches(WORD)
    all_of = _in_many(texts) if len(at) >= MANY else _in_each(texts)
    praised = praise.gather(at) | (all_of(_praise()) & (letters <= MOST_PRAISE))
    common = topic_free.gather(at)
    for pieces in _common():
        common |= all_of(pieces)
    common &= ~praised & letters.is_between(LEAST_TOPIC_FREE, MOST_TOPIC_FREE)
    return [praise.clone().scatter(at, praised), topic_free.clone().scatter(at, common)]


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Pieces to take off, the longest first."""

    longest_first: tuple[str, ...]

    @classmethod
    def of(cls, pieces: Iterable[str]) -> _Pieces:
        return cls(tuple(sorted(set(pieces), key=lambda piece: (-len(piece), piece))))

    def are_all(self, text: str, kinds: str) -> bool:
        """Whether nothing but these and what is no letter stands in the text, given the kinds of its characters."""
        place = 0
        while place < len(text):
            lengths = self._by_first.get(text[place], {})
            length = next((one for one, pieces in lengths.items() if text[place : place + one] in pieces), 0)
            if not length and kinds[place] not in _BETWEEN:
                return False
            place += length or 1
        return True

    @cached_property
    def _by_first(self) -> dict[str, dict[int, set[str]]]:
        """By first character and length, the longest first."""
        found: dict[str, dict[int, set[str]]] = defaultdict(dict)
        for piece in self.longest_first:
            found[piece[0]].setdefault(len(piece), set()).add(piece)
        return dict(found)


def _in_each(texts: pl.Series) -> AllOf:
    told = [(text, KINDS.of(text)) for text in texts.to_list()]
    return lambda pieces: pl.Series([pieces.are_all(*one) for one in told], dtype=pl.Boolean)


def _in_many(texts: pl.Series) -> AllOf:
    return lambda pieces: (
        ~texts.str.replace_many([*pieces.longest_first], [" "], leftmost=True).str.contains(_LETTERS_OR_AT)
    )


@cache
def _praise() -> _Pieces:
    return _Pieces.of(piece for pieces in UNSPACED_PRAISE_OF.values() for piece in pieces)


@cache
def _common() -> list[_Pieces]:
    return [_Pieces.of(pieces) for pieces in common_pieces()]
