"""Pods of a corpus: groups of creators under whose posts the same accounts comment, found as densest blocks.

Creators and commenters form a bipartite graph whose edges weigh 1 / log(d + 5), d being the creator's commenters, so
that the many who come to a popular creator count little (FRAUDAR, Hooi et al., KDD 2016). Peeling the lightest nodes
leaves the densest block. The search goes first over creators who comment, where a block is close if they answer each
other's comments in kind, then over everybody, where it is if its commenters come to three or more of its creators far
more often than chance would have it. So do friends, scenes and fans: a close group is a pod by its conduct alone
(`features.corpus.conduct`). A creator with fans of its own is never one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.corpus.commenters import Directory, hashed
from features.corpus.conduct import Conduct
from features.corpus.densest import blocks, circles, core, links_among
from features.corpus.ties import FEW_CREATORS, Graph, Ties

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from features.corpus.densest import Block, Ints, Matrix
    from features.records import Tables

COMMENTER, CREATOR = "commenter", "creator"

SCHEMA = pl.Schema(
    {
        "pod": pl.Int64(),
        "member": pl.String(),
        "role": pl.String(),
        "creators": pl.Int64(),
        "commenters": pl.Int64(),
        "density": pl.Float64(),
        "reciprocity": pl.Float64(),
    }
)

FEW_COMMENTERS = 10
"""The keenest readers of a niche serve many of it too, and are few."""
LEAST_DENSITY = 0.5
"""In a pod everybody comments on everybody; people of one niche share readers, each of whom reads a few of it."""
MUCH_MORE = 10.0
"""So many times the commenters that chance would send to three creators of the block."""
FEW_FELLOWS = 4
"""Three friends who comment on each other are no pod."""
FELLOW_TIES = 2
"""So many of a pod's creators each of them serves, and is served by; the famous serve nobody."""
AS_KEEN = 0.5
"""Who serves half as many of a pod's creators as these do on average is of it; of creators, if served by as many."""
LEAST_FELLOW_DENSITY = 0.25
"""Of ordered pairs of the pod's creators; a sample of comments holds a part of what a pod writes."""
LEAST_MUTUAL = 0.15
"""Of tied pairs those tied both ways; fans of the famous are not answered."""
MOST_GROUPS = 300
"""Close ones, pods or not; each takes a look at all that is left."""
MOST_FAILURES = 10
"""After so many blocks in a row that are not close, none is: each is less dense than the one before."""
MOST_POSTS = 20
_DIGITS = 6


def build(tables: Tables) -> pl.DataFrame:
    """The members of every pod of a corpus.

    Returns:
        `SCHEMA`: one row a member and role, in the order of role and `member` (see
        `features.corpus.commenters.hashed`). `density` is the share of the pod's creator-commenter pairs with a
        comment, `reciprocity` the share of pairs of its creators that comment under each other's posts among those of
        whom at least one does so; an account that is in several pods stands in the first found.
    """
    return members_of(Ties.of(tables))


def members_of(ties: Ties) -> pl.DataFrame:
    """What `build` gives, of ties that are at hand."""
    graph = Graph(ties)
    members = [_members(graph, number, pod) for number, pod in enumerate(_pods(graph))]
    if not members:
        return pl.DataFrame(schema=SCHEMA)
    return (
        pl.concat(members)
        .with_columns(hashed(pl.col("platform"), pl.col("person")).alias("member"))
        .unique(["member", "role"], keep="first", maintain_order=True)
        .sort("role", "member")
        .select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
    )


def pods_of(tables: Tables) -> pl.DataFrame:
    """The pods of a corpus for people to look at, ids in clear.

    Returns:
        One row a pod: `pod`, `creators` and `commenters` (lists of ids), `shared_commenters` (those who serve three of
        the creators or more), `expected` (as many would by chance), `density`, `reciprocity`, `sooner` and `thorough`
        (see `features.corpus.conduct`), `first` and `last` (days on which they came), `comments` (by commenters of the
        pod under its creators), `posts` (those with most of them, at most 20; an id tells one
        creator's posts apart).
    """
    return told(Ties.of(tables), tables.comments)


