"""Follower tiers: numeric bounds and their names, in one place."""

from __future__ import annotations

import polars as pl

SCHEME = "bonafide-1"
TIERS: tuple[tuple[str, int], ...] = (
    ("under_1k", 0),
    ("nano", 1_000),
    ("micro", 10_000),
    ("mid", 100_000),
    ("macro", 500_000),
    ("mega", 1_000_000),
)
"""Tier name and the smallest follower count in it."""

TIER_NAMES = tuple(name for name, _ in TIERS)


def tier_of(followers: pl.Expr) -> pl.Expr:
    """The tier's name; null where the follower count is null.

    >>> pl.select(tier_of(pl.lit(42_000))).item()
    'micro'
    """
    tier = pl.lit(None, dtype=pl.String)
    for name, least in TIERS:
        tier = pl.when(followers >= least).then(pl.lit(name)).otherwise(tier)
    return tier
