"""How many creators a commenter serves: people follow a few, rented accounts comment wherever they are sent."""

from __future__ import annotations

from dataclasses import dataclass
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
_BYTES = 8
DIGITS = 2 * _BYTES
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
        None if one is None or platform is None else sha256(f"{platform}\n{one}".encode()).hexdigest()[:DIGITS]
        for platform, one in zip(platforms.to_list(), people.to_list(), strict=True)
    ]
    return pl.Series("author_id", found, dtype=pl.String)


def codes(platforms: pl.Series, people: pl.Series) -> NDArray[np.uint64]:
    """`digests` as numbers, which are found sooner; 0, which stands for nobody, where one of the two is null."""
    both = zip(platforms.to_list(), people.to_list(), strict=True)
    found = [
        b"\0" * _BYTES if one is None or platform is None else sha256(f"{platform}\n{one}".encode()).digest()[:_BYTES]
        for platform, one in both
    ]
    return np.frombuffer(b"".join(found), dtype=">u8").astype(np.uint64)


@dataclass(frozen=True, eq=False)
class Directory:
    """What a part of the context knows of people; make one with `of`.

    Attributes:
        people: Their `codes`, ascending.
        facts: A row a fact, a column a person; NaN where a fact is not known.
    """

    people: NDArray[np.uint64]
    facts: NDArray[np.float64]

    @classmethod
    def of(cls, people: pl.Series, facts: pl.DataFrame) -> Directory:
        """Of `digests` in their order, and facts beside them."""
        numbers = people.str.to_integer(base=16, dtype=pl.UInt64).to_numpy()
        return cls(numbers, np.ascontiguousarray(facts.to_numpy().T, dtype=np.float64))

    def find(self, wanted: NDArray[np.uint64]) -> NDArray[np.float64]:
        """The facts of the wanted people, a column each; NaN of those whom it does not name.

        Bisection: a hash join would read the whole part for every request.
        """
        if not len(self.people):
            return np.full((len(self.facts), len(wanted)), np.nan)
        place = np.minimum(np.searchsorted(self.people, wanted), len(self.people) - 1)
        return np.where(self.people[place] == wanted, self.facts[:, place], np.nan)


def directory(part: pl.DataFrame) -> Directory:
    """Creators that each person serves; the one under whose posts the person is met may be one of them."""
    return Directory.of(part["author_id"], part.select("creators"))
