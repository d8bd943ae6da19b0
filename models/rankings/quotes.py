"""What creators say that a brief asks for: terms in common, and posts to quote."""

from __future__ import annotations

from functools import cache
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from models.rankings.ranking import QuotedPost

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    Numbers = NDArray[np.int64]
    Singles = NDArray[np.float32]

MOST_MATCHED_TERMS = 5
MOST_QUOTED_POSTS = 3

FUNCTION_WORDS = Path(__file__).with_name("function_words.txt")
"""Articles, pronouns, prepositions, conjunctions and the like, language by language. What names a thing in another
language that a brief may ask for, as the German "hat" and the Hungarian "mint", is not in it. They are listed and not
told by how many texts have them: among creators of one niche its name is as common as "the", and where captions are
hashtags or of many languages no such word is common."""

_NEVER = -(2**62)  # before any time

Terms = tuple[str, ...]


def matched_terms(one: sparse.csr_array, many: sparse.csr_array, terms: pl.Series) -> list[Terms]:
    """For each of many rows, the terms that add most to its cosine with the one row, function words left out.

    The first `MOST_MATCHED_TERMS`, most first, ties in the order of the alphabet.
    """
    return _adding_most(_telling(one, terms), many, terms)


def leaning_terms(topics: Singles, basis: Singles, many: sparse.csr_array, terms: pl.Series) -> list[Terms]:
    """For each of many rows, the terms that add most to its cosine of brand topics with a brief's, be they in the brief
    or not; in the order of `matched_terms`.

    Args:
        topics: The brief's, of length 1 or 0.
        basis: Terms x topics: the linear map from words to topics.
        many: Rows of words.
        terms: The text space's words.
    """
    said = np.unique(many.indices)
    adds = basis[said] @ topics
    said, adds = said[adds > 0], adds[adds > 0]
    weights = np.zeros(len(terms), dtype=np.float32)
    weights[said] = adds
    return _adding_most(_without_function_words(weights, said, terms), many, terms)


def quoted_posts(wanted: sparse.csr_array, posts: pl.Series, terms: pl.Series) -> list[tuple[QuotedPost, ...]]:
    """For each creator, the posts that speak most of what is wanted.

    A post counts for the sum of the wanted weights over its terms without function words; those that share none are
    not quoted. The first `MOST_QUOTED_POSTS`, most first, then the newer, then by id.

    Args:
        wanted: The one row of the brief's words.
        posts: `posts` of `models.rankings.details.DETAILS`, a list a creator.
        terms: The text space's words.
    """
    every, creator = _unfolded(posts.rechunk().to_arrow())
    said, post = _unfolded(every.field("terms"))
    term, weights = said.to_numpy(), _telling(wanted, terms).astype(np.float64)
    shared = np.flatnonzero(weights[term])
    order = shared[np.lexsort((term[shared], -weights[term[shared]], post[shared]))]
    post, term = post[order], term[order]
    speaking, first, many = np.unique(post, return_index=True, return_counts=True)
    ids, times = (every.field(name).take(pa.array(speaking)) for name in ("post_id", "posted_at"))
    weight = np.bincount(post, weights[term], len(every)).astype(np.float64)  # added up in this order
    best = _best(ids, times, creator[speaking], weight[speaking])
    counts = np.minimum(many[best], MOST_MATCHED_TERMS).tolist()
    places = [term[start : start + count] for start, count in zip(first[best].tolist(), counts, strict=True)]
    words = iter(terms[np.concatenate([term[:0], *places])].to_list())
    shown = [pl.Series(column.take(pa.array(best))).to_list() for column in (ids, times)]
    answers: list[list[QuotedPost]] = [[] for _ in range(len(posts))]
    for place, count, post_id, posted_at in zip(creator[speaking[best]].tolist(), counts, *shown, strict=True):
        matched = tuple(islice(words, count))
        answers[place].append(QuotedPost(post_id, posted_at, matched))
    return [tuple(answer) for answer in answers]


@cache
def function_words() -> frozenset[str]:
    """The words of `FUNCTION_WORDS`, of all languages together."""
    blocks = FUNCTION_WORDS.read_text(encoding="utf-8").split("\n\n")
    return frozenset(word for block in blocks for word in block.partition(":")[2].split())


def _telling(wanted: sparse.csr_array, terms: pl.Series) -> NDArray[np.float32]:
    """The weights of the one row's words, 0 for function words: that two texts share these says nothing to a reader."""
    return _without_function_words(wanted.toarray()[0], wanted.indices, terms)


def _without_function_words(weights: Singles, places: NDArray[np.int32], terms: pl.Series) -> Singles:
    """The weights with 0 for the function words among the terms at these places."""
    said, words = terms[places].to_list(), function_words()
    weights[[place for place, word in zip(places.tolist(), said, strict=True) if word in words]] = 0
    return weights


def _adding_most(weights: Singles, many: sparse.csr_array, terms: pl.Series) -> list[Terms]:
    """For each row the first `MOST_MATCHED_TERMS` by weight times the row's own, ties in the order of the alphabet."""
    rows = np.repeat(np.arange(many.shape[0]), np.diff(many.indptr))
    product = many.data * weights[many.indices]
    shared = np.flatnonzero(product)
    rows, term, product = rows[shared], many.indices[shared], product[shared]
    order = np.lexsort((term, -product, rows))
    rows, term = rows[order], term[order]
    first = np.arange(len(rows)) - np.searchsorted(rows, rows) < MOST_MATCHED_TERMS
    return _grouped(many.shape[0], rows[first], terms[term[first]].to_list())


def _unfolded(lists: pa.LargeListArray) -> tuple[pa.Array, Numbers]:
    """What the lists hold, one after the other, and the place of the list that each stood in."""
    return lists.flatten(), pc.list_parent_indices(lists).to_numpy()


def _best(ids: pa.Array, times: pa.Array, creator: Numbers, weight: NDArray[np.float64]) -> Numbers:
    """Places of the posts to quote: those of one creator together, in their order."""
    posted = times.cast(pa.int64()).fill_null(_NEVER).to_numpy()
    order = np.lexsort((np.array(ids.to_pylist(), dtype=np.str_), -posted, -weight, creator))
    ordered = creator[order]
    return order[np.arange(len(order)) - np.searchsorted(ordered, ordered) < MOST_QUOTED_POSTS]


def _grouped(count: int, rows: Numbers, words: list[str]) -> list[Terms]:
    starts = np.searchsorted(rows, np.arange(count + 1)).tolist()
    return [tuple(words[start:end]) for start, end in pairwise(starts)]
