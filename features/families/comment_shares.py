"""What the comment signals have in common: how many comments they need, and the comments that they cite."""

from __future__ import annotations

from functools import partial

import polars as pl

from features.exact import known, share
from features.signal import EVIDENCE_IDS, Direction, Family, Signal, define

FEW_COMMENTS = 10

comment_signal = partial(define, Family.COMMENTS, "comments")


def enough(expression: pl.Expr, of: str) -> pl.Expr:
    """The expression where ten comments or more have a value of that column, else null."""
    return known(expression, of=pl.col(of), least=FEW_COMMENTS)


def ids(flag: pl.Expr) -> pl.Expr:
    """The first few comments for which the flag holds, in the order of their ids."""
    return pl.col("comment_id").filter(flag).sort().head(EVIDENCE_IDS)


def share_signal(
    name: str,
    flag: pl.Expr,
    direction: Direction,
    sentence: str,
    *,
    of: str = "length",
    needs: tuple[str, ...] = ("text",),
    supports: tuple[str, ...] = ("bought_comments",),
    end: Direction = 0,
) -> Signal:
    """A share of comments among those where `of` is known; the comments themselves are the evidence."""
    shares = enough(share(flag), of=of)
    return comment_signal(
        name, "share", direction, sentence, needs, shares, evidence=ids(flag), supports=supports, end=end
    )
