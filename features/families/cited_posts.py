"""Which posts are cited as those with bought likes or views.

Likes and views are compared with each other, and what that shows has two readings: where likes were bought for some
posts, the others have as few likes for their views as if views had been bought. But a purchase adds. So a post is cited
where its count is much by itself too, and beside its comments.
"""

from __future__ import annotations

import polars as pl

from features.signal import EVIDENCE_IDS

OUTNUMBERED = 2
"""Posts with one count too many are cited where those with the other one too many are at most twice as many: fewer are
chance, or what the purchase of the others leaves."""


def ids(flag: pl.Expr, strength: pl.Expr | None = None) -> pl.Expr:
    """Ids of some of the posts for which a flag holds, the strongest first where it is said how strong they are."""
    named = pl.col("post_id").filter(flag)
    return (named.sort() if strength is None else named.sort_by(-strength.filter(flag), named)).head(EVIDENCE_IDS)


def rather(own: pl.Expr, other: pl.Expr, strength: pl.Expr) -> pl.Expr:
    """Ids of the posts with one count bought, none where those with the other one bought are many more."""
    return ids(own & (OUTNUMBERED * own.sum() >= other.sum()), strength)
