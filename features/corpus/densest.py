"""Densest blocks of a bipartite graph by greedy peeling (FRAUDAR, Hooi et al., KDD 2016, algorithm 1)."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from scipy import sparse

    Ints = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    Matrix = np.ndarray[tuple[int, int], np.dtype[np.int64]]

POPULARITY_OFFSET = 5.0
"""The constant of FRAUDAR's column weights 1 / log(d + 5)."""
ALIKE_CREATORS = 0.5
"""Creators are in one part of a block if they share half of the smaller one's commenters there."""
_UNITS = 1_000_000  # weights as whole numbers: equal weights are equal whatever the order of additions


@dataclass(frozen=True)
class Block:
    """Creators and people (ascending codes) with the 0-1 matrix `links` of people x creators."""

    creators: Ints
    people: Ints
    links: Matrix

    @property
    def density(self) -> float:
        """Share of pairs with a comment."""
        return float(self.links.sum() / max(self.links.size, 1))


def blocks(rows: Ints, columns: Ints, *, people: int, popularity: Ints) -> Iterator[list[Block]]:
    """The densest block, then that of the graph without the edges found, and so on until no edge is left.

    Nodes of equal weight are peeled together, so the blocks depend on the graph alone and not on the order of codes.

    Args:
        rows: A person's code for each edge; no edge twice.
        columns: The creator's code for each edge.
        people: How many people there are.
        popularity: Commenters of each creator in the whole corpus.

    Yields:
        Each block in parts that share commenters, the heaviest first.
    """
    weights = _weights(popularity)
    while len(rows):
        nodes = people + len(weights)
        inside = _densest(rows, people + columns, weights[columns], nodes)
        edge = inside[rows] & inside[people + columns]
        yield _parts(rows[edge], columns[edge])
        rows, columns = rows[~edge], columns[~edge]


def circles(sources: Ints, targets: Ints, *, popularity: Ints) -> Iterator[list[Ints]]:
    """The densest group of creators who comment under each other's posts, then that of the rest, and so on.

    As `blocks`, but each creator is one node, whoever comments: a sparse ring of many is denser than a scrap of it.

    Args:
        sources: Code of the creator who comments, for each tie; no tie twice.
        targets: Code of the creator under whose posts.
        popularity: Commenters of each creator in the whole corpus.

    Yields:
        Each group in connected parts, as ascending codes.
    """
    weights = _weights(popularity)
    while len(sources):
        inside = _densest(sources, targets, weights[targets], len(weights))
        tie = inside[sources] & inside[targets]
        nodes, place = np.unique(np.concatenate([sources[tie], targets[tie]]), return_inverse=True)
        here, there = np.split(place, 2)
        ties = _graph(np.ones(len(here), dtype=np.int64), (here, there), (len(nodes), len(nodes)))
        groups, group = _connected(ties)
        yield [nodes[group == number] for number in range(groups)]
        sources, targets = sources[~tie], targets[~tie]


def links_among(block: Block, places: Ints) -> Matrix:
    """Which of the block's creators (rows) comment under which others (columns), as 0 and 1.

    Args:
        block: A block.
        places: For each person of the block, which of the block's creators that is; -1 where none.
    """
    size = len(block.creators)
    among = np.zeros((size, size), dtype=np.int64)
    fellows = np.flatnonzero(places >= 0)
    among[places[fellows]] = block.links[fellows]
    np.fill_diagonal(among, 0)
    return among


def core(ties: Matrix, least: int) -> Flags:
    """The nodes left when those with fewer than `least` ties to others, or from others, are taken out until none is."""
    left = np.ones(len(ties), dtype=bool)
    while True:
        enough = left & (ties[:, left].sum(axis=1) >= least) & (ties[left].sum(axis=0) >= least)
        if (enough == left).all():
            return left
        left = enough


def _weights(popularity: Ints) -> Ints:
    weights: Ints = np.rint(_UNITS / np.log(popularity + POPULARITY_OFFSET)).astype(np.int64)
    return weights


def _densest(one: Ints, other: Ints, weight: Ints, nodes: int) -> Flags:
    """Which nodes remain where the weight of edges for each node is greatest."""
    ends = np.concatenate([one, other]), np.concatenate([other, one])
    graph = _graph(np.concatenate([weight, weight]), ends, (nodes, nodes))
    loads = graph.sum(axis=1).astype(np.int64)
    removed = _peeled(graph, loads.tolist())
    inside: Flags = loads > 0
    inside[removed] = False
    return inside


def _peeled(graph: sparse.csr_array, loads: list[int]) -> list[int]:
    """The nodes that are peeled off before what remains is densest."""
    starts, neighbours, weights = graph.indptr.tolist(), graph.indices.tolist(), graph.data.tolist()
    heap = [(load, node) for node, load in enumerate(loads) if load > 0]
    heapq.heapify(heap)
    alive = [load > 0 for load in loads]
    count, total = len(heap), sum(loads) // 2
    best_total, best_count, removed, best = total, count, [], 0
    while count:
        for node in _lightest(heap, alive, loads):
            alive[node] = False
            removed.append(node)
            count -= 1
            for place in range(starts[node], starts[node + 1]):
                other = neighbours[place]
                if alive[other]:
                    loads[other] -= weights[place]
                    total -= weights[place]
                    heapq.heappush(heap, (loads[other], other))
        if count and total * best_count > best_total * count:
            best_total, best_count, best = total, count, len(removed)
    return removed[:best]


def _lightest(heap: list[tuple[int, int]], alive: list[bool], loads: list[int]) -> set[int]:
    """All nodes of the least load, off the heap; none where its head was out of date."""
    least = heap[0][0]
    lightest = set()
    while heap and heap[0][0] == least:
        load, node = heapq.heappop(heap)
        if alive[node] and loads[node] == load:
            lightest.add(node)
    return lightest


def _parts(rows: Ints, columns: Ints) -> list[Block]:
    """The block's creators in groups that share commenters, each with everybody who comments under one of them."""
    people, row = np.unique(rows, return_inverse=True)
    creators, column = np.unique(columns, return_inverse=True)
    links = _graph(np.ones(len(row), dtype=np.int64), (row, column), (len(people), len(creators)))
    shared = (links.T @ links).tocoo()
    sizes: Ints = links.sum(axis=0)
    near = shared.data >= ALIKE_CREATORS * np.minimum(sizes[shared.row], sizes[shared.col])
    groups, group = _connected(_graph(shared.data[near], (shared.row[near], shared.col[near]), shared.shape))
    parts = []
    for number in range(groups):
        inside = np.flatnonzero(group == number)
        part = links[:, inside]
        present = np.flatnonzero(part.sum(axis=1))
        parts.append(Block(creators[inside], people[present], part[present].toarray()))
    return sorted(parts, key=lambda part: (-int(part.links.sum()), int(part.creators[0])))


def _graph(weights: Ints, ends: tuple[Ints, Ints], shape: tuple[int, int]) -> sparse.csr_array:
    from scipy import sparse  # takes its time to load, and who scores creators looks for no blocks

    return sparse.csr_array((weights, ends), shape=shape)


def _connected(graph: sparse.csr_array) -> tuple[int, NDArray[np.int32]]:
    """How many connected groups of nodes there are, and the group of each node."""
    from scipy.sparse import csgraph

    groups, group = csgraph.connected_components(graph, directed=False)
    return groups, group
