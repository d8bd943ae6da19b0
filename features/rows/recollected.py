"""Comments that a collector came by twice and gave another id each time."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import polars as pl

from features.few import FEW_ROWS

if TYPE_CHECKING:
    from datetime import datetime

_SAME = ("creator_id", "post_id", "author_id", "text")


def counted_once(comments: pl.DataFrame) -> pl.DataFrame:
    """The comments, of those that were collected twice the one with most likes alone; the others pass for copies else.

    The same words by the same person under the same post are one comment, unless their times differ: nobody writes
    twice in one second, and who says the same again later has said it twice. Where times are not known a creator's own
    comments stay, who thanks many people in the same words.

    Args:
        comments: In order.
    """
    suspects = _suspects(comments)
    if not len(suspects):
        return comments
    rows = comments.select(*_SAME, "posted_at", "likes")[suspects].insert_column(0, suspects)
    rows = rows.sort("likes", "posted_at", descending=[True, False], nulls_last=True, maintain_order=True)
    said: defaultdict[tuple[str | None, ...], set[datetime | None]] = defaultdict(set)
    again = []
    for place, *same, time, _ in rows.iter_rows():
        creator, _, author, _ = same
        times = said[*same]
        unknown = author != creator and bool(times) and (time is None or None in times)
        if unknown or (time is not None and time in times):
            again.append(place)
        times.add(time)
    kept = pl.Series([True]).new_from_index(0, comments.height)
    return comments.filter(kept.scatter(again, False)) if again else comments


def _suspects(comments: pl.DataFrame) -> pl.Series:
    """Places of comments by known people of which all that is `_SAME`, or its hashes, is that of another one."""
    nobody = pl.Series("place", [], dtype=pl.UInt32)
    if comments.height <= FEW_ROWS:
        said = {*zip(*(comments[name].to_list() for name in _SAME), strict=True)}
        if len(said) == comments.height:
            return nobody
    creator, post, author, text = (pl.col(name).hash(seed) for seed, name in enumerate(_SAME))
    hashes = comments.select(said=creator ^ post ^ author ^ text).to_series()
    if hashes.n_unique() == comments.height:  # found in half the time
        return nobody
    known = pl.col("author_id").is_not_null() & pl.col("text").is_not_null()
    return comments.select(place=pl.arg_where(known & pl.lit(hashes.is_duplicated()))).to_series()
