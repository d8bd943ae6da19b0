"""How many creators a commenter serves: people follow a few, rented accounts comment wherever they are sent."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.records import Tables

SCHEMA = pl.Schema({"author_id": pl.String(), "creators": pl.Int64()})

FEW_CREATORS = 2
"""Whoever serves one creator says nothing of others and is left out."""
MOST_AUTHORS = 500_000
_NOWHERE = pl.Series([None], dtype=pl.UInt32)
_UNKNOWN = pl.Series([None], dtype=pl.Int64)
_DIGITS = 16
"""Hexadecimal digits that are kept: 64 bits, so that two of a million authors collide with odds of 1 to 40 million."""


def build(tables: Tables) -> pl.DataFrame:
    """The authors of comments who serve two creators or more, without comments by a creator under own posts.

    Returns:
        `SCHEMA`, in the order of `author_id` (see `hashed`): at most `MOST_AUTHORS`, those who serve most creators.
    """
    served = (
        tables.comments.lazy()
        .filter(pl.col("author_id") != pl.col("creator_id"))
        .join(tables.creators.lazy().select("creator_id", "platform"), on="creator_id")
        .group_by("platform", "author_id")
        .agg(creators=pl.col("creator_id").n_unique().cast(pl.Int64))
        .filter(pl.col("creators") >= FEW_CREATORS)
        .select(hashed(pl.col("platform"), pl.col("author_id")), "creators")
        .sort("creators", "author_id", descending=[True, False])
        .head(MOST_AUTHORS)
        .sort("author_id")
    )
    return served.collect(engine="in-memory").rechunk()


def hashed(platform: pl.Expr, person: pl.Expr) -> pl.Expr:
    """`digests` as an expression."""
    both = pl.struct(platform.alias("platform"), person.alias("person"))
    return both.map_batches(lambda some: digests(*some.struct.unnest()), return_dtype=pl.String).alias("author_id")


def digests(platforms: pl.Series, people: pl.Series) -> pl.Series:
    """The first 16 hexadecimal digits of the SHA-256 of platform and id; null where one of them is null."""
    found = [
        None if one is None or platform is None else sha256(f"{platform}\n{one}".encode()).hexdigest()[:_DIGITS]
        for platform, one in zip(platforms.to_list(), people.to_list(), strict=True)
    ]
    return pl.Series("author_id", found, dtype=pl.String)


def served(part: pl.DataFrame, people: pl.Series) -> pl.Series:
    """Creators that each hashed person serves; null where the part does not name the person.

    The creator under whose posts the person is met may be one of them.
    """
    if part.is_empty():
        return _UNKNOWN.new_from_index(0, len(people))
    place, known = _found(part["author_id"], people)
    return part["creators"][place].zip_with(known, _UNKNOWN)


def places(sorted_ids: pl.Series, wanted: pl.Series) -> pl.Series:
    """The first place of each wanted id among ids in ascending order; null where it is not there.

    Bisection: a hash join would read the whole part for every request.
    """
    if sorted_ids.is_empty():
        return pl.Series([None] * len(wanted), dtype=pl.UInt32)
    place, known = _found(sorted_ids, wanted)
    return pl.Series(place).zip_with(known, _NOWHERE)


def _found(sorted_ids: pl.Series, wanted: pl.Series) -> tuple[NDArray[np.uint32], pl.Series]:
    """Where each wanted id is, or would be among the ids that are there, and whether it is."""
    place = np.minimum(sorted_ids.search_sorted(wanted).to_numpy(), len(sorted_ids) - 1)
    return place, sorted_ids[place] == wanted
