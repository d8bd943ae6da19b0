"""Greedy peeling on graphs whose densest block is known."""

from __future__ import annotations

import numpy as np

from features.corpus.densest import blocks, circles, core


def edges(*rectangles: tuple[range, range]) -> tuple[np.ndarray, np.ndarray]:
    pairs = sorted({(person, creator) for people, creators in rectangles for person in people for creator in creators})
    rows, columns = np.array(pairs, dtype=np.int64).T
    return rows, columns


def test_the_densest_block_comes_first_and_all_edges_are_used() -> None:
    rows, columns = edges((range(8), range(4)), (range(20, 40), range(5, 6)))
    popularity = np.bincount(columns, minlength=6).astype(np.int64)
    found = list(blocks(rows, columns, people=40, popularity=popularity))
    first = found[0][0]
    assert first.creators.tolist() == [0, 1, 2, 3]
    assert first.people.tolist() == list(range(8))
    assert first.density == 1
    assert sum(int(part.links.sum()) for parts in found for part in parts) == len(rows)


def test_blocks_of_equal_density_come_as_parts() -> None:
    rows, columns = edges((range(6), range(3)), (range(6, 12), range(3, 6)))
    (parts,) = blocks(rows, columns, people=12, popularity=np.full(6, 6))
    assert [part.creators.tolist() for part in parts] == [[0, 1, 2], [3, 4, 5]]


def test_a_popular_creators_edges_weigh_less() -> None:
    rows, columns = edges((range(5), range(3)), (range(10, 15), range(3, 6)))
    found = next(blocks(rows, columns, people=15, popularity=np.array([5, 5, 5, 9_000, 9_000, 9_000])))
    assert found[0].creators.tolist() == [0, 1, 2]


def test_a_sparse_ring_is_found_whole() -> None:
    ring = [(one, (one + step) % 9) for one in range(9) for step in (1, 2, 4)]
    sources, targets = np.array([*ring, (9, 10), (10, 11)], dtype=np.int64).T
    (first,) = next(circles(sources, targets, popularity=np.full(12, 20)))
    assert first.tolist() == list(range(9))


def test_the_core_is_what_is_left_with_enough_ties() -> None:
    ties = np.ones((5, 5), dtype=np.int64) - np.eye(5, dtype=np.int64)
    ties[4, 1:] = ties[1:, 4] = 0
    assert core(ties, 2).tolist() == [True, True, True, True, False]
    assert not core(np.eye(3, k=1, dtype=np.int64), 1).any()


def test_who_is_tied_one_way_alone_is_not_of_the_core() -> None:
    ties = np.ones((5, 5), dtype=np.int64) - np.eye(5, dtype=np.int64)
    ties[4] = 0
    assert core(ties, 2).tolist() == core(ties.T, 2).tolist() == [True, True, True, True, False]
