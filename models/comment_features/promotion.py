"""How many phrases of promotion each comment holds, in the languages of `features.text.promotion`.

Most comments hold none. Which of them may is told by the begins of phrases, for all comments of a call at once, and
only these are looked through word by word.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from features.text.promotion import openings, phrases_in, pieces, pieces_in
from features.text.wording import words_of
from models.comment_features.characters import DIGIT, UNSEEN, UNSPACED
from models.comment_features.grams import PLACES, PLACES_BITS, grams
from models.comment_features.text import Comments

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

    from models.comment_features.grams import Grams
    from models.comment_features.text import Codes, Numbers

    Table = NDArray[np.bool_]

_FIRST_BITS = 16
"""A small table of first words stays in the processor's cache."""
_FIRST_SHIFT = np.uint32(PLACES_BITS - _FIRST_BITS)
_PAIR_BITS = 16
_FACTOR = np.uint32(403)
_BLANK = ord(" ")
ANY = -1
"""In place of what comes third: whatever it is."""


@dataclass(frozen=True, eq=False)
class _Words:
    """The begins of phrases by the places of n-grams of words.

    Attributes:
        first: First words, by the leading bits of their place.
        pairs: First two words.
        enough: First words that need no second one.
        thirds: The third words that follow two, or `ANY`.
    """

    first: Table
    pairs: Table
    enough: Table
    thirds: dict[int, set[int]]


def promotions(comments: Comments, words: Grams) -> Numbers:
    """How many phrases each comment holds; `words` are the comments' n-grams of words."""
    found = np.zeros(len(comments), dtype=np.int64)
    likely = [*_holding(words.starts, _with_words(words)), *_holding(comments.starts, _with_pieces(comments))]
    for one in set(likely):
        found[one] = _in(comments, one)
    return found


def _holding(starts: Numbers, positions: list[int]) -> Iterable[int]:
    """The comments of positions."""
    return (np.searchsorted(starts, positions, side="right") - 1).tolist() if positions else ()


def _with_words(words: Grams) -> list[int]:
    """Where three words may begin a phrase."""
    table, (one, two) = _words(), words.places
    at = np.flatnonzero(table.first.take(one >> _FIRST_SHIFT))
    at = at[table.pairs.take(two.take(at)) | table.enough.take(one.take(at))]
    third = one.take(at + 2, mode="clip").tolist()
    begun = zip(at.tolist(), one.take(at).tolist(), two.take(at).tolist(), third, strict=True)
    return [
        place for place, first, pair, last in begun if table.enough[first] or _fits(last, table.thirds.get(pair, ()))
    ]


def _with_pieces(comments: Comments) -> list[int]:
    """Where three characters may begin a piece."""
    at = np.flatnonzero(comments.kinds & UNSPACED)
    if not len(at):
        return []
    plain, (table, thirds) = comments.plain, _pieces()
    at = at[table.take(_hashed(plain.take(at), plain.take(at + 1)))]
    begun = zip(at.tolist(), *(plain.take(at + k, mode="clip").tolist() for k in range(3)), strict=True)
    return [place for place, first, second, last in begun if _fits(last, thirds.get((first, second), ()))]


def _fits(last: int, thirds: Collection[int]) -> bool:
    return last in thirds or ANY in thirds


def _in(comments: Comments, one: int) -> int:
    part = slice(comments.starts[one] + 1, comments.starts[one + 1])
    text = _text(comments.plain[part][comments.kept[part]])
    if "0" in text:
        # N-grams take all digits for one and cut numbers short; here f4f is no f0f, and a number may be one to call.
        kinds = comments.kinds[part]
        read = np.where((kinds & DIGIT) > 0, comments.codes[part], comments.plain[part])
        text = _text(read[(kinds & UNSEEN) == 0])
    words = words_of(text)
    return phrases_in(words) + (0 if text.isascii() else pieces_in(" ".join(words)))


def _text(codes: Codes) -> str:
    return codes.tobytes().decode("utf-32-le")


@cache
def _words() -> _Words:
    first, by_pair, enough = (np.zeros(size, dtype=np.bool_) for size in (1 << _FIRST_BITS, PLACES + 1, PLACES + 1))
    pairs, alone = openings()
    one, two = _places([" ".join(pair) for pair in pairs])
    words = _places(sorted(alone))[0]
    first[np.concatenate([one, words]) >> _FIRST_SHIFT] = True
    by_pair[two], enough[words] = True, True
    third = sorted(frozenset().union(*pairs.values()))
    place_of = dict(zip(third, _places(third)[0].tolist(), strict=True))
    thirds: dict[int, set[int]] = defaultdict(set)
    for place, some in zip(two.tolist(), pairs.values(), strict=True):
        thirds[place] |= {place_of[word] for word in some} or {ANY}
    return _Words(first, by_pair, enough, dict(thirds))


def _places(texts: list[str]) -> NDArray[np.uint32]:
    """Of the first word of each text, and of the first two."""
    words = grams(Comments.of(texts))[1]
    return words.places[:, words.starts[:-1]]


@cache
def _pieces() -> tuple[Table, dict[tuple[int, int], set[int]]]:
    """Whether a piece has two characters, by their hash, and the third ones that follow them."""
    table = np.zeros(1 << _PAIR_BITS, dtype=np.bool_)
    thirds: dict[tuple[int, int], set[int]] = defaultdict(set)
    for piece in pieces():
        first, second, third = _begin(piece)
        table[_hashed(np.array([first], dtype=np.uint32), np.array([second], dtype=np.uint32))] = True
        thirds[first, second].add(third)
    return table, dict(thirds)


def _begin(piece: str) -> tuple[int, int, int]:
    """Three characters of a piece, from the first one that is `UNSPACED` and goes before another one."""
    comments = Comments.of([piece + " "])
    plain, unspaced = comments.plain, (comments.kinds & UNSPACED) > 0
    at = int(np.flatnonzero(unspaced[:-1] & (plain[1:] != _BLANK))[0])
    return int(plain[at]), int(plain[at + 1]), ANY if plain[at + 2] == _BLANK else int(plain[at + 2])


def _hashed(first: Codes, second: Codes) -> Codes:
    return (first * _FACTOR + second) & np.uint32((1 << _PAIR_BITS) - 1)
