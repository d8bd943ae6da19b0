"""Hashed n-grams of comments: of characters inside what stands between white space, and of words.

Characters 3 to 5 with a blank at both ends as scikit-learn's `char_wb`, words 1 and 2. Letters are in lower case,
every digit is 0. The hash is a polynomial one modulo 2^32, worked out for all comments of a call at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.comment_features.characters import DIGIT, LETTER, MARK
from models.comment_features.text import between

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.comment_features.text import Codes, Comments, Flags, Numbers

PLACES_BITS = 20
PLACES = 1 << PLACES_BITS
"""Places that n-grams are hashed to; place number `PLACES` stands for no n-gram."""

SIZES = (3, 4, 5)

_FACTOR = np.uint32(0x01000193)  # FNV's prime
_MIX = np.uint32(0x9E3779B1)  # the golden ratio, as Knuth's multiplicative hash has it
_SALT = 0x2545F491
_LONGEST_WORD = 64
_POWERS = np.cumprod(np.full(_LONGEST_WORD, _FACTOR, dtype=np.uint32), dtype=np.uint32)


@dataclass(frozen=True, eq=False)
class Grams:
    """N-grams that are weighed together: each comment's vector is of the same length, known to a model or not.

    Attributes:
        places: Kinds of n-grams x positions where they may begin; the shortest kind first.
        starts: The position where each comment's begin, and where the last one's end.
    """

    places: NDArray[np.uint32]
    starts: Numbers

    def totals(self, table: NDArray[np.int16]) -> Numbers:
        """Sum of each comment's n-grams in a table of whole numbers by place: exact in any order."""
        return between(table.take(self.places).sum(axis=0, dtype=np.int32), self.starts)

    def lengths(self) -> NDArray[np.float64]:
        """Root of the number of n-grams of each comment; 1 where there are none."""
        many = between((self.places < PLACES).sum(axis=0, dtype=np.int8), self.starts)
        return np.asarray(np.sqrt(np.maximum(many, 1)), dtype=np.float64)


def grams(comments: Comments) -> tuple[Grams, Grams]:
    """The n-grams of characters and those of words."""
    plain, kinds = comments.plain[comments.kept], comments.kinds[comments.kept]
    starts = np.flatnonzero(plain == 0)
    return _characters(plain, starts), _words(plain, (kinds & (LETTER | MARK | DIGIT)) > 0, starts)


def _characters(plain: Codes, starts: Numbers) -> Grams:
    """N-grams from each position on, where no blank stands inside; a blank at either end belongs to them."""
    blank = (plain == ord(" ")) | (plain == 0)
    code = plain.copy()
    code[starts] = ord(" ")
    nowhere = blank.astype(np.uint32) << np.uint32(PLACES_BITS)  # `PLACES` at a blank, which no place is above
    length = len(code)
    places = np.full((len(SIZES), length), PLACES, dtype=np.uint32)
    hashed, outside = code[:-1] * _FACTOR + code[1:], np.zeros(max(length - 1, 0), dtype=np.uint32)
    for k, size in enumerate(SIZES):
        many = max(length - size + 1, 0)
        hashed = hashed[:many] * _FACTOR + code[size - 1 :]
        outside = outside[:many] | nowhere[size - 2 : length - 1]
        np.maximum(_places(hashed, size), outside, out=places[k, :many])
    return Grams(places, starts)


def _words(plain: Codes, wordly: Flags, starts: Numbers) -> Grams:
    """Each word, and each word with the next of the same comment."""
    inside = np.flatnonzero(wordly)
    begin = np.flatnonzero(np.diff(inside, prepend=-2) > 1)
    first = np.searchsorted(inside[begin], starts)
    word = _hashed_words(plain, inside, begin)
    places = np.full((2, len(word)), PLACES, dtype=np.uint32)
    places[0] = _places(word, 1)
    places[1, :-1] = _places(word[:-1] * _FACTOR + word[1:], 2)
    places[1, first[1:][first[1:] > 0] - 1] = PLACES
    return Grams(places, first)


def _hashed_words(plain: Codes, inside: Numbers, begin: Numbers) -> Codes:
    """A hash of each word, from the places of all its characters, and where among these each word begins."""
    if not len(begin):
        return np.empty(0, dtype=np.uint32)
    at = inside - np.repeat(inside[begin], np.diff(begin, append=len(inside)))
    weighed = plain.take(inside) * _POWERS.take(np.minimum(at, _LONGEST_WORD - 1))
    return np.add.reduceat(weighed, begin, dtype=np.uint32)  # modulo 2^32, where this is exact


def _places(hashed: NDArray[np.uint32], salt: int) -> NDArray[np.uint32]:
    mixed = hashed >> np.uint32(15)
    mixed ^= hashed  # each step in place: a new array for it would take longer than the step
    mixed += np.uint32(_SALT * (salt + 1) & 0xFFFFFFFF)
    mixed *= _MIX
    mixed ^= mixed >> np.uint32(13)
    mixed *= _MIX
    mixed >>= np.uint32(32 - PLACES_BITS)
    return mixed
