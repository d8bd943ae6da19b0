"""Known n-grams inside words, found by walking a trie of them from every letter of all words at once.

One step of the walk is one search in a sorted array of numbers, and most letters' walks end after two. Cutting all
n-grams out as strings, to find that most are not known, takes five times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]"  # two letters are a word there: pairs count too
LEAST_UNSPACED = "\u0e00"
"""No letter before it is of these scripts."""

FEWEST, MOST = 2, 4
"""Letters of an n-gram."""

_BITS = 21  # of a code point


@dataclass(frozen=True, eq=False)
class _Level:
    """Beginnings of so many letters: the number of what comes before and the last letter, ascending.

    `place` is that of the n-gram which ends here among the terms, -1 where none does.
    """

    keys: Numbers
    place: Numbers

    def find(self, keys: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
        """The number of each beginning, where it is there."""
        if not len(self.keys):
            return np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.bool_)
        found = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return found, self.keys[found] == keys


class WordGrams:
    """The n-grams that a text space knows.

    Args:
        terms: N-grams of two letters (counted in words of `UNSPACED` letters only), three and four, all different.
    """

    def __init__(self, terms: pl.Series) -> None:
        self._many = len(terms)
        listed = terms.to_list()
        codes, starts = _codes("".join(listed)), _starts([len(term) for term in listed])
        length = np.diff(starts)
        before = codes[np.minimum(starts[:-1], max(len(codes) - 1, 0))]
        rows = np.arange(len(terms))
        self._levels = []
        for size in range(FEWEST, MOST + 1):
            rows = rows[length[rows] >= size]
            keys, number = np.unique(_key(before[rows], codes[starts[rows] + size - 1]), return_inverse=True)
            before[rows] = number
            place = np.full(len(keys), -1, dtype=np.int64)
            ends = rows[length[rows] == size]
            place[before[ends]] = ends
            self._levels.append(_Level(keys, place))

    def counts(self, words: Sequence[str]) -> sparse.csr_array:
        """How often each word, with a blank at both ends, holds each n-gram: words x terms."""
        joined = "".join(f" {word} " for word in words)
        codes, starts = _codes(joined), _starts([len(word) + 2 for word in words])
        word = np.repeat(np.arange(len(words)), np.diff(starts))
        unspaced = _unspaced(words, joined)
        at, before = np.arange(len(codes)), codes
        rows, columns = [], []
        for size, level in enumerate(self._levels, start=FEWEST):
            inside = at + size - 1 < starts[word[at] + 1]
            at, before = at[inside], before[inside]
            found, there = level.find(_key(before, codes[at + size - 1]))
            at, before = at[there], found[there]
            counted = level.place[before] >= 0
            if size < MOST - 1:
                counted &= unspaced[word[at]]
            rows.append(word[at[counted]])
            columns.append(level.place[before[counted]])
        row, column = np.concatenate(rows).astype(np.int32), np.concatenate(columns).astype(np.int32)
        summed = sparse.csr_array((np.ones(len(row)), (row, column)), shape=(len(words), self._many))
        summed.sort_indices()
        return summed


def _codes(text: str) -> Numbers:
    """The code points."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)


def _starts(lengths: Sequence[int]) -> Numbers:
    """Where texts of these lengths begin, one after the other, and where the last one ends."""
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)])


def _unspaced(words: Sequence[str], joined: str) -> NDArray[np.bool_]:
    """Which words have letters of a script that writes no spaces."""
    if max(joined, default="") < LEAST_UNSPACED:
        return np.zeros(len(words), dtype=np.bool_)
    return pl.Series(words, dtype=pl.String).str.contains(UNSPACED).to_numpy()


def _key(before: Numbers, letter: Numbers) -> Numbers:
    return np.asarray((before << _BITS) | letter, dtype=np.int64)
