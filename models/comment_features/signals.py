"""What a comment shows whatever its language: length, links, numbers to call, emoji, odd letters, repeats, promotion.

Shares are of a comment's characters, and 0 for an empty one; counts are log(1 + n). No signal tells one script or
language from another: letters without upper case, full-width letters as keyboards in Japan and China write them, and
the joiners of Persian and of Indian scripts count as ordinary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.comment_features.characters import (
    DIGIT,
    EMOJI,
    FOREIGN,
    KIND_BITS,
    LATIN,
    LETTER,
    LINE_BREAK,
    LOWER,
    MARK,
    MONEY,
    PUNCTUATION,
    SPACE,
    STYLED,
    UNSEEN,
    UPPER,
)
from models.comment_features.promotion import promotions
from models.comment_features.text import between

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.comment_features.grams import Grams
    from models.comment_features.text import Codes, Comments, Flags, Numbers

    Floats = NDArray[np.float64]

DIGITS_TO_CALL = 8
"""Digits of a number to call, the fewest; years, prices and dates have fewer or stand apart."""
MOST_DIGITS = 15
"""Of a number to call, by ITU-T E.164."""
LEAST_DENSE = 0.6
"""Share of digits between the first and the last of a number to call; the rest is blanks, dashes and brackets."""
_BETWEEN_DIGITS = np.frombuffer("0 -.()/+".encode("utf-32-le"), dtype=np.uint32)
FARTHEST = 3
"""From one digit of a number to call to the next, in characters: `(555) 0134`."""

COUNTS = (
    "length",
    "numbers_to_call",
    "links",
    "mentions",
    "tags",
    "line_breaks",
    "exclamations",
    "questions",
    "money",
    "promotions",
)
SHARES = ("digits", "emoji", "odd_letters", "capitals", "punctuation", "repeated_characters", "repeated_words")
NAMES = COUNTS + SHARES
"""The columns of `signals`."""


_FIELD = 16
"""Bits of a count: four counts are summed up in one pass. A comment has fewer characters than a field can count."""

_ROWS = np.arange(1 << KIND_BITS)


def _fields(*kinds: int) -> NDArray[np.int64]:
    """By the kinds of a character, a 1 in the field of each of `kinds` that is among them."""
    ones = (((_ROWS & kind) > 0).astype(np.int64) << (_FIELD * k) for k, kind in enumerate(kinds))
    return np.asarray(sum(ones), dtype=np.int64)


_PLAIN_KINDS = _fields(UPPER, UPPER | LOWER, PUNCTUATION, EMOJI)
_OTHER_KINDS = _fields(DIGIT, MONEY, LINE_BREAK, UNSEEN | SPACE)
_LOG = np.log1p(np.arange(1 << _FIELD))  # looked up: the same bits for a comment alone and among others


def signals(comments: Comments, words: Grams) -> Floats:
    """Comments x `NAMES`; `words` are the comments' n-grams of words."""
    kinds, plain = comments.kinds, comments.plain
    upper, cased, punctuation, emoji = _unpacked(comments.total(_PLAIN_KINDS.take(kinds)))
    digits, money, lines, blank = _unpacked(comments.total(_OTHER_KINDS.take(kinds)))
    questions = (plain == ord("?")) | (plain == ord("؟"))
    signs = (plain == ord("!")), questions, _odd(kinds), _repeated(kinds, plain)
    exclaimed, asked, odd, repeated = _unpacked(comments.total(_packed(*signs)))
    length, many = np.diff(comments.starts) - blank, np.diff(words.starts)
    counts = (
        length,
        _numbers_to_call(comments),
        comments.holding(comments.links),
        comments.holding(comments.mentions),
        comments.holding(_tags(comments)),
        lines,
        exclaimed,
        asked,
        money,
        promotions(comments, words),
    )
    parts = (digits, emoji, odd, upper, punctuation, repeated, many - _distinct(words))
    wholes = (length, length, length, cased, length, length, many)
    shares = np.array(parts) / np.maximum(np.array(wholes), 1)
    return np.ascontiguousarray(np.concatenate([_LOG.take(np.array(counts)), shares]).T)


def _packed(*flags: Flags) -> NDArray[np.int64]:
    packed = flags[0].astype(np.int64)
    for k, flag in enumerate(flags[1:], start=1):
        packed |= flag.astype(np.int64) << (_FIELD * k)
    return packed


def _unpacked(sums: NDArray[np.int64]) -> list[Numbers]:
    """The four counts of each sum; no count fills its field."""
    return [(sums >> (_FIELD * k)) & ((1 << _FIELD) - 1) for k in range(4)]


def _repeated(kinds: NDArray[np.uint16], plain: Codes) -> Flags:
    """Characters that are the same as the one before, but for blanks and digits."""
    repeated = np.zeros(len(plain), dtype=np.bool_)
    np.equal(plain[1:], plain[:-1], out=repeated[1:])
    return np.asarray(repeated & ((kinds & (UNSEEN | SPACE | DIGIT)) == 0), dtype=np.bool_)


def _numbers_to_call(comments: Comments) -> Numbers:
    """Runs of digits with little between them; digits in the path of a link are none."""
    digits = np.flatnonzero(((comments.kinds & DIGIT) > 0) & comments.unlinked)
    if len(digits) < DIGITS_TO_CALL:
        return np.zeros(len(comments), dtype=np.int64)
    gap = np.diff(digits)
    apart = gap > FARTHEST
    for behind in range(1, FARTHEST):
        apart |= (gap > behind) & ~np.isin(comments.plain[digits[:-1] + behind], _BETWEEN_DIGITS)
    begin = np.append(0, np.flatnonzero(apart) + 1)
    many = np.diff(np.append(begin, len(digits)))
    first, last = digits[begin], digits[begin + many - 1]
    called = (many >= DIGITS_TO_CALL) & (many <= MOST_DIGITS) & (many >= LEAST_DENSE * (last - first + 1))
    return comments.holding(first[called])


def _tags(comments: Comments) -> Numbers:
    plain, wordly = comments.plain, (comments.kinds & (LETTER | MARK | DIGIT)) > 0
    return np.flatnonzero((plain[1:-1] == ord("#")) & wordly[2:] & ~wordly[:-2]) + 1


def _odd(kinds: NDArray[np.uint16]) -> Flags:
    """Letters drawn as symbols, Latin letters beside Cyrillic or Greek ones in a word, and what hides inside words."""
    latin, foreign = (kinds & LATIN) > 0, (kinds & FOREIGN) > 0
    odd = (kinds & STYLED) > 0
    odd[1:] |= (latin[1:] & foreign[:-1]) | (foreign[1:] & latin[:-1])
    odd[1:-1] |= ((kinds[1:-1] & UNSEEN) > 0) & latin[:-2] & latin[2:]
    return odd


def _distinct(words: Grams) -> Numbers:
    """How many different words each comment has."""
    comment = np.repeat(np.arange(len(words.starts) - 1, dtype=np.uint64), np.diff(words.starts))
    ordered = np.sort((comment << np.uint64(32)) | words.places[0])
    new = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return between(new, words.starts)
