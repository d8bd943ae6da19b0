"""Niches of a creator: a linear classifier over words, parts of words and marks, with a taxonomy's names.

The scores of a document are those of one-against-the-rest logistic regressions plus
`training.fit_model.niche_fitting.BAYES` times those of complement naive Bayes (Rennie et al. 2003), which is as linear;
both are kept as one number a term and niche. Weights are a softmax of the scores, calibrated on held-out ones by a
temperature (Guo et al. 2017) that rises with how far apart a document's scores lie, so the order of niches stays that
of the scores.

A weight depends on its own document and the fitted classifier only, to the last bit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy import sparse

from models.matching.taxonomy import Niche, Taxonomy
from models.texts.marks import told_marks
from models.texts.space import Channel
from models.texts.terms import term_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from models.texts.space import TextVectors

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]

PARTS = ("words", "grams", "marks")

LEAST_KNOWN = 4
"""Known words and marks; with fewer the first niche is right no more often than the commonest would be."""

PARTS_OF_A_WORD = 12
"""Known parts of words that count as one word: new words of a known language, and scripts that write no spaces."""


@dataclass(frozen=True, eq=False)
class Niches:
    """A fitted classifier; `training.fit_model.niche_fitting` makes one. Without niches it says nothing.

    Attributes:
        taxonomy: The niches that it learnt, in order.
        marks: The marks that it knows, weighted.
        slopes: Terms x niches, of words, parts of words and marks.
        intercepts: One a niche.
        calibration: See `calibrated`.
    """

    taxonomy: Taxonomy
    marks: Channel
    slopes: tuple[Singles, Singles, Singles]
    intercepts: Floats
    calibration: tuple[float, float]

    @classmethod
    def none(cls) -> Niches:
        """The classifier of a corpus without labels."""
        nothing = np.zeros((0, 0), dtype=np.float32)
        marks = Channel(pl.Series([], dtype=pl.String), np.zeros(0), nothing)
        return cls(Taxonomy(()), marks, (nothing, nothing, nothing), np.zeros(0), (1.0, 0.0))

    @property
    def names(self) -> tuple[str, ...]:
        """The niches' names, in the order of the weights."""
        return self.taxonomy.names

    def weights(self, vectors: TextVectors, marks: pl.Series) -> Floats:
        """Documents x niches, each row summing to 1, also where nothing is known: then it is what most are like.

        Args:
            vectors: The documents in the text space that the classifier was fitted on.
            marks: Their marks, a list each; see `models.texts.marks`.
        """
        return self._weights(vectors, self._marks(marks))

    def said(self, vectors: TextVectors, marks: pl.Series) -> Floats:
        """`weights`, with rows of zeros for documents without any known term."""
        found = self._marks(marks)
        weights = self._weights(vectors, found)
        parts = (vectors.words, vectors.grams, found)
        weights[sum(np.diff(part.indptr) for part in parts) == 0] = 0.0
        return weights

    def unknown(self, vectors: TextVectors, marks: pl.Series) -> NDArray[np.bool_]:
        """Documents with less than `LEAST_KNOWN` `known`: their weights tell next to nothing."""
        return self.known(vectors, marks) < LEAST_KNOWN

    def known(self, vectors: TextVectors, marks: pl.Series) -> NDArray[np.int64]:
        """Number of different words and marks of each document that the classifier knows; see `PARTS_OF_A_WORD`."""
        words, parts, found = (np.diff(part.indptr) for part in (vectors.words, vectors.grams, self._marks(marks)))
        return np.asarray(np.maximum(words, parts // PARTS_OF_A_WORD) + found, dtype=np.int64)

    def scores(self, vectors: TextVectors, marks: pl.Series) -> Floats:
        """Documents x niches before the softmax."""
        return self._scores(vectors, self._marks(marks))

    def named(self, wanted: Sequence[str]) -> Floats:
        """Equal weights on the niches of these names or aliases; zeros where none is known."""
        asked = {self.taxonomy.name_of(name) for name in wanted}
        chosen = np.array([name in asked for name in self.names], dtype=np.float64)
        return chosen / max(float(chosen.sum()), 1.0)

    def save(self, folder: Path) -> None:
        """Write the taxonomy as JSON, the marks as Parquet and the coefficients as NumPy arrays."""
        folder.mkdir(parents=True, exist_ok=True)
        niches = [niche.model_dump(mode="json") for niche in self.taxonomy.niches]
        facts = {"niches": niches, "intercepts": self.intercepts.tolist(), "calibration": self.calibration}
        (folder / "taxonomy.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")
        pl.DataFrame({"term": self.marks.terms, "idf": self.marks.idf}).write_parquet(folder / "marks.parquet")
        for name, slopes in zip(PARTS, self.slopes, strict=True):
            np.save(folder / f"{name}.npy", slopes, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Niches:
        """Read a classifier that `save` wrote."""
        facts = json.loads((folder / "taxonomy.json").read_text("utf-8"))
        marks = pl.read_parquet(folder / "marks.parquet", glob=False)
        words, grams, of_marks = (np.load(folder / f"{name}.npy", allow_pickle=False) for name in PARTS)
        steepness, damping = facts["calibration"]
        return cls(
            Taxonomy(tuple(Niche.model_validate(niche) for niche in facts["niches"])),
            Channel(marks["term"], marks["idf"].to_numpy(), np.zeros((marks.height, 0), dtype=np.float32)),
            (words, grams, of_marks),
            np.array(facts["intercepts"], dtype=np.float64),
            (steepness, damping),
        )

    def _weights(self, vectors: TextVectors, marks: sparse.csr_array) -> Floats:
        if not self.names:
            return np.zeros((marks.shape[0], 0))
        return calibrated(self._scores(vectors, marks), *self.calibration)

    def _scores(self, vectors: TextVectors, marks: sparse.csr_array) -> Floats:
        parts = zip((vectors.words, vectors.grams, marks), self.slopes, strict=True)
        return np.asarray(sum(terms @ slopes for terms, slopes in parts) + self.intercepts, dtype=np.float64)

    def _marks(self, marks: pl.Series) -> sparse.csr_array:
        return mark_vectors(self.marks, marks)


def mark_vectors(channel: Channel, marks: pl.Series) -> sparse.csr_array:
    """TF-IDF of documents' marks (a list each), rows of length 1 or 0."""
    if not marks.list.len().sum():
        nothing = np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int32), np.zeros(len(marks) + 1, dtype=np.int32)
        return sparse.csr_array(nothing, shape=(len(marks), len(channel.terms)))
    return channel.weigh(term_matrix(told_marks(marks), len(marks), channel.terms))


def calibrated(scores: Floats, steepness: float, damping: float) -> Floats:
    """Weights softmax(steepness z / r^damping), with z a row's scores less their mean and r = sqrt(mean z^2)."""
    apart = scores - scores.mean(axis=1, keepdims=True)
    length = np.maximum(np.sqrt((apart * apart).mean(axis=1, keepdims=True)), np.finfo(np.float64).tiny)
    steep = steepness * apart / length**damping
    powers = np.exp(steep - steep.max(axis=1, keepdims=True))
    weights: Floats = powers / powers.sum(axis=1, keepdims=True)
    return weights


def labels_of(creator_ids: Sequence[str], niches: pl.DataFrame) -> list[list[str]]:
    """The niches of each creator from the table `niches`, in the order of the ids; empty where it has none."""
    by_creator = niches.group_by("creator_id").agg(pl.col("niche").sort())
    found = dict(zip(by_creator["creator_id"].to_list(), by_creator["niche"].to_list(), strict=True))
    return [found.get(creator_id, []) for creator_id in creator_ids]
