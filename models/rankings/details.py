"""What only the results shown need of a creator: its newest posts to quote from, and who comments there.

Commenters are kept as a bottom-k sketch: the `SKETCH` smallest 64-bit hashes of their ids. The smallest of random
numbers are a uniform sample of them, so two sketches tell the overlap of the two whole sets (A. Broder, "On the
resemblance and containment of documents", 1997; E. Cohen and H. Kaplan, "Summarizing data using bottom-k sketches",
PODC 2007; common threshold as in A. Dasgupta and others, "A framework for estimating stream expression
cardinalities", ICDT 2016).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from models.texts.creator_texts import CreatorTexts
from models.texts.terms import term_matrix

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from features.records import Tables
    from models.texts.space import TextSpace

    Hashes = NDArray[np.uint64]

MOST_POSTS = 30  # the newest of a creator
SKETCH = 256
"""Hashes kept of a creator's commenters; a share of all of them has a standard error of 0.03 at most."""

POST = pl.Struct({"post_id": pl.String(), "posted_at": pl.Datetime("us", "UTC"), "terms": pl.List(pl.Int32())})
DETAILS = pl.Schema({"creator_id": pl.String(), "posts": pl.List(POST), "commenters": pl.List(pl.UInt64())})
"""`posts` from the newest to the oldest, `terms` are places in the text space's `words.terms`; `commenters` ascend."""

_LARGEST = np.uint64(2**64 - 1)


def details(
    tables: Tables, text: TextSpace, said: CreatorTexts | None = None, columns: Collection[str] = tuple(DETAILS)
) -> pl.DataFrame:
    """One row a creator with the columns of `DETAILS`, in the order of `tables.creators`; empty lists where none.

    Args:
        tables: The creators' records.
        text: The text space whose terms posts are told by.
        said: What they say, where that is there already.
        columns: What to tell beside `creator_id`.
    """
    found = tables.creators.lazy().select("creator_id")
    if "posts" in columns:
        posts = newest_posts(CreatorTexts.of(tables) if said is None else said, text)
        found = found.join(posts.lazy(), on="creator_id", how="left", maintain_order="left")
    if "commenters" in columns:
        found = found.join(commenters(tables).lazy(), on="creator_id", how="left", maintain_order="left")
    told = {name: dtype for name, dtype in DETAILS.items() if name in columns and name != "creator_id"}
    known = (pl.coalesce(name, pl.lit([], dtype=dtype)).cast(dtype).alias(name) for name, dtype in told.items())
    return found.select("creator_id", *known).collect()


def newest_posts(said: CreatorTexts, text: TextSpace) -> pl.DataFrame:
    """The newest posts of each creator who has any: creator_id, `posts` as `DETAILS` has them."""
    terms = known_words(said.of_posts, said.posts.height, text)
    return (
        said.posts.select("creator_id", "post_id", "posted_at")
        .with_columns(terms=terms)
        .group_by("creator_id", maintain_order=True)
        .agg(posts=pl.struct("post_id", "posted_at", "terms").head(MOST_POSTS))
    )


def known_words(words: pl.DataFrame, texts: int, text: TextSpace) -> pl.Series:
    """Of each text the places in `words.terms` of its words, ascending: as `text.word_vectors` has them.

    Args:
        words: `models.texts.terms.told_words` of the texts.
        texts: How many there are.
        text: The text space.
    """
    counts = term_matrix(words, texts, text.words.terms)
    return pl.Series("terms", pa.LargeListArray.from_arrays(counts.indptr.astype(np.int64), counts.indices))


def commenters(tables: Tables) -> pl.DataFrame:
    """The sketch of each creator who has commenters beside itself: creator_id, `commenters` as `DETAILS` has them."""
    pairs = (
        tables.comments.lazy()
        .select("creator_id", author=pl.col("author_id"))
        .filter(pl.col("author").is_not_null() & (pl.col("author") != pl.col("creator_id")))
        .unique()
        .collect()
    )
    return (
        pairs.with_columns(hash=pl.Series(hashes(pairs["author"])))
        .group_by("creator_id")
        .agg(commenters=pl.col("hash").unique().sort().head(SKETCH))
    )


def hashes(names: pl.Series) -> Hashes:
    """A 64-bit hash of each name, the same for ever (SipHash-2-4 with a fixed key, as pandas has it)."""
    from pandas.util import hash_array

    return np.asarray(hash_array(names.to_numpy().astype(object), categorize=False), dtype=np.uint64)


def overlap(one: Hashes, other: Hashes) -> float | None:
    """Share of the commenters of the creator with fewer who comment at the other too; None where it cannot be told.

    Below the smaller of the two sketches' largest hashes each sketch holds every commenter of its creator there is, so
    the share among these is that of all, exactly where both have fewer than `SKETCH`. Where one creator has n times
    `SKETCH` commenters, 1 in n of the other's can be compared. Which creator has fewer is told by their sizes:
    (k - 1) / (the k-th smallest hash / 2^64) of a full sketch of k.

    Args:
        one: Ascending hashes of `DETAILS.commenters`.
        other: The same of the other creator.
    """
    most = min(limit(one), limit(other))
    a, b = one[one <= most], other[other <= most]
    fewer = len(a) if size(one) <= size(other) else len(b)
    return len(np.intersect1d(a, b)) / fewer if fewer else None


def limit(sketch: Hashes) -> np.uint64:
    """Up to here a sketch holds every commenter there is."""
    return np.uint64(sketch[-1]) if len(sketch) == SKETCH else _LARGEST


def size(sketch: Hashes) -> float:
    """How many commenters there are, counted or estimated."""
    return float(len(sketch)) if len(sketch) < SKETCH else (SKETCH - 1) * float(_LARGEST) / float(sketch[-1])
