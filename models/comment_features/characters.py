"""What each character is: the tables that comments are read with, made once from Python's Unicode data."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

END = "\0"
"""Stands between comments; it is in none."""

LETTER, MARK, DIGIT, SPACE, UNSEEN, PUNCTUATION, EMOJI, MONEY = (1 << k for k in range(8))
KIND_BITS = 15
LATIN, FOREIGN, UPPER, LOWER, STYLED, LINE_BREAK, UNSPACED = (1 << k for k in range(8, KIND_BITS))
"""FOREIGN letters, Greek and Cyrillic ones, pass for Latin ones; STYLED ones are letters drawn as symbols;
UNSPACED ones are of scripts in which pieces of texts are looked for, see `features.text.promotion.SCRIPTS`."""

KNOWN = 0x32000
"""Code points from here on are private, unassigned or never seen, but for some 10,000 rare ideographs."""

_IDEOGRAPHS = ((0x3400, 0xA000), (0xAC00, 0xD7A4), (0x17000, 0x18D00), (0x20000, KNOWN))
_PICTURES = ((0x2190, 0x2C00), (0x1F000, 0x1FB00))
_NEVER_SEEN = ((0xFE00, 0xFE10), (0x1F3FB, 0x1F400))  # variation selectors and skin tones
_STYLED = ((0x1D00, 0x1D80), (0x2460, 0x2500), (0x1D400, 0x1D800), (0x1F130, 0x1F18A))
_LATIN = ((0x41, 0x250), (0x1E00, 0x1F00))
_FOREIGN = ((0x370, 0x530), (0x1F00, 0x2000))
_UNSPACED = ((0xE00, 0xF00), (0x1000, 0x10A0), (0x1780, 0x1800), (0x3040, 0xA000), (0xAC00, 0xD7B0))
_BY_CATEGORY = {"L": LETTER, "M": MARK, "N": 0, "Z": SPACE, "P": PUNCTUATION, "S": 0, "C": UNSEEN} | {
    "Lu": LETTER | UPPER,
    "Lt": LETTER | UPPER,
    "Ll": LETTER | LOWER,
    "Nd": DIGIT,
    "Nl": DIGIT,
    "Sc": MONEY,
    "Cc": SPACE,
}


@cache
def characters() -> tuple[NDArray[np.uint16], NDArray[np.uint32]]:
    """Two tables by code point, with one more row for all from `KNOWN` on: its kinds, and what n-grams read it as.

    Skin tones count as unseen: what colour somebody's hands are is nobody's business here.
    """
    kinds = np.zeros(KNOWN + 1, dtype=np.uint16)
    folded = np.arange(KNOWN + 1, dtype=np.uint32)
    ideographs = _within(_IDEOGRAPHS)
    kinds[ideographs] = LETTER
    for code in np.flatnonzero(~ideographs).tolist():
        category = unicodedata.category(chr(code))
        kinds[code] = _BY_CATEGORY.get(category, _BY_CATEGORY[category[0]])
        if category in ("Lu", "Lt") or (category != "Cn" and unicodedata.decomposition(chr(code))):
            folded[code] = _plain(chr(code))
    _by_range(kinds)
    folded[(kinds & SPACE) > 0] = ord(" ")
    folded[ord(END)] = ord(END)
    folded[(kinds & DIGIT) > 0] = ord("0")
    return kinds, folded


def _by_range(kinds: NDArray[np.uint16]) -> None:
    """Set what categories do not tell."""
    letter = (kinds & LETTER) > 0
    for ranges, kind in ((_LATIN, LATIN), (_FOREIGN, FOREIGN), (_UNSPACED, UNSPACED)):
        kinds[_within(ranges) & letter] |= kind
    kinds[_within(_PICTURES) & np.isin(kinds, (0, UNSEEN))] = EMOJI  # some are newer than Python's data
    kinds[_within(_STYLED) & ~letter] = STYLED
    kinds[_within(_STYLED) & letter] |= STYLED
    kinds[_within(_NEVER_SEEN)] = UNSEEN
    kinds[KNOWN] = UNSEEN
    kinds[ord("\n")] = SPACE | LINE_BREAK


def _plain(character: str) -> int:
    """The one plain character that it is a form of, in lower case; itself where that takes several."""
    plain = unicodedata.normalize("NFKC", character).lower()
    return ord(plain if len(plain) == 1 else character)


def _within(ranges: tuple[tuple[int, int], ...]) -> NDArray[np.bool_]:
    inside = np.zeros(KNOWN + 1, dtype=np.bool_)
    for start, stop in ranges:
        inside[start:stop] = True
    return inside
