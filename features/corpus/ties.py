"""Who comments under whose posts in a corpus: a bipartite graph of creators and commenters, in which pods are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.corpus.densest import Block

if TYPE_CHECKING:
    from features.corpus.densest import Flags, Ints
    from features.records import Tables

FEW_CREATORS = 3
"""An account that serves fewer creators of a block is a fan of theirs."""


@dataclass(frozen=True, eq=False)
class Ties:
    """Who comments under whose posts, reduced to what a pod can consist of.

    Attributes:
        edges: What `commented` gives and `served` (how many creators the person comments under): of people who serve
            `FEW_CREATORS` or are creators themselves.
        all_edges: How many pairs of a creator and a commenter the corpus has.
        served: At place n, how many people serve n creators.
    """

    edges: pl.DataFrame
    all_edges: int
    served: Ints

    @classmethod
    def of(cls, tables: Tables) -> Ties:
        """The ties of a corpus."""
        pairs = commented(tables).with_columns(served=pl.len().over("author_id").cast(pl.Int64))
        served = np.bincount(pairs.unique("author_id")["served"].to_numpy().astype(np.int64))
        fellow = pl.col("author_id").is_in(tables.creators["creator_id"].implode())
        kept = pairs.filter(pl.col("served") >= pl.when(fellow).then(1).otherwise(FEW_CREATORS))
        return cls(kept, pairs.height, served)


def commented(tables: Tables) -> pl.DataFrame:
    """Each creator and each commenter of theirs once.

    Returns:
        `creator_id`, `platform`, `author_id`, `popularity` (the creator's commenters), `posts` (of the creator with
        comments by others) and `under`: of each post under which the person comments a number, `at` (microseconds
        since 1970, of the first comment), `came` (how many people came there at a known time) and `later` (twice those
        of them who came after the person, and once those who came at the same moment); null where no time is known.
    """
    at_post, numbered = ("creator_id", "post_id"), pl.col("post_id").rank("dense").over("creator_id").cast(pl.Int64)
    known = pl.col("post_id").is_not_null() & pl.col("at").is_not_null()
    came = pl.when(known).then(pl.col("at").count().over(at_post).cast(pl.Int64))
    place = pl.col("at").rank("average").over(at_post)
    under = pl.struct("post", "at", "came", "later").filter(pl.col("post").is_not_null())
    return (
        tables.comments.lazy()
        .filter(pl.col("author_id") != pl.col("creator_id"))
        .join(tables.creators.lazy().select("creator_id", "platform"), on="creator_id")
        .group_by("creator_id", "platform", "author_id", "post_id")
        .agg(at=pl.col("posted_at").min().dt.epoch("us"))
        .with_columns(post=numbered, came=came)
        .with_columns(later=pl.when(known).then(2 * (pl.col("came") - place)).cast(pl.Int64))
        .sort("creator_id", "author_id", "post")
        .group_by("creator_id", "platform", "author_id", maintain_order=True)
        .agg(under=under, last=pl.col("post").max())
        .with_columns(
            popularity=pl.len().over("creator_id").cast(pl.Int64),
            posts=pl.col("last").max().over("creator_id").fill_null(0),
        )
        .select("creator_id", "platform", "author_id", "popularity", "posts", "under")
        .collect(engine="in-memory")
    )


class Graph:
    """Ties with codes of creators and people in place of their names."""

    def __init__(self, ties: Ties) -> None:
        self.all_edges, self.served = ties.all_edges, ties.served
        kept = ties.edges
        self.creators = kept.select("creator_id", "popularity", "posts", "platform").unique().sort("creator_id")
        self.people = kept.select("author_id", "served").unique().sort("author_id")
        coded = kept.join(self.creators.select("creator_id").with_row_index("column"), on="creator_id").join(
            self.people.select("author_id").with_row_index("row"), on="author_id"
        )
        self.edges = coded["row"].to_numpy().astype(np.int64), coded["column"].to_numpy().astype(np.int64)
        self.under = coded["under"]
        places = self.creators.select(author_id="creator_id").with_row_index("place")
        fellows = self.people.join(places, on="author_id", how="left", maintain_order="left")
        self.creator_of_person = fellows["place"].fill_null(len(places)).to_numpy().astype(np.int64)
        self.among = self._among()

    def _among(self) -> tuple[Ints, Ints]:
        """Codes of the creators who comment under others' posts, and of these others."""
        rows, columns = self.edges
        sources = self.creator_of_person[rows]
        fellow = sources < len(self.creators)
        return sources[fellow], columns[fellow]

    def block(self, creators: Ints, least: float = FEW_CREATORS) -> Block:
        """The creators, with the people who serve so many of them or are themselves among them."""
        rows, columns = self.edges
        inside = np.isin(columns, creators)
        people, row, served = np.unique(rows[inside], return_inverse=True, return_counts=True)
        needed = np.where(np.isin(self.creator_of_person[people], creators), 1, least)
        links = np.zeros((len(people), len(creators)), dtype=np.int64)
        links[row, np.searchsorted(creators, columns[inside])] = 1
        members = served >= needed
        return Block(creators, people[members], links[members])

    def within(self, block: Block) -> Flags:
        """Which edges join the block's people and creators."""
        rows, columns = self.edges
        inside: Flags = np.isin(columns, block.creators) & np.isin(rows, block.people)
        return inside
