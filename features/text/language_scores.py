"""The languages of texts: py3langid's answers, in a quarter of its time for many and in half of it for a few.

py3langid weighs all features against all languages, whichever of them a text has. Here only those count that it has;
many texts take each step of the walk through their bytes together, and their scores are one sparse product. py3langid's
own scores are rounded to single precision; where two languages lie closer than that could matter, it is asked itself,
so a text is told the same language alone and among others.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from py3langid.langid import LanguageIdentifier

    Numbers = NDArray[np.int64]

CLEAR = 0.1
"""Log odds between the two likeliest languages: thrice what single precision can be off by over the two hundred bytes
of a text, with terms of at most 15 x log(201)."""
MANY_TEXTS = 40
"""Of so many texts on, all take a step together; fewer are walked through sooner one by one."""


class Scorer:
    """Tells the languages that an identifier tells.

    Args:
        identifier: Restricted to the languages to tell, without normalised probabilities.
    """

    def __init__(self, identifier: LanguageIdentifier) -> None:
        self._identifier = identifier
        names = list(identifier.nb_classes)
        self._names = list(dict.fromkeys(names))
        place = np.array([self._names.index(name) for name in names])
        self._by_name = np.argsort(place, kind="stable")  # a language may have several columns
        self._first = np.searchsorted(place[self._by_name], np.arange(len(self._names)))

    def languages(self, texts: Sequence[str]) -> list[str]:
        """What `identifier.classify` calls each text's language."""
        if not texts:
            return []
        encoded = [_encoded(text) for text in texts]
        every = self._scores(encoded) if len(texts) >= MANY_TEXTS else np.array([self._score(one) for one in encoded])
        scores = np.maximum.reduceat(every[:, self._by_name], self._first, axis=1)
        best = scores.argmax(axis=1)
        clear = scores - scores.max(axis=1, keepdims=True)
        clear[np.arange(len(texts)), best] = -np.inf
        close = clear.max(axis=1) > -CLEAR
        return [
            self._identifier.classify(text)[0] if unsure else self._names[place]
            for text, place, unsure in zip(texts, best.tolist(), close.tolist(), strict=True)
        ]

    def _score(self, text: bytes) -> NDArray[np.float64]:
        """Log odds of one text, a column of the identifier each."""
        times = Counter(self._visited(text))
        if not times:
            return np.zeros(len(self._identifier.nb_pc))
        visits = np.log1p(np.array([*times.values()], dtype=np.float64))
        return np.asarray(visits @ self._identifier.nb_ptc[[*times]].astype(np.float64) + self._identifier.nb_pc)

    def _visited(self, text: bytes) -> list[int]:
        """Each feature that the text's walk comes by, as often as it does."""
        follow, row, output = self._identifier.tk_nextmove, self._identifier.tk_row, self._identifier.tk_output
        state = 0
        found = [output[state := follow[(row[state] << 8) + byte]] for byte in text]
        return [feature for feature in found if feature >= 0]

    @cached_property
    def _steps(self) -> tuple[NDArray[np.unsignedinteger], Numbers, NDArray[np.int32]]:
        """By the place of a move the state that it leads to; by state where its moves begin, and its feature."""
        begin = np.asarray(self._identifier.tk_row, dtype=np.int64) << 8
        return np.asarray(self._identifier.tk_nextmove), begin, np.asarray(self._identifier.tk_output, dtype=np.int32)

    def _scores(self, texts: Sequence[bytes]) -> NDArray[np.float64]:
        """Log odds of many texts, texts x columns of the identifier; all alike without features."""
        from scipy import sparse  # takes its time to load, and texts are not always many

        rows, features = self._visits(texts)
        ones = np.ones(len(rows), dtype=np.float64)
        visits = sparse.csr_array((ones, (rows, features)), shape=(len(texts), len(self._identifier.nb_ptc)))
        used = np.flatnonzero(np.bincount(visits.indices, minlength=visits.shape[1]))
        place = np.zeros(visits.shape[1], dtype=np.int64)
        place[used] = np.arange(len(used))
        weighed = sparse.csr_array(
            (np.log1p(visits.data), place[visits.indices], visits.indptr), shape=(len(texts), len(used))
        )
        scores = weighed @ self._identifier.nb_ptc[used].astype(np.float64) + self._identifier.nb_pc
        scores[np.diff(visits.indptr) == 0] = 0.0
        return np.asarray(scores)

    def _visits(self, texts: Sequence[bytes]) -> tuple[Numbers, Numbers]:
        """Each time that a text's walk comes by a feature: the text's place and the feature."""
        lengths = np.array([len(text) for text in texts], dtype=np.int64)
        order = np.argsort(-lengths, kind="stable")
        going = np.searchsorted(-lengths[order], -np.arange(lengths.max(initial=0)), side="left").tolist()
        moves = _side_by_side([texts[place] for place in order], len(going))
        onward, begin, feature = self._steps
        state = np.zeros(len(texts), dtype=onward.dtype)
        for step, count in enumerate(going):
            moves[step, :count] += begin[state[:count]]
            np.take(onward, moves[step, :count], out=state[:count])
            moves[step, :count] = state[:count]
        made = np.arange(len(texts)) < np.array(going, dtype=np.int64).reshape(-1, 1)
        found = feature[moves[made]]
        return np.broadcast_to(order, made.shape)[made][found >= 0], found[found >= 0].astype(np.int64)


def _side_by_side(texts: Sequence[bytes], steps: int) -> Numbers:
    """The bytes of the texts, a column each, and behind their ends nothing: steps x texts."""
    padded = b"".join(text.ljust(steps, b"\0") for text in texts)
    return np.frombuffer(padded, dtype=np.uint8).reshape(len(texts), steps).T.astype(np.int64, order="C")


def _encoded(text: str) -> bytes:
    """As py3langid reads it."""
    lower = text.lower() if text.isupper() else text
    return unicodedata.normalize("NFC", lower).encode("utf-8", errors="surrogatepass")
