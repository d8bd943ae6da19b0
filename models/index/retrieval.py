"""Retrieval: the creators nearest to a brief, by a weighted sum of cosines that follows the fit model's own ranking.

A creator's leading topics and niches lie side by side in one matrix, so their cosines are one product of the matrix
with the brief's vector; the cosines of words and hashtags are exact, of postings.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from models.index.postings import cosines
from models.text import unit_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    from models.candidates import Candidates
    from models.index.segment import Segment
    from models.pairs import Wish

    Singles = NDArray[np.float32]
    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.int64]

SEARCHED = "searched"
PARTS = {"word_topics": 32, "gram_topics": 32, "brand_topics": 64, "niches": 32}
"""What is laid side by side, and of each the most dimensions; topics lead with those that tell texts apart most."""

LISTED = ("words", "hashtags")
"""Parts of `Candidates.sparse`, over the same terms, that have postings."""

DEPTH = 2_000
"""Creators retrieved for the fit model to score."""

SLACK = 1e-4
"""More than what the fast product may be off; see `nearest`."""

ONE_IN = 2
"""Where fewer creators of a segment are allowed, theirs are picked out: picking a row costs twice what reading it does.
"""

AT_ONCE = 1_024
"""Creators whose vectors the processor keeps at hand."""


@dataclass(frozen=True)
class Weights:
    """What each cosine counts in retrieval; chosen by `bench/bench_retrieval.py`."""

    words: float = 0.6
    hashtags: float = 1.0
    word_topics: float = 0.15
    gram_topics: float = 0.2
    brand_topics: float = 0.45
    niches: float = 0.15
    brand: float = 0.05
    examples: float = 0.3


WEIGHTS = Weights()


@dataclass(frozen=True, eq=False)
class Query:
    """A brief as retrieval sees it, weights included.

    Attributes:
        vector: As wide as the matrix.
        words: Its words, once for each part of `LISTED`.
        examples: A vector an example creator; the nearest of them counts.
    """

    vector: Singles
    words: dict[str, sparse.csr_array]
    examples: Singles


def search_matrix(dense: Mapping[str, Singles]) -> Singles:
    """The parts side by side, each cut to its leading dimensions and brought to rows of length 1 (or 0)."""
    return np.hstack([_led(name, dense[name]) for name in PARTS]).astype(np.float32)


def query(wish: Wish, weights: Weights = WEIGHTS) -> Query:
    """What to look for.

    Args:
        wish: The brief, of the encoder whose candidates lie in the index.
        weights: What each cosine counts.
    """
    text, brand = wish.text, wish.brand
    topics = weights.word_topics * _led("word_topics", text.word_topics)
    topics = topics + weights.brand * _led("word_topics", brand.word_topics)
    grams = weights.gram_topics * _led("gram_topics", text.gram_topics)
    brands = weights.brand_topics * _led("brand_topics", text.brand_topics)
    niches = weights.niches * _led("niches", wish.niches[None, :])
    vector = np.hstack([topics, grams, brands, niches])[0].astype(np.float32)
    led = weights.examples * _led("word_topics", wish.examples)
    examples = np.zeros((len(led), len(vector)), dtype=np.float32)
    examples[:, : led.shape[1]] = led
    words = {name: (text.words * getattr(weights, name)).astype(np.float32) for name in LISTED}
    return Query(vector, words, examples)


def cosines_of(wish: Wish, candidates: Candidates) -> NDArray[np.float64]:
    """The cosines that retrieval weighs, creators x fields of `Weights`: what a benchmark chooses weights by."""
    matrix, words = search_matrix(candidates.dense), wish.text.words.toarray()[0]
    names = [field.name for field in fields(Weights)]
    columns = []
    for name in names:
        if name in LISTED:
            columns.append(candidates.sparse[name] @ words)
            continue
        alone = query(wish, Weights(**{other: float(other == name) for other in names}))
        cosine = matrix @ alone.vector
        columns.append(cosine + (matrix @ alone.examples.T).max(axis=1) if len(alone.examples) else cosine)
    return np.column_stack(columns).astype(np.float64)


def nearest(segments: Sequence[Segment], wanted: Query, allowed: Sequence[Flags], k: int) -> list[Numbers]:
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
        Rows of each segment, ascending.
    """
    within = [np.flatnonzero(flags) for flags in allowed]
    said = [_said(one, wanted)[rows] for one, rows in zip(segments, within, strict=True)]
    rough = [_rough(one, wanted, rows) + words for one, rows, words in zip(segments, within, said, strict=True)]
    ranked = np.concatenate(rough)
    least = np.partition(ranked, len(ranked) - k)[len(ranked) - k] if k < len(ranked) else -np.inf
    near = [scores >= least - SLACK for scores in rough]
    chosen = [rows[flags] for rows, flags in zip(within, near, strict=True)]
    if sum(map(len, chosen)) <= k:
        return chosen
    found = list(zip(segments, chosen, said, near, strict=True))
    scores = np.concatenate([_exact(one, wanted, rows) + words[flags] for one, rows, words, flags in found])
    keys = np.concatenate([one.keys[rows] for one, rows, _, _ in found])
    kept = np.zeros(len(scores), dtype=np.bool_)
    kept[np.lexsort((keys, -scores))[:k]] = True
    bounds = np.cumsum([len(rows) for rows in chosen])[:-1]
    return [rows[flags] for rows, flags in zip(chosen, np.split(kept, bounds), strict=True)]


def _said(segment: Segment, wanted: Query) -> Singles:
    """The part of the scores that words give, of every creator."""
    scores = np.zeros(len(segment), dtype=np.float32)
    for name, words in wanted.words.items():
        scores += cosines(segment.packed, name, len(segment), words)
    return scores


def _rough(segment: Segment, wanted: Query, rows: Numbers) -> Singles:
    """The part of the scores that vectors give, of these rows, nearly."""
    if not wanted.vector.any() and not len(wanted.examples):
        return np.zeros(len(rows), dtype=np.float32)
    few = ONE_IN * len(rows) < len(segment)
    scores = np.empty(len(rows) if few else len(segment), dtype=np.float32)
    for start in range(0, len(scores), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        vectors = segment.searched.take(rows[some], axis=0) if few else segment.searched[some]
        scores[some] = np.einsum("ij,j->i", vectors, wanted.vector)
        if len(wanted.examples):
            led = vectors[:, : PARTS["word_topics"]]
            scores[some] += np.max([np.einsum("ij,j->i", led, one[: led.shape[1]]) for one in wanted.examples], axis=0)
    return scores if few else scores[rows]


def _exact(segment: Segment, wanted: Query, rows: Numbers) -> Singles:
    """The part of the scores that vectors give, of these rows, to the same bits wherever a row lies."""
    vectors = segment.searched[rows]
    scores: Singles = (vectors * wanted.vector).sum(axis=1)
    if len(wanted.examples):
        scores += np.max([(vectors * one).sum(axis=1) for one in wanted.examples], axis=0)
    return scores


def _led(name: str, part: Singles) -> Singles:
    """The leading dimensions of a part, rows of length 1 (or 0)."""
    return unit_rows(part[:, : PARTS[name]])
