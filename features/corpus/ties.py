"""Who comments under whose posts in a corpus: a bipartite graph of creators and commenters, in which pods are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.corpus.densest import Block

if TYPE_CHECKING:
    from features.corpus.densest import Ints
    from features.records import Tables

FEW_CREATORS = 3
"""An account that serves fewer creators of a block is a fan of theirs."""


@dataclass(frozen=True, eq=False)
class Ties:
    """Who comments under whose posts, reduced to what a pod can consist of.

    Attributes:
        edges: `creator_id`, `platform` and `popularity` (its commenters), `author_id` and `served` (its creators): of
            people who serve `FEW_CREATORS` or are creators themselves.
        all_edges: How many pairs of a creator and a commenter the corpus has.
        served: At place n, how many people serve n creators.
    """

    edges: pl.DataFrame
    all_edges: int
    served: Ints

    @classmethod
    def of(cls, tables: Tables) -> Ties:
        """The ties of a corpus."""
        pairs = commented(tables).with_columns(served=pl.len().over("author_id"))
        served = np.bincount(pairs.unique("author_id")["served"].to_numpy().astype(np.int64))
        fellow = pl.col("author_id").is_in(tables.creators["creator_id"].implode())
        kept = pairs.filter(pl.col("served") >= pl.when(fellow).then(1).otherwise(FEW_CREATORS))
        return cls(kept, pairs.height, served)


def commented(tables: Tables) -> pl.DataFrame:
    """Each creator and each commenter of theirs once: `creator_id`, `platform`, `author_id`, `popularity`."""
    return (
        tables.comments.lazy()
        .filter(pl.col("author_id") != pl.col("creator_id"))
        .join(tables.creators.lazy().select("creator_id", "platform"), on="creator_id")
        .select("creator_id", "platform", "author_id")
        .unique()
        .with_columns(popularity=pl.len().over("creator_id").cast(pl.Int64))
        .collect(engine="in-memory")
    )


class Graph:
    """Ties with codes of creators and people in place of their names."""

    def __init__(self, ties: Ties) -> None:
        self.all_edges, self.served = ties.all_edges, ties.served
        kept = ties.edges
        self.creators = kept.select("creator_id", "popularity", "platform").unique().sort("creator_id")
        self.people = kept.select("author_id", "served").unique().sort("author_id")
        coded = kept.join(self.creators.with_row_index("column"), on="creator_id").join(
            self.people.with_row_index("row"), on="author_id"
        )
        self.edges = coded["row"].to_numpy().astype(np.int64), coded["column"].to_numpy().astype(np.int64)
        places = self.creators.select(author_id="creator_id").with_row_index("place")
        fellows = self.people.join(places, on="author_id", how="left", maintain_order="left")
        self.creator_of_person = fellows["place"].fill_null(len(places)).to_numpy().astype(np.int64)

    def block(self, creators: Ints) -> Block:
        """The creators, with the people who serve three of them or are themselves among them."""
        rows, columns = self.edges
        inside = np.isin(columns, creators)
        people, row, served = np.unique(rows[inside], return_inverse=True, return_counts=True)
        needed = np.where(np.isin(self.creator_of_person[people], creators), 1, FEW_CREATORS)
        links = np.zeros((len(people), len(creators)), dtype=np.int64)
        links[row, np.searchsorted(creators, columns[inside])] = 1
        members = served >= needed
        return Block(creators, people[members], links[members])
