"""Who comes back under other posts of a creator, and whether the same people come in the same order."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.few import FEW_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable

    First = dict[str, dict[str, int]]

MOST_COMMENTERS = 60
"""Of the people who return, about as many as came first under each post: pairs grow with their square."""


def posts_of_authors(creators: pl.Series, posts: pl.Series, authors: pl.Series) -> pl.Series:
    """Under how many of the creator's posts each comment's author commented; null where author or post is unknown.

    Args:
        creators: Numbers from 0 up, one a creator.
        posts: The post that a comment stands under; unknown ones of an author count as one.
        authors: Who wrote it.
    """
    if len(creators) > FEW_ROWS:
        named = pl.col("author").is_not_null() & pl.col("post").is_not_null()
        found = pl.col("post").n_unique().over("creator", "author")
        rows = pl.DataFrame({"creator": creators, "post": posts, "author": authors})
        return rows.select(author_posts=pl.when(named).then(found)).to_series()
    met = list(zip(creators.to_list(), authors.to_list(), posts.to_list(), strict=True))
    times = Counter((creator, author) for creator, author, _ in set(met))
    each = [None if author is None or post is None else times[creator, author] for creator, author, post in met]
    return pl.Series("author_posts", each, dtype=pl.UInt32)


def order_of_return(
    creators: pl.Series, posts: pl.Series, authors: pl.Series, times: pl.Series, returning: pl.Series
) -> list[pl.Series]:
    """Counts of agreements and disagreements on who came first, over pairs of people and pairs of posts.

    For every two people who both commented on two posts or more, each post where both did says who came first; two
    posts agree or disagree. (agreements - disagreements) / (agreements + disagreements) is Kendall's tau pooled over
    pairs of posts: about 0 where people come as they see the post, 1 where they come in a fixed order.

    Args:
        creators: Numbers from 0 up, one a creator.
        posts: The post that a comment stands under.
        authors: Who wrote it.
        times: When.
        returning: Whether its author commented under two posts of the creator or more; other comments do not count.

    Returns:
        `agreements` and `disagreements`, the same on all rows of a creator; zeros where nobody returns.
    """
    first: dict[int, First] = defaultdict(lambda: defaultdict(dict))
    columns = [creators, posts, authors, times.cast(pl.Int64), returning]
    if len(creators) > FEW_ROWS:  # few return
        columns = [column.filter(returning) for column in columns]
    for creator, post, author, time, returns in zip(*(column.to_list() for column in columns), strict=True):
        if returns and time is not None:
            seen = first[creator][post]
            seen[author] = min(time, seen.get(author, time))
    counts = np.zeros((1 + int(creators.max() or 0), 2), dtype=np.int64)  # type: ignore[arg-type]  # an integer
    for creator, by_post in first.items():
        counts[creator] = _agreements(by_post.values())
    agreements, disagreements = np.ascontiguousarray(counts[creators.to_numpy()].T)
    return [pl.Series("agreements", agreements), pl.Series("disagreements", disagreements)]


def _agreements(by_post: Iterable[dict[str, int]]) -> tuple[int, int]:
    """With a pair's `ahead` posts where one came first and `behind` where the other did, the pairs of posts."""
    ahead: dict[tuple[str, str], int] = defaultdict(int)
    for first in by_post:
        for (time, one), (later, other) in combinations(_early(first), 2):
            if time < later:
                ahead[one, other] += 1
    agreements = disagreements = 0
    for (one, other), times in ahead.items():
        agreements += times * (times - 1) // 2
        if one < other:
            disagreements += times * ahead.get((other, one), 0)  # met once, from the smaller of the two
    return agreements, disagreements


def _early(first: dict[str, int]) -> list[tuple[int, str]]:
    """The people who came first in order of time, and whoever came at the same moment as the last of them."""
    came = sorted((time, author) for author, time in first.items())
    return [one for one in came if one[0] <= came[min(MOST_COMMENTERS, len(came)) - 1][0]]
