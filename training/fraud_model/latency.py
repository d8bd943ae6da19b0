"""How long the explanation of one row takes, worked out from a booster's size.

Wall time is noisy, and a model must follow from data and seed alone, so the time is not measured while training but
taken from the work that TreeSHAP does: trees x leaves x depth^2 (Lundberg et al. 2020, "From local explanations to
global understanding with explainable AI for trees"), with two constants measured once by `bench/bench_explain.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

A_TREE = 0.6
A_STEP = 0.005
"""Microseconds for each tree, and for each leaf x depth^2 of it, on one core of 2026."""


def explain_microseconds(trees: int, leaves: int, depth: int) -> float:
    """Time of `pred_contrib` for one row.

    Args:
        trees: How many there are.
        leaves: At most so many a tree.
        depth: At most so deep.
    """
    return trees * _a_tree(leaves, depth)


def most_trees(params: Mapping[str, object], budget: float) -> int:
    """How many trees of LightGBM's `num_leaves` and `max_depth` are explained within a budget of microseconds."""
    leaves, depth = (int(str(params[name])) for name in ("num_leaves", "max_depth"))
    return int(budget / _a_tree(leaves, depth))


def _a_tree(leaves: int, depth: int) -> float:
    return A_TREE + A_STEP * (min(leaves, 1 << depth) * depth * depth)