def told(ties: Ties, comments: pl.DataFrame) -> pl.DataFrame:
    """What `pods_of` gives, of ties that are at hand and at least the comments of the pods' members."""
    graph = Graph(ties)
    rows = [_evidence(graph, comments, number, pod) for number, pod in enumerate(_pods(graph))]
    return pl.DataFrame(rows, schema=_EVIDENCE)


def directory(part: pl.DataFrame, role: str) -> Directory:
    """The pod in which each person has that role, and that pod's reciprocity.

    Only of pods whose creators answer each other: whom others serve in lockstep may have keen fans, and has no say in
    it. People look at those groups, and the commenters' reach tells of them.
    """
    found = part.filter((pl.col("role") == role) & (pl.col("reciprocity") > 0))
    return Directory.of(found["member"], found.select("pod", "reciprocity"))


_EVIDENCE = {
    "pod": pl.Int64(),
    "creators": pl.List(pl.String()),
    "commenters": pl.List(pl.String()),
    "shared_commenters": pl.Int64(),
    "expected": pl.Float64(),
    "density": pl.Float64(),
    "reciprocity": pl.Float64(),
    "sooner": pl.Float64(),
    "thorough": pl.Float64(),
    "first": pl.Date(),
    "last": pl.Date(),
    "comments": pl.Int64(),
    "posts": pl.List(pl.Struct({"creator_id": pl.String(), "post_id": pl.String(), "comments": pl.Int64()})),
}


@dataclass(frozen=True)
class _Pod:
    """A close group and how it comments."""

    block: Block
    conduct: Conduct


def _pods(graph: Graph) -> Iterator[_Pod]:
    """Pods by reciprocity, then pods by lockstep among the edges that the first do not explain."""
    rows, columns = graph.edges
    popularity = graph.creators["popularity"].to_numpy().astype(np.int64)
    rings = circles(*graph.among, popularity=popularity)
    left = np.ones(len(rows), dtype=bool)
    found: list[Ints] = []
    for block in _search([_reciprocal(graph, ring) for ring in parts] for parts in rings):
        conduct = Conduct.of(graph, block)
        is_scrap = any(np.isin(block.creators, earlier).all() for earlier in found)
        if not is_scrap and (conduct.is_prompt or conduct.is_thorough(len(block.creators))):
            left &= ~graph.within(block)
            found.append(block.creators)
            yield _Pod(block, conduct)
    dense = blocks(rows[left], columns[left], people=len(graph.people), popularity=popularity)
    for block in _search([_lockstep(graph, part) for part in parts] for parts in dense):
        conduct = Conduct.of(graph, block)
        if conduct.is_prompt:
            yield _Pod(block, conduct)


def _search(judged: Iterable[list[Block | None]]) -> Iterator[Block]:
    """The close groups among those judged one after the other, until too many are not close."""
    failures = found = 0
    for parts in judged:
        close = [block for block in parts if block is not None]
        yield from close
        found += len(close)
        failures = 0 if close else failures + 1
        if failures == MOST_FAILURES or found >= MOST_GROUPS:
            return


def _reciprocal(graph: Graph, creators: Ints) -> Block | None:
    """Creators of whom each serves others of them, many both ways, with all who are as keen on them."""
    creators = creators[core(_among(graph, graph.block(creators)), FELLOW_TIES)]
    if len(creators) < FEW_FELLOWS:
        return None
    creators = _joined(graph, creators)
    ties = int(_among(graph, graph.block(creators)).sum())
    keen = graph.block(creators, _many(ties, creators))
    is_close = ties >= LEAST_FELLOW_DENSITY * len(creators) * (len(creators) - 1)
    return keen if is_close and _reciprocity(graph, keen) >= LEAST_MUTUAL else None


def _joined(graph: Graph, creators: Ints) -> Ints:
    """With those who serve as many of them and are served by as many: the densest part of a group is not all of it."""
    sources, targets = graph.among
    inside = np.zeros(len(graph.creators), dtype=bool)
    inside[creators] = True
    given = np.bincount(sources[inside[targets]], minlength=len(inside))
    got = np.bincount(targets[inside[sources]], minlength=len(inside))
    least = _many(int(given[creators].sum()), creators)
    joined: Ints = np.flatnonzero(inside | ((given >= least) & (got >= least)))
    return joined


