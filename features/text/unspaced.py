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
from features.text.wording import letters_in

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    return (_in_many if len(at) >= MANY else _in_each)(lower, at, praise, topic_free)


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


def _in_each(lower: pl.Series, at: list[int], praise: pl.Series, topic_free: pl.Series) -> list[pl.Series]:
    texts, praised, common = lower.to_list(), praise.to_list(), topic_free.to_list()
    for place in at:
        text, kinds, letters = texts[place], KINDS.of(texts[place]), letters_in(texts[place])
        praised[place] = praised[place] or (letters <= MOST_PRAISE and _praise().are_all(text, kinds))
        common[place] = (
            not praised[place]
            and LEAST_TOPIC_FREE <= letters <= MOST_TOPIC_FREE
            and (common[place] or any(pieces.are_all(text, kinds) for pieces in _common()))
        )
    return [
        pl.Series(praise.name, praised, dtype=pl.Boolean),
        pl.Series(topic_free.name, common, dtype=pl.Boolean),
    ]


def _in_many(lower: pl.Series, at: list[int], praise: pl.Series, topic_free: pl.Series) -> list[pl.Series]:
    texts = lower.gather(at)
    letters = texts.str.count_matches(WORD)

    def all_of(pieces: _Pieces) -> pl.Series:
        left = texts.str.replace_many([*pieces.longest_first], [" "], leftmost=True)
        return ~left.str.contains(_LETTERS_OR_AT)

    praised = praise.gather(at) | (all_of(_praise()) & (letters <= MOST_PRAISE))
    common = topic_free.gather(at)
    for pieces in _common():
        common |= all_of(pieces)
    common &= ~praised & letters.is_between(LEAST_TOPIC_FREE, MOST_TOPIC_FREE)
    return [praise.clone().scatter(at, praised), topic_free.clone().scatter(at, common)]


@cache
def _praise() -> _Pieces:
    return _Pieces.of(piece for pieces in UNSPACED_PRAISE_OF.values() for piece in pieces)


@cache
def _common() -> list[_Pieces]:
    return [_Pieces.of(pieces) for pieces in common_pieces()]
