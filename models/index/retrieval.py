"""Retrieval: the creators nearest to a brief, by a weighted sum of cosines, less what risk takes, that follows the fit
model's own ranking.

A creator's topics and niches lie side by side in one matrix, so their cosines are one product of the matrix with the
brief's vector; the cosines of words and hashtags are exact, of postings. To look through a matrix takes as long as to
bring it from memory, so its numbers are bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from models.index.filters import RISK
from models.index.postings import cosines
from models.matching.cosine_weights import COSINE_WEIGHTS, CosineWeights
from models.texts.space import unit_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    from models.index.segment import Segment
    from models.matching.candidates import Candidates
    from models.matching.pairs import Wish

    Bytes = NDArray[np.int8]
    Singles = NDArray[np.float32]
    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.int64]

SEARCHED = "searched"
PARTS = ("word_topics", "gram_topics", "brand_topics", "niches")
"""Parts of `Candidates.dense` in the order in which they are laid side by side."""

ONE = 127
"""What 1 is as a byte; a cosine of a vector in bytes is off by 0.002 (standard deviation)."""

LISTED = ("words", "hashtags")
"""Parts of `Candidates.sparse`, over the same terms, that have postings."""

DEPTH = 2_000
"""Creators retrieved for the fit model to score."""

RISK_COUNTS = 0.005
"""What a retrieval score loses where a merit of 100 loses a point to risk; chosen by `bench/bench_retrieval.py`."""

SLACK = 1e-5
"""More than what the fast product may be off; see `nearest`."""

ONE_IN = 2
"""Where fewer creators of a segment are allowed, theirs are picked out: picking a row costs twice what reading it does.
"""

AT_ONCE = 1_024
"""Creators whose vectors the processor keeps at hand."""


@dataclass(frozen=True, eq=False)
class Query:
    """A brief as retrieval sees it, weights included.

    Attributes:
        vector: As wide as the matrix, for its bytes.
        words: Its words, weighed in no way.
        counted: What the cosine of each part of `LISTED` with these counts.
        examples: Word topics, with which rows of the matrix begin, of each example creator; the nearest of them counts.
        risk: What each point of a creator's risk takes from its score.
    """

    vector: Singles
    words: sparse.csr_array
    counted: Mapping[str, float]
    examples: Singles
    risk: float = 0.0


@dataclass(frozen=True, eq=False)
class Near:
    """Creators of a segment that are near to a brief.

    Attributes:
        rows: Their rows, ascending.
        cosines: With the brief's words, by the part of `LISTED`; 0 where either says none.
    """

    rows: Numbers
    cosines: Mapping[str, Singles]

    def take(self, places: Numbers) -> Near:
        """Those in these places."""
        return Near(self.rows[places], {name: own[places] for name, own in self.cosines.items()})


def search_matrix(dense: Mapping[str, Singles]) -> Bytes:
    """The parts side by side, each brought to rows of length `ONE` (or 0)."""
    return np.rint(ONE * np.hstack([unit_rows(dense[name]) for name in PARTS])).astype(np.int8)


def searched_parts(matrix: Bytes, dimensions: Mapping[str, int]) -> dict[str, Singles]:
    """What `search_matrix` laid side by side, taken apart, given the dimensions of each part."""
    ends = np.cumsum([dimensions[name] for name in PARTS])
    return dict(zip(PARTS, np.split(matrix.astype(np.float32), ends[:-1], axis=1), strict=True))


def query(wish: Wish, weights: CosineWeights = COSINE_WEIGHTS, authenticity: float = 0.0) -> Query:
    """What to look for.

    Args:
        wish: The brief, of the encoder whose candidates lie in the index.
        weights: What each cosine counts.
        authenticity: Points that a point of risk takes of a merit of 100.
    """
    text, brand = wish.text, wish.brand
    topics = weights.word_topics * text.word_topics + weights.brand * brand.word_topics
    grams, brands = weights.gram_topics * text.gram_topics, weights.brand_topics * text.brand_topics
    niches = weights.niches * unit_rows(wish.niches[None, :])
    vector = (np.hstack([topics, grams, brands, niches])[0] / ONE).astype(np.float32)
    examples = (weights.examples * wish.examples / ONE).astype(np.float32)
    return Query(
        vector, text.words, {name: getattr(weights, name) for name in LISTED}, examples, RISK_COUNTS * authenticity
    )


def cosines_of(wish: Wish, candidates: Candidates) -> NDArray[np.float64]:
    """The cosines that retrieval weighs, creators x fields of `CosineWeights`: what a benchmark chooses weights by."""
    matrix, words = search_matrix(candidates.dense).astype(np.float32), wish.text.words.toarray()[0]
    names = [field.name for field in fields(CosineWeights)]
    columns = []
    for name in names:
        if name in LISTED:
            columns.append(candidates.sparse[name] @ words)
            continue
        alone = query(wish, CosineWeights(**{other: float(other == name) for other in names}))
        columns.append(_products(matrix, alone))
    return np.column_stack(columns).astype(np.float64)


def nearest(segments: Sequence[Segment], wanted: Query, allowed: Sequence[Flags], k: int) -> list[Near]:
    """The `k` creators of the highest retrieval score among those allowed, exactly; equal scores by the ids' hashes.

    This is the one place that searches. Every creator allowed is looked at, which is bound by memory; far beyond a
    million an approximate library takes over here.

    A fast product is exact to `SLACK` only and its last bits depend on where a creator lies. So it decides who may
    be among the nearest, and those are scored again one by one: the answer does not depend on how creators are dealt
    out to segments.

    Args:
        segments: Where to look.
        wanted: What for.
        allowed: A flag a creator for each segment.
        k: How many.

    Returns:
        Those of each segment.
    """
    within = [_speaking(one, wanted, np.flatnonzero(flags)) for one, flags in zip(segments, allowed, strict=True)]
    if sum(len(near.rows) for near in within) <= k:
        return within
    rough = [
        _rough(one, wanted, near.rows) + _beside(one, wanted, near) for one, near in zip(segments, within, strict=True)
    ]
    ranked = np.concatenate(rough)
    least = np.partition(ranked, len(ranked) - k)[len(ranked) - k]
    close = [np.flatnonzero(scores >= least - SLACK) for scores in rough]
    chosen = [near.take(places) for near, places in zip(within, close, strict=True)]
    if sum(map(len, close)) == k:
        return chosen
    exact = [
        _exact(one, wanted, near.rows) + _beside(one, wanted, near) for one, near in zip(segments, chosen, strict=True)
    ]
    return first(segments, chosen, k, np.concatenate(exact))


def first(segments: Sequence[Segment], found: Sequence[Near], k: int, *scores: NDArray[np.floating[Any]]) -> list[Near]:
    """Those `k` of the creators found that score highest, equal ones by the next score, then by the ids' hashes.

    Args:
        segments: Where they were found.
        found: The creators.
        k: How many, of at least as many.
        scores: Each a number a creator, one segment after the other.
    """
    keys = np.concatenate([one.keys[near.rows] for one, near in zip(segments, found, strict=True)])
    least = np.partition(scores[0], len(keys) - k)[len(keys) - k]
    kept = scores[0] > least
    [alike] = np.nonzero(scores[0] == least)  # who are told apart by what comes next
    order = np.lexsort((keys[alike], *(-own[alike] for own in reversed(scores[1:]))))
    kept[alike[order[: k - np.count_nonzero(kept)]]] = True
    bounds = np.cumsum([len(near.rows) for near in found])[:-1]
    return [near.take(np.flatnonzero(flags)) for near, flags in zip(found, np.split(kept, bounds), strict=True)]


def _speaking(segment: Segment, wanted: Query, rows: Numbers) -> Near:
    """These rows with what words tell of them."""
    return Near(rows, {name: cosines(segment.packed, name, len(segment), wanted.words)[rows] for name in LISTED})


def _beside(segment: Segment, wanted: Query, near: Near) -> Singles:
    """The part of the scores that words give and risk takes."""
    found = np.zeros(len(near.rows), dtype=np.float32)
    if wanted.risk:
        found -= np.float32(wanted.risk) * np.nan_to_num(segment.packed[RISK][near.rows].astype(np.float32))
    for name, cosine in near.cosines.items():
        found += np.float32(wanted.counted[name]) * cosine
    return found


def _rough(segment: Segment, wanted: Query, rows: Numbers) -> Singles:
    """The part of the scores that vectors give, of these rows, nearly."""
    if not wanted.vector.any() and not len(wanted.examples):
        return np.zeros(len(rows), dtype=np.float32)
    few = ONE_IN * len(rows) < len(segment)
    scores = np.empty(len(rows) if few else len(segment), dtype=np.float32)
    for start in range(0, len(scores), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        found = segment.searched.take(rows[some], axis=0) if few else segment.searched[some]
        vectors = found.astype(np.float32)
        scores[some] = np.einsum("ij,j->i", vectors, wanted.vector)
        if len(wanted.examples):
            topics = vectors[:, : wanted.examples.shape[1]]
            scores[some] += np.max([np.einsum("ij,j->i", topics, one) for one in wanted.examples], axis=0)
    return scores if few else scores[rows]


def _exact(segment: Segment, wanted: Query, rows: Numbers) -> Singles:
    """The part of the scores that vectors give, of these rows, to the same bits wherever a row lies."""
    return _products(segment.searched[rows].astype(np.float32), wanted)


def _products(vectors: Singles, wanted: Query) -> Singles:
    scores: Singles = (vectors * wanted.vector).sum(axis=1)
    if len(wanted.examples):
        topics = vectors[:, : wanted.examples.shape[1]]
        scores += np.max([(topics * one).sum(axis=1) for one in wanted.examples], axis=0)
    return scores
