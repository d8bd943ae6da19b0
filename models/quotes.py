"""What creators say that a brief asks for: terms in common, and posts to quote."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.ranking import QuotedPost

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

MOST_MATCHED_TERMS = 5
MOST_QUOTED_POSTS = 3

Terms = tuple[str, ...]


def matched_terms(one: sparse.csr_array, many: sparse.csr_array, terms: pl.Series) -> list[Terms]:
    """For each of many rows, the terms that add most to its cosine with the one row.

    The first `MOST_MATCHED_TERMS`, most first, ties in the order of the alphabet.
    """
    rows = np.repeat(np.arange(many.shape[0]), np.diff(many.indptr))
    product = many.data * one.toarray()[0][many.indices]
    shared = np.flatnonzero(product)
    rows, term, product = rows[shared], many.indices[shared], product[shared]
    order = np.lexsort((term, -product, rows))
    return _grouped(many.shape[0], rows[order], terms.gather(term[order]).to_list(), MOST_MATCHED_TERMS)


def quoted_posts(wanted: sparse.csr_array, posts: pl.Series, terms: pl.Series) -> list[tuple[QuotedPost, ...]]:
    """For each creator, the posts that speak most of what is wanted.

    A post counts for the sum of the wanted weights over its terms; those that share none are not quoted. The first
    `MOST_QUOTED_POSTS`, most first, then the newer, then by id.

    Args:
        wanted: The one row of the brief's words.
        posts: `posts` of `models.details.DETAILS`, a list a creator.
        terms: The text space's words.
    """
    weights = pl.DataFrame({"term": wanted.indices.astype(np.int32), "weight": wanted.data.astype(np.float64)})
    every = pl.DataFrame({"posts": posts}).with_row_index("creator").explode("posts").drop_nulls("posts")
    quoted = (
        every.with_row_index("post")
        .unnest("posts")
        .explode("terms")
        .join(weights, left_on="terms", right_on="term", how="inner")
        .sort("weight", "terms", descending=[True, False])
        .group_by("post", "creator", "post_id", "posted_at", maintain_order=True)
        .agg(pl.col("weight").sum(), pl.col("terms").head(MOST_MATCHED_TERMS))
        .sort("creator", "weight", "posted_at", "post_id", descending=[False, True, True, False], nulls_last=True)
        .group_by("creator", maintain_order=True)
        .head(MOST_QUOTED_POSTS)
    )
    words = quoted["terms"].explode()
    spoken = iter(terms.gather(words.cast(pl.UInt32)).to_list())
    answers: list[list[QuotedPost]] = [[] for _ in range(len(posts))]
    columns = (quoted["creator"], quoted["post_id"], quoted["posted_at"], quoted["terms"].list.len())
    for creator, post_id, posted_at, count in zip(*(column.to_list() for column in columns), strict=True):
        matched = tuple(next(spoken) for _ in range(count))
        answers[creator].append(QuotedPost.model_construct(post_id=post_id, posted_at=posted_at, matched_terms=matched))
    return [tuple(answer) for answer in answers]


def _grouped(count: int, rows: NDArray[np.int64], words: list[str], most: int) -> list[Terms]:
    starts = np.searchsorted(rows, np.arange(count + 1)).tolist()
    return [tuple(words[start : min(end, start + most)]) for start, end in pairwise(starts)]
