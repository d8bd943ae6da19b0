"""Raw log odds of many rows by a booster's trees, all trees at once: a third of the time that LightGBM takes.

QuickScorer (C. Lucchese and others, "QuickScorer: a fast algorithm to rank documents with additive ensembles of
regression trees", SIGIR 2015). Of a tree's leaves every split that sends a row to the right rules out those on its
left; the first of what remains is where the row ends. Which leaves the splits on one feature rule out together, in all
trees, follows from how many of their thresholds the value exceeds, and is looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from features.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import lightgbm as lgb
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Masks = NDArray[np.uint32]
    Numbers = NDArray[np.int64]

MOST_LEAVES = 32
"""Of one tree: a bit each."""

AT_ONCE = 256
"""Rows whose masks the processor keeps at hand."""

_ZERO = float(np.float32(1e-35))
"""LightGBM takes numbers as small for 0."""

_UNBOUNDED = 1e300
"""LightGBM writes this threshold where only what is not known goes to the right."""

_ALL = np.uint32(2**MOST_LEAVES - 1)
_ONE = np.uint32(1)


@dataclass(frozen=True)
class _Split:
    """A split of a tree: `value <= threshold` goes to the left, to `count` leaves from number `first` on."""

    tree: int
    feature: int
    threshold: float
    unknown_right: bool
    first: int
    count: int

    @property
    def left_out(self) -> np.uint32:
        """All leaves but those on the left."""
        return np.uint32(~(((1 << self.count) - 1) << self.first) & int(_ALL))


@dataclass(frozen=True, eq=False)
class Trees:
    """A booster's trees, `of` it.

    Attributes:
        thresholds: Of each feature that is split on, by its place: ascending, infinity last.
        remaining: For each of these, leaves that remain: (thresholds + 1) x trees. Row k is that of a value which
            exceeds k thresholds, the last one that of a value which is not known.
        leaves: Values, trees x `MOST_LEAVES`.
    """

    thresholds: dict[int, Floats]
    remaining: dict[int, Masks]
    leaves: Floats

    @classmethod
    def of(cls, booster: lgb.Booster) -> Trees:
        """The trees of a booster; ContractError where they are of another kind than are trained here."""
        trees = [one["tree_structure"] for one in booster.dump_model()["tree_info"]]
        leaves = np.zeros((len(trees), MOST_LEAVES))
        splits: list[_Split] = []
        for number, root in enumerate(trees):
            values: list[float] = []
            splits += _splits(root, number, values)
            if len(values) > MOST_LEAVES:
                raise ContractError(f"a tree of the model has more than {MOST_LEAVES} leaves")
            leaves[number, : len(values)] = values
        thresholds, remaining = {}, {}
        for feature in sorted({split.feature for split in splits}):
            own = [split for split in splits if split.feature == feature]
            thresholds[feature] = np.append(np.unique([split.threshold for split in own]), np.inf)
            remaining[feature] = _remaining(own, thresholds[feature], len(trees))
        return cls(thresholds, remaining, leaves)

    def exceeded(self, rows: Floats) -> dict[int, Numbers]:
        """How many thresholds of each feature the rows' values exceed; one that is not known exceeds all of them.

        Args:
            rows: Rows x features, NaN where not known.
        """
        columns = np.where(np.abs(rows) <= _ZERO, 0.0, rows).T.copy()
        # NaN sorts behind infinity.
        return {feature: np.searchsorted(own, columns[feature]) for feature, own in self.thresholds.items()}

    def raw_log_odds(self, rows: Floats) -> Floats:
        """What the booster predicts, to the last bit: the sum of a leaf of each tree, in their order.

        Args:
            rows: Rows x features, NaN where not known.
        """
        first_leaf = np.arange(len(self.leaves)) * MOST_LEAVES
        found = np.empty(len(rows))
        if not len(rows):
            return found
        common, varied = self._common(self.exceeded(rows))
        for start in range(0, len(rows), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            masks = np.tile(common, (len(found[some]), 1))
            for feature, places in varied.items():
                masks &= self.remaining[feature].take(places[some], axis=0)
            ends = np.bitwise_count((masks - _ONE) & ~masks) + first_leaf
            found[some] = summed(np.ascontiguousarray(self.leaves.take(ends).T))
        return found

    def _common(self, exceeded: dict[int, Numbers]) -> tuple[Masks, dict[int, Numbers]]:
        """Leaves that remain of each tree by the features in which all rows are alike, and the other features.

        Of a ranking's pairs all are alike in what the brief does not ask for.
        """
        common, varied = np.full(len(self.leaves), _ALL), {}
        for feature, places in exceeded.items():
            if (places == places[0]).all():
                common &= self.remaining[feature][places[0]]
            else:
                varied[feature] = places
        return common, varied


def summed(parts: Floats) -> Floats:
    """Sums of the columns, each added up from the first row to the last as LightGBM does, however many there are.

    NumPy takes many columns row by row, but one alone in another order.
    """
    return np.asarray(parts.sum(axis=0) if parts.shape[1] > 1 else np.add.accumulate(parts, axis=0)[-1])


def decision(node: dict[str, Any]) -> tuple[float, bool]:
    """Up to where values go to the left at a split, and whether what is not known goes to the right.

    Raises:
        ContractError: It splits in another way.
    """
    if node["decision_type"] != "<=" or node["missing_type"] == "Zero":
        raise ContractError("the model has splits on categories or takes 0 for unknown")
    threshold = node["threshold"] if node["threshold"] < _UNBOUNDED else np.inf
    # LightGBM takes 0 for NaN at a split that saw none when it was trained.
    return threshold, not node["default_left"] if node["missing_type"] == "NaN" else threshold < 0


def _splits(node: dict[str, Any], tree: int, leaves: list[float]) -> Iterator[_Split]:
    """The splits below a node; the leaves' values are added to those on the left of it."""
    if "left_child" not in node:
        leaves.append(node["leaf_value"])
        return
    first = len(leaves)
    yield from _splits(node["left_child"], tree, leaves)
    threshold, unknown_right = decision(node)
    yield _Split(tree, node["split_feature"], threshold, unknown_right, first, len(leaves) - first)
    yield from _splits(node["right_child"], tree, leaves)


def _remaining(splits: list[_Split], thresholds: Floats, trees: int) -> Masks:
    """`Trees.remaining` of the splits on one feature."""
    found = np.full((len(thresholds) + 1, trees), _ALL)
    for split in splits:
        exceeding = slice(int(np.searchsorted(thresholds, split.threshold)) + 1, len(thresholds))
        found[exceeding, split.tree] &= split.left_out
        if split.unknown_right:
            found[-1, split.tree] &= split.left_out
    return found
