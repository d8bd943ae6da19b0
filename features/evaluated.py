"""Which expressions are evaluated over which rows: for many creators by Polars, for a single one by `features.one`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from features.alone import Columns
from features.families import audience, comments, engagement, growth, profile, residuals
from features.tiers import tier_of

if TYPE_CHECKING:
    from features.records import Tables
    from features.signal import Signal

COVERAGE = ("posts_counted", "comments_counted", "history_days", "followers_sampled")
"""How much there is of each: posts with likes or views, comments by others, days with a follower count, followers."""

IDENTITY = ("creator_id", "platform", "tier")


@dataclass(frozen=True)
class Rows:
    """Every family's rows, prepared once: signals, evidence and anomalies are all read off them.

    `tables` are the records that they were made of, as far as they were there on the day.
    """

    tables: Tables
    creators: pl.DataFrame
    posts: pl.DataFrame
    history: pl.DataFrame
    comments: pl.DataFrame
    followers: pl.DataFrame

    @cached_property
    def columns(self) -> dict[str, Columns]:
        """The columns of each part, as `features.alone` takes them."""
        return {part: Columns(getattr(self, part)) for part in EVALUATED}


EVALUATED: dict[str, tuple[Signal, ...]] = {
    "posts": engagement.SIGNALS,
    "history": growth.SIGNALS,
    "comments": comments.SIGNALS,
    "followers": audience.SIGNALS,
}
"""Signals by the rows that they are evaluated over."""

_BESIDES: dict[str, dict[str, pl.Expr]] = {
    "posts": {
        **engagement.LEVELS,
        "posts_counted": (pl.col("likes").is_not_null() | pl.col("views").is_not_null()).sum(),
    },
    "history": {"history_days": pl.col("followers").is_not_null().sum()},
    "comments": {"comments_counted": pl.len()},
    "followers": {"followers_sampled": pl.len()},
}
"""What else is aggregated of the same rows."""

# Expressions are put together once: for one creator that takes as long as evaluating them.
AGGREGATED = {
    rows: [
        *(signal.expression.alias(signal.name) for signal in signals),
        *(expression.alias(name) for name, expression in _BESIDES[rows].items()),
    ]
    for rows, signals in EVALUATED.items()
}
CITED = {
    rows: {signal.name: signal.evidence.alias(signal.name) for signal in signals if signal.evidence is not None}
    for rows, signals in EVALUATED.items()
}
"""The evidence of signals by the rows that it is found in."""
OVER_THE_ROW = [
    tier_of(pl.col("followers")).alias("tier"),
    *(pl.col(name).fill_null(0).cast(pl.Int64) for name in COVERAGE),
    *(signal.expression.alias(signal.name) for signal in (*profile.SIGNALS, *residuals.SIGNALS)),
]
"""What is evaluated over the joined row of a creator."""
