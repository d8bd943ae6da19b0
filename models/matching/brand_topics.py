"""Brand topics: what creators of the same brands have in common, learnt from whom brands work with.

Topics of LSA explain what texts differ in; most of that tells no brand from another. Brand topics come from a ridge
regression of "does this creator go with that brand" (and "is this creator of that niche") on TF-IDF, reduced to the
directions in which its predictions differ most: reduced-rank regression (Izenman 1975), a linear map as LSA is.
`training.fit_model.brand_fitting` learns it. A brand that it never saw lies among those that it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from scipy import sparse

    Singles = NDArray[np.float32]

PARTS = ("words", "grams", "offset")


@dataclass(frozen=True, eq=False)
class BrandTopics:
    """The linear map. Its last column is `talk`; without columns it says nothing.

    Attributes:
        words: Terms x (topics + 1), of TF-IDF over words.
        grams: The same over n-grams.
        offset: One a column.
    """

    words: Singles
    grams: Singles
    offset: Singles

    @classmethod
    def none(cls, words: int, grams: int) -> BrandTopics:
        """The map of a corpus that says of nobody which brands they go with."""
        empty = np.zeros((0, 0), dtype=np.float32)
        return cls(empty.reshape(words, 0), empty.reshape(grams, 0), np.zeros(0, dtype=np.float32))

    @property
    def dimensions(self) -> int:
        """Number of topics."""
        return max(len(self.offset) - 1, 0)

    def project(self, words: sparse.csr_array, grams: sparse.csr_array) -> tuple[Singles, Singles]:
        """Topics (rows of length 1), and two columns: their length before, and `talk`.

        The length says how plainly a text leans to some brands; `talk` how much it is like texts of those who tag
        brands at all. Texts without known terms have rows of zeros, and of NaN in the two columns.
        """
        leaning = np.full((words.shape[0], 2), np.nan, dtype=np.float32)
        if not len(self.offset):
            return np.zeros((words.shape[0], 0), dtype=np.float32), leaning
        whole = np.asarray(words @ self.words + grams @ self.grams + self.offset, dtype=np.float32)
        whole[np.diff(grams.indptr) == 0] = 0.0
        return split(whole)

    def save(self, folder: Path) -> None:
        """Write the map as NumPy arrays."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in PARTS:
            np.save(folder / f"brand_{name}.npy", getattr(self, name), allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> BrandTopics:
        """Read a map that `save` wrote."""
        return cls(*(np.load(folder / f"brand_{name}.npy", allow_pickle=False) for name in PARTS))


@dataclass(frozen=True, eq=False)
class PastBrands:
    """Brands of the corpus and the word topics of those who tag them: what a creator's past brands are about.

    Attributes:
        names: As in `TRAITS.brands`: lower case, without @.
        topics: Brands x topics, rows of length 1.
    """

    names: pl.Series
    topics: Singles

    @classmethod
    def none(cls, dimensions: int) -> PastBrands:
        """Of a corpus without tagged brands."""
        return cls(pl.Series([], dtype=pl.String), np.zeros((0, dimensions), dtype=np.float32))

    def save(self, folder: Path) -> None:
        """Write names as Parquet and topics as a NumPy array."""
        folder.mkdir(parents=True, exist_ok=True)
        pl.DataFrame({"brand": self.names}).write_parquet(folder / "brands.parquet")
        np.save(folder / "topics.npy", self.topics, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> PastBrands:
        """Read what `save` wrote."""
        names = pl.read_parquet(folder / "brands.parquet", glob=False)["brand"]
        return cls(names, np.load(folder / "topics.npy", allow_pickle=False))


def split(whole: Singles) -> tuple[Singles, Singles]:
    """Columns of topics and of `talk` as `BrandTopics.project` gives them; rows of zeros are silent."""
    topics = whole[:, :-1]
    length = np.sqrt((topics * topics).sum(axis=1))
    unit: Singles = np.divide(topics, length[:, None], out=np.zeros_like(topics), where=length[:, None] > 0)
    leaning = np.column_stack([length, whole[:, -1]])
    leaning[~whole.any(axis=1)] = np.nan
    return unit, leaning
