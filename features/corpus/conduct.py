"""How the people of a group comment: what tells a pod from friends, a scene, a family, or fans.

Who comments under whose posts looks the same in all of them. But a pod's members are called to each post, and come
before others do, or comment under all posts of all the others, for the others do it too; people who like each other
comment when they happen to see a post. Where neither is known, nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from datetime import date

    from features.corpus.densest import Block, Flags
    from features.corpus.ties import Graph

MUCH_SOONER = 0.8
"""Four of five others came later; people who come as they see a post are before half of them, friends somewhat more.
On real Instagram those who comment under four creators or more are before 52 %."""
FEW_COMPARED = 20
SPREAD = 12**-0.5
"""Standard deviation of where a comment stands among others, first to last: two standard errors are left for chance."""
THOROUGH = 0.5
"""In a pod everybody comments under every post; a sample of comments holds a part of it."""
MANY_FELLOWS = 8
"""Creators; a family or a circle of friends is smaller, and may well miss no post."""
FEW_POSTS = 3
"""Posts of a creator, on average; a feast, a conference or a contest fills one or two."""
_DIGITS = 6


@dataclass(frozen=True)
class Conduct:
    """How a group comments.

    Attributes:
        compared: Of how many comments it is known which people outside the group came to the post sooner and later;
            of one person's under a post the first.
        sooner: On average over these, the share of the others who came later; null without any.
        posts: Posts a creator, on average.
        thorough: Of the posts of all the group's creators, under each of which all its other creators could have
            commented, the share where they did; null without any.
        first: The day of the first comment of a known time.
        last: The same of the last.
    """

    compared: int
    sooner: float | None
    posts: float
    thorough: float | None
    first: date | None
    last: date | None

    @property
    def is_prompt(self) -> bool:
        """Whether the group comes before others do."""
        if self.sooner is None or self.compared < FEW_COMPARED:
            return False
        return bool(self.sooner - 2 * SPREAD / self.compared**0.5 >= MUCH_SOONER)

    @classmethod
    def of(cls, graph: Graph, block: Block) -> Conduct:
        """The conduct of a block's people under its creators' posts."""
        inside = graph.within(block)
        under = _under(graph, inside)
        days = pl.from_epoch(under["at"], "us").dt.date()
        posts = graph.creators["posts"].gather(block.creators)
        fellow = np.isin(graph.creator_of_person[graph.edges[0]], block.creators)
        there = _under(graph, inside & fellow).height
        could = (len(block.creators) - 1) * int(posts.sum())
        thorough = round(there / could, _DIGITS) if could else None
        return cls(*_sooner(under), int(posts.sum()) / max(len(posts), 1), thorough, *_ends(days))

    def is_thorough(self, creators: int) -> bool:
        """Whether so many creators comment under most posts of each other, and lastingly."""
        lasting = creators >= MANY_FELLOWS and self.posts >= FEW_POSTS
        return lasting and self.thorough is not None and self.thorough >= THOROUGH


def _under(graph: Graph, edges: Flags) -> pl.DataFrame:
    """Each post under which each person of these edges comments."""
    chosen = np.flatnonzero(edges)
    creators = pl.Series("creator", graph.edges[1][chosen])
    return pl.DataFrame([creators, graph.under.gather(chosen)]).explode("under").drop_nulls("under").unnest("under")


def _ends(days: pl.Series) -> tuple[date | None, date | None]:
    known = days.drop_nulls().sort().to_list()
    return (known[0], known[-1]) if known else (None, None)


def _sooner(under: pl.DataFrame) -> tuple[int, float | None]:
    """See `Conduct`; of pairs with everybody under a post, those within the group, two points each, are taken out."""
    of_posts = (
        under.drop_nulls("later")
        .group_by("creator", "post")
        .agg(own=pl.len().cast(pl.Int64), came=pl.col("came").first(), later=pl.col("later").sum())
        .with_columns(others=pl.col("came") - pl.col("own"))
        .filter(pl.col("others") > 0)
        .with_columns(share=(pl.col("later") - pl.col("own") * (pl.col("own") - 1)) / (2 * pl.col("others")))
    )
    compared = int(of_posts["own"].sum())
    total = float(of_posts["share"].sort().sum())
    return compared, round(total / compared, _DIGITS) if compared else None
