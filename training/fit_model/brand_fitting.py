"""Learning brand topics: ridge regression from text to brands and niches, cut to its main directions.

A target is a column of 0 and 1 over creators, centred and divided by the square root of its mean, as correspondence
analysis weighs columns, so that small brands count as well as large ones. Each target is a regression of its own; a
brand is left out by leaving out its column, so cross-validation needs one fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.matching.brand_topics import BrandTopics, PastBrands, split
from models.texts.space import unit_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]

DIMENSIONS = 128
FEWEST_TAGGERS = 3  # of a brand, for it to be a target, or to be among the past brands
MOST_BRANDS = 500
MOST_LEARNT = 8_000  # creators; the solution takes their number cubed
RIDGE = 20.0
NICHE_WEIGHT = 2.0


@dataclass(frozen=True, eq=False)
class Leanings:
    """Linear predictions of every target.

    Attributes:
        words: Terms x targets, of TF-IDF over words.
        grams: The same over n-grams.
        offset: One a target.
        brands: The brand of each target; None where it is a niche.
        talk: What each prediction counts in how much a creator is like those who tag brands.
        spread: Targets x targets, the products of the predictions summed over the creators learnt from.
    """

    words: Singles
    grams: Singles
    offset: Singles
    brands: tuple[str | None, ...]
    talk: Singles
    spread: Floats

    def predictions(self, words: sparse.csr_array, grams: sparse.csr_array) -> Singles:
        """Documents x targets; zeros for documents without known terms."""
        found = np.asarray(words @ self.words + grams @ self.grams + self.offset, dtype=np.float32)
        found[np.diff(grams.indptr) == 0] = 0.0
        return found

    def directions(self, without: Collection[str] = ()) -> Singles:
        """Targets x (topics + 1): what turns predictions into brand topics and `talk`, blind to some brands."""
        kept = np.array([brand is None or brand not in without for brand in self.brands], dtype=np.bool_)
        values, vectors = np.linalg.eigh(self.spread[np.ix_(kept, kept)])
        first = vectors[:, ::-1][:, : int(min(DIMENSIONS, (values > 1e-9).sum()))]
        turn = np.zeros((len(kept), first.shape[1] + 1), dtype=np.float32)
        turn[kept, :-1] = first * np.where(first.sum(axis=0) < 0, -1.0, 1.0)
        turn[kept, -1] = self.talk[kept]
        return turn

    def topics(self) -> BrandTopics:
        """The map that a bundle keeps."""
        turn = self.directions()
        return BrandTopics(self.words @ turn, self.grams @ turn, self.offset @ turn)


def fit_leanings(
    words: sparse.csr_array,
    grams: sparse.csr_array,
    tagged: Mapping[str, Sequence[int]],
    niches: Mapping[str, Sequence[int]],
    seed: int,
) -> Leanings | None:
    """Learn from creators' TF-IDF, the rows that go with each brand, and those of each niche.

    None where there is nothing to learn: no brand of `FEWEST_TAGGERS` rows, and no two niches.
    """
    brands = _commonest(tagged)
    if not brands and len(niches) < 2:
        return None
    rows = np.sort(np.random.default_rng(seed).permutation(words.shape[0])[:MOST_LEARNT])
    label = np.zeros((words.shape[0], len(brands) + len(niches)))
    for column, own in enumerate([*(tagged[brand] for brand in brands), *niches.values()]):
        label[list(own), column] = 1.0
    label = label[rows]
    mean = label.mean(axis=0)
    label = (label - mean) / np.sqrt(np.maximum(mean, 1.0 / len(rows)))
    label[:, len(brands) :] *= NICHE_WEIGHT
    talk = np.sqrt(mean)
    talk[len(brands) :] = 0.0
    own_words, own_grams = words[rows], grams[rows]
    weights, spread = _ridge(own_words, own_grams, label)
    single = weights.astype(np.float32)
    return Leanings(
        words=np.asarray(own_words.T @ single),
        grams=np.asarray(own_grams.T @ single),
        offset=weights.sum(axis=0).astype(np.float32),
        brands=(*brands, *(None for _ in niches)),
        talk=talk.astype(np.float32),
        spread=spread,
    )


def _commonest(tagged: Mapping[str, Sequence[int]]) -> list[str]:
    """The brands that are targets, by name."""
    ranked = sorted(
        (brand for brand, own in tagged.items() if len(own) >= FEWEST_TAGGERS),
        key=lambda brand: (-len(tagged[brand]), brand),
    )
    return sorted(ranked[:MOST_BRANDS])


def _ridge(words: sparse.csr_array, grams: sparse.csr_array, label: Floats) -> tuple[Floats, Floats]:
    """Creators x targets: the weights of ridge regression in its dual form; and `Leanings.spread`."""
    from scipy.linalg import cho_factor, cho_solve
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

    product = np.asarray((words @ words.T + grams @ grams.T).toarray(), dtype=np.float64) + 1.0
    with threadpool_limits(1):  # the last bits depend on the number of threads
        weights = cho_solve(cho_factor(product + RIDGE * np.eye(len(label))), label)
        fitted = product @ weights
        spread = fitted.T @ fitted
    return weights, spread


def past_brands(tagged: Mapping[str, Sequence[int]], topics: Singles) -> PastBrands:
    """The brands that `FEWEST_TAGGERS` creators tag, each at the mean of their brand topics."""
    names = sorted(brand for brand, own in tagged.items() if len(own) >= FEWEST_TAGGERS)
    if not names or not topics.shape[1]:
        return PastBrands.none(topics.shape[1])
    means = np.array([topics[list(tagged[name])].mean(axis=0) for name in names], dtype=np.float32)
    return PastBrands(pl.Series(names, dtype=pl.String), unit_rows(means))


def turned(predictions: Singles, turn: Singles) -> tuple[Singles, Singles]:
    """Brand topics and leaning of documents, from their predictions and `Leanings.directions`."""
    return split(np.asarray(predictions @ turn, dtype=np.float32))