def _many(ties: int, creators: Ints) -> float:
    """How many of the creators somebody serves who is of them, by the ties among them."""
    return max(FEW_CREATORS, AS_KEEN * ties / len(creators))


def _lockstep(graph: Graph, block: Block) -> Block | None:
    """The block's creators with all who serve three of them, if these serve most of them and are not so by chance."""
    if len(block.creators) < FEW_CREATORS or block.density < LEAST_DENSITY or _shared(block) < FEW_COMMENTERS:
        return None
    pod = graph.block(block.creators)
    return pod if pod.density >= LEAST_DENSITY and _shared(pod) >= MUCH_MORE * _expected(graph, pod) else None


def _among(graph: Graph, block: Block) -> Matrix:
    """Which of the block's creators (rows) comment under which (columns)."""
    places = np.full(len(graph.creators) + 1, -1)
    places[block.creators] = np.arange(len(block.creators))
    return links_among(block, places[graph.creator_of_person[block.people]])


def _reciprocity(graph: Graph, block: Block) -> float:
    """Pairs of creators tied both ways among those tied at all."""
    among = _among(graph, block)
    mutual, either = int((among & among.T).sum()), int((among | among.T).sum())
    return round(mutual / max(either, 1), _DIGITS)


def _shared(block: Block) -> int:
    return int((block.links.sum(axis=1) >= FEW_CREATORS).sum())


def _expected(graph: Graph, block: Block) -> float:
    """People who would come to three of the block's creators by chance.

    As if everybody outside the block commented as often as now and chose creators by their number of commenters.
    """
    from scipy.stats import binom

    share = float(graph.creators["popularity"].gather(block.creators).sum()) / graph.all_edges
    inside = graph.people["served"].gather(block.people).to_numpy().astype(np.int64)
    others = graph.served - np.bincount(inside, minlength=len(graph.served))
    return float((others * binom.sf(FEW_CREATORS - 1, np.arange(len(others)), share)).sum())


def _members(graph: Graph, number: int, pod: _Pod) -> pl.DataFrame:
    """Creators, and commenters as they are called on each of the creators' platforms."""
    block = pod.block
    of_pod = graph.creators[block.creators]
    creators = of_pod.select("platform", person="creator_id", role=pl.lit(CREATOR))
    names = graph.people[block.people].select(person="author_id", role=pl.lit(COMMENTER))
    people = of_pod.select("platform").unique().join(names, how="cross")
    return pl.concat([creators, people]).with_columns(
        pod=pl.lit(number),
        creators=pl.lit(len(creators)),
        commenters=pl.lit(len(names)),
        density=pl.lit(round(block.density, _DIGITS)),
        reciprocity=pl.lit(_reciprocity(graph, block)),
    )


def _evidence(graph: Graph, comments: pl.DataFrame, number: int, pod: _Pod) -> dict[str, object]:
    block, conduct = pod.block, pod.conduct
    creators, people = graph.creators[block.creators], graph.people[block.people]
    theirs = comments.filter(
        pl.col("creator_id").is_in(creators["creator_id"].implode()),
        pl.col("author_id").is_in(people["author_id"].implode()),
    ).filter(pl.col("creator_id") != pl.col("author_id"))
    posts = theirs.drop_nulls("post_id").group_by("creator_id", "post_id").agg(comments=pl.len().cast(pl.Int64))
    most = posts.sort("comments", "creator_id", "post_id", descending=[True, False, False]).head(MOST_POSTS)
    return {
        "pod": number,
        "creators": creators["creator_id"].to_list(),
        "commenters": people["author_id"].to_list(),
        "shared_commenters": _shared(block),
        "expected": round(_expected(graph, block), _DIGITS),
        "density": round(block.density, _DIGITS),
        "reciprocity": _reciprocity(graph, block),
        "sooner": conduct.sooner,
        "thorough": conduct.thorough,
        "first": conduct.first,
        "last": conduct.last,
        "comments": theirs.height,
        "posts": most.to_dicts(),
    }
