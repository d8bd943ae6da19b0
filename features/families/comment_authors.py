"""Comment signals of who wrote: how many people, whether they return, in which order, and whom else they serve."""

from __future__ import annotations

import polars as pl

from features.exact import MILLION, ratio, share
from features.families.comment_shares import comment_signal, enough, ids

FEW_PAIRS = 10
"""Comparisons of who came first; fewer agree by chance."""
FEW_OTHERS = 4
"""Creators served, the one looked at perhaps among them: three others at least."""

_REPEATED = pl.col("author_posts") >= 2
_SEVERAL_POSTS = pl.col("post_id").drop_nulls().n_unique() >= 2
_AGREEMENTS = pl.col("agreements").first()
_DISAGREEMENTS = pl.col("disagreements").first()
_PAIRS = _AGREEMENTS + _DISAGREEMENTS
_IN_CORPUS = pl.col("served").count() > 0
_IN_POD = pl.col("pod") >= 0

SIGNALS = (
    comment_signal(
        "repeat_commenter_share",
        "share",
        1,
        "Share of comments by people who commented under two posts or more: pods and pools of rented accounts return, "
        "and so do friends.",
        ("author_id", "post_id"),
        pl.when(_SEVERAL_POSTS).then(enough(share(_REPEATED), of="author_posts")),
        supports=("pod", "bought_comments"),
    ),
    comment_signal(
        "same_order_of_commenters",
        "correlation",
        1,
        "Whether returning people come in the same order under several posts (Kendall's tau over all pairs of people "
        "and posts); a list of accounts is worked through from the top.",
        ("author_id", "post_id", "posted_at"),
        pl.when(_PAIRS >= FEW_PAIRS).then(ratio(_AGREEMENTS - _DISAGREEMENTS, _PAIRS)),
        supports=("pod", "bought_comments"),
    ),
    comment_signal(
        "shared_commenter_share",
        "share",
        1,
        "Share of comments by people who comment under three other creators of the corpus or more.",
        ("author_id",),
        pl.when(_IN_CORPUS).then(
            enough(ratio((pl.col("served") >= FEW_OTHERS).sum(), pl.col("author_id").count()), of="author_id")
        ),
        evidence=ids(pl.col("served") >= FEW_OTHERS),
        supports=("pod", "bought_comments"),
    ),
    comment_signal(
        "commenter_reach",
        "log creators",
        1,
        "Creators of the corpus under whose posts a commenter writes, on geometric average; rented accounts serve "
        "whoever pays.",
        ("author_id",),
        pl.when(_IN_CORPUS).then(
            enough(ratio(pl.col("reach").sum(), pl.col("author_id").count() * MILLION), of="author_id")
        ),
        supports=("pod", "bought_comments"),
    ),
    comment_signal(
        "pod_comment_share",
        "share",
        1,
        "Largest share of comments by members of one pod of the corpus that the creator is of too, three of them or "
        "more; friends who are as quick look like one.",
        ("author_id",),
        pl.when(pl.col("pod").count() > 0).then(
            enough(
                ratio(pl.col("pod").filter(_IN_POD).unique_counts().max().fill_null(0), pl.col("author_id").count()),
                of="author_id",
            )
        ),
        evidence=ids(_IN_POD),
        supports=("pod",),
    ),
    comment_signal(
        "pod_reciprocity",
        "share",
        1,
        "Share of the tied pairs of creators in that pod who comment under each other's posts; readers alone have no "
        "such ties, friends have.",
        ("author_id",),
        pl.col("reciprocity").filter(_IN_POD).max(),
        evidence=ids(_IN_POD),
        supports=("pod",),
    ),
    comment_signal(
        "creator_comment_share",
        "share",
        -1,
        "Share of all comments that the creator wrote; people answer people, most of all in small communities.",
        ("author_id",),
        enough(pl.col("owner_share").first(), of="author_id"),
        supports=("small_loyal_community",),
    ),
)
