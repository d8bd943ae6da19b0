"""Random draws: most follow from names alone, so that they are the same for a row whatever stands beside it."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def places(frame: pl.DataFrame, key: Sequence[str], salt: str) -> pl.Series:
    """A number in [0, 1) for each row, evenly spread, from the salt and the row's key columns."""
    return pl.Series([int(digest[:12], 16) / 2**48 for digest in _digests(frame, key, salt)], dtype=pl.Float64)


def names(frame: pl.DataFrame, key: Sequence[str], salt: str) -> pl.Series:
    """Ten hexadecimal digits for each row, as the ids of people are hashed to, from the salt and the key columns."""
    return pl.Series([digest[:10] for digest in _digests(frame, key, salt)], dtype=pl.String)


def picked(frame: pl.DataFrame, eligible: pl.Expr, share: float, salt: str) -> pl.Series:
    """Which rows are bought: of each creator's n eligible ones the nearest whole number to `share` x n, one at least.

    Rows are taken in an order that follows from their ids, so a higher share takes the same and more. The key of
    `frame` is its first two columns, the first the creator's.
    """
    creator, row = frame.columns[0], frame.columns[1]
    rows = frame.select(creator, row, eligible=eligible).with_columns(place=places(frame, (creator, row), salt))
    order = pl.col("place").rank("ordinal").over(creator, "eligible")
    many = (share * pl.len().over(creator, "eligible")).round().clip(1)
    taken = pl.col("eligible") & (order <= many)
    return rows.select(bought=taken if share > 0 else pl.lit(value=False).and_(taken)).to_series()


def first_of(frame: pl.DataFrame, many: int, salt: str) -> list[str]:
    """As many creator ids as asked for, or all, the same ones from any frame that holds them, in their own order."""
    known = frame.select("creator_id").unique(maintain_order=True)
    chosen = known.with_columns(place=places(known, ("creator_id",), salt)).sort("place").head(many)["creator_id"]
    return known.filter(pl.col("creator_id").is_in(chosen.implode()))["creator_id"].to_list()


def sample(rows: pl.DataFrame, most: int, seed: int) -> pl.DataFrame:
    """As many of the rows at random, by the seed and in their order; all where there are no more."""
    if rows.height <= most:
        return rows
    return rows.with_row_index("_place").sample(most, seed=seed).sort("_place").drop("_place")


def _digests(frame: pl.DataFrame, key: Sequence[str], salt: str) -> Iterable[str]:
    seeded = blake2b(salt.encode(), digest_size=16)
    for row in frame.select(key).iter_rows():
        digest = seeded.copy()
        digest.update("\x1f".join(map(str, row)).encode())
        yield digest.hexdigest()
