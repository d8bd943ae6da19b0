"""Niches of a text: a linear classifier over its topics, with the names of its taxonomy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST_LABELS = 5  # creators of a niche, for it to be learnt
INVERSE_PENALTY = 10.0


@dataclass(frozen=True, eq=False)
class Niches:
    """Softmax regression; `slopes` is topics x niches. Without names it knows no niche and says nothing."""

    names: tuple[str, ...]
    slopes: Floats
    intercepts: Floats

    @classmethod
    def none(cls) -> Niches:
        """The classifier of a corpus without labels."""
        return cls((), np.zeros((0, 0)), np.zeros(0))

    @classmethod
    def fit(cls, topics: Floats, labels: Sequence[Sequence[str]]) -> Niches:
        """Fit on the topics of documents and the niches of each; rows without a label are left out."""
        from sklearn.linear_model import LogisticRegression
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

        rows, names = _examples(topics, labels)
        known, number = np.unique(names, return_counts=True)
        kept = np.isin(names, known[number >= FEWEST_LABELS])
        if topics.shape[1] == 0 or len(np.unique(names[kept])) < 2:
            return cls.none()
        with threadpool_limits(1):  # matrices this small only lose time to threads
            model = LogisticRegression(C=INVERSE_PENALTY, max_iter=200, tol=1e-3).fit(topics[rows[kept]], names[kept])
        slopes, intercepts = model.coef_.T, model.intercept_
        if len(model.classes_) == 2:  # one column then, the second class's
            slopes, intercepts = np.hstack([-slopes, slopes]) / 2, np.hstack([-intercepts, intercepts]) / 2
        return cls(tuple(str(name) for name in model.classes_), np.ascontiguousarray(slopes), intercepts)

    def weights(self, topics: Floats) -> Floats:
        """Documents x niches, each row summing to 1; rows of zeros for documents without known terms."""
        if not self.names:
            return np.zeros((len(topics), 0))
        # A sparse product adds up row by row: the same bits for one document as for thousands.
        scores = np.asarray(sparse.csr_array(topics) @ self.slopes + self.intercepts, dtype=np.float64)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights: Floats = np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)
        weights[~topics.any(axis=1)] = 0.0
        return weights

    def named(self, wanted: Sequence[str]) -> Floats:
        """Equal weights on the niches of these names, letter case aside; zeros where none is known."""
        asked = {name.casefold() for name in wanted}
        chosen = np.array([name.casefold() in asked for name in self.names], dtype=np.float64)
        return chosen / max(float(chosen.sum()), 1.0)

    def save(self, folder: Path) -> None:
        """Write the names as JSON and the coefficients as NumPy arrays."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "taxonomy.json").write_text(json.dumps(self.names, ensure_ascii=False) + "\n", encoding="utf-8")
        np.save(folder / "slopes.npy", self.slopes, allow_pickle=False)
        np.save(folder / "intercepts.npy", self.intercepts, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Niches:
        """Read what `save` wrote."""
        names = tuple(json.loads((folder / "taxonomy.json").read_text(encoding="utf-8")))
        slopes = np.load(folder / "slopes.npy", allow_pickle=False)
        return cls(names, slopes, np.load(folder / "intercepts.npy", allow_pickle=False))


def labels_of(creator_ids: Sequence[str], niches: pl.DataFrame) -> list[list[str]]:
    """The niches of each creator from the table `niches`, in the order of the ids; empty where it has none."""
    by_creator = niches.group_by("creator_id").agg(pl.col("niche").sort())
    found = dict(zip(by_creator["creator_id"].to_list(), by_creator["niche"].to_list(), strict=True))
    return [found.get(creator_id, []) for creator_id in creator_ids]


def _examples(topics: Floats, labels: Sequence[Sequence[str]]) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    pairs = [(row, name) for row, names in enumerate(labels) for name in names if topics[row].any()]
    rows = np.array([row for row, _ in pairs], dtype=np.int64)
    return rows, np.array([name for _, name in pairs], dtype=np.str_)
