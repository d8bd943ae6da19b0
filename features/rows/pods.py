"""Which comments are a pod's work: whoever is in a pod may read other creators too, as anybody does.

A pod's members comment under each other's posts, so the creator has to be of it: as one whom it serves, or as one who
serves it. The famous under whose posts a whole pod comments are not.
"""

from __future__ import annotations

import polars as pl

FEW_MEMBERS = 3
"""Members who write under a creator's posts: as many as a member serves creators."""
NOWHERE = -1
"""The pod of people whom the corpus knows and who are in none, and of comments that are no pod's work."""


def pods_at_work(creators: pl.Series, authors: pl.Series, pods: pl.Series, own: pl.Series) -> pl.Series:
    """The pod whose work each comment is, one pod a creator: that with most comments there, and the first of equals.

    Args:
        creators: Numbers from 0 up, one a creator.
        authors: Who wrote it.
        pods: The pod that its author is in, `NOWHERE` if in none; null where the corpus does not know the author.
        own: Whether that pod is the creator's too.

    Returns:
        `pod`: the pod, `NOWHERE` where it is none's work; null as in `pods`.
    """
    if not (pods > NOWHERE).any():
        return pods.alias("pod")
    rows = pl.DataFrame({"creator": creators, "author": authors, "pod": pods, "own": own})
    found = (
        rows.filter((pl.col("pod") > NOWHERE) & pl.col("own"))
        .group_by("creator", "pod")
        .agg(pl.len().alias("comments"), members=pl.col("author").n_unique())
        .filter(pl.col("members") >= FEW_MEMBERS)
        .sort("creator", "comments", "pod", descending=[False, True, False])
        .unique("creator", keep="first", maintain_order=True)
        .select("creator", at_work="pod")
    )
    beside = rows.join(found, on="creator", how="left", maintain_order="left")
    is_work = (pl.col("pod") == pl.col("at_work")).fill_null(value=False)
    told = pl.when(is_work | pl.col("pod").is_null()).then("pod").otherwise(NOWHERE)
    return beside.select(pod=told.cast(pl.Int64)).to_series()
