"""The text space: TF-IDF over words and over character n-grams, each with its latent topics (TF-IDF + SVD = LSA).

Words are runs of letters, marks and digits of any script, in NFKC form and lower case. Character n-grams are taken
inside words, so they work where a script writes no spaces and where a language inflects. Brand topics are learnt from
both (`models.matching.brand_topics`). A vector depends on its own document and the fitted space only, to the last bit,
never on the documents beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy import sparse

from models.matching.brand_topics import BrandTopics
from models.texts.few_texts import counted
from models.texts.terms import term_matrix, told_words
from models.texts.word_grams import UNSPACED, WordGrams

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]

GRAM_SIZES = (3, 4)
MOST_TERMS = 40_000
MOST_READ = 100_000_000  # characters of a corpus that a space is fitted on
DIMENSIONS = 64
LEAST_DOCUMENTS = 3  # a term must occur in, once the corpus has SMALL_CORPUS documents
SMALL_CORPUS = 300
UNKNOWN = -1  # the place of a word that is not among the terms


@dataclass(frozen=True, eq=False)
class Channel:
    """Weighted terms and their latent topics: `terms` sorted, `idf` one a term, `basis` terms x topics."""

    terms: pl.Series
    idf: Floats
    basis: NDArray[np.float32]

    @classmethod
    def fit(cls, terms: pl.Series, counts: sparse.csr_array, seed: int) -> Channel:
        """Keep the commonest terms of `counts` (documents x terms), weigh them, and find their topics."""
        documents = counts.shape[0]
        frequency = np.bincount(counts.indices, minlength=len(terms))
        least = LEAST_DOCUMENTS if documents >= SMALL_CORPUS else 1
        ranked = np.lexsort((np.arange(len(terms)), -frequency))
        kept = np.sort(ranked[frequency[ranked] >= least][:MOST_TERMS])
        idf = np.log((1 + documents) / (1 + frequency[kept])) + 1
        bare = cls(terms.gather(kept), idf, np.zeros((len(kept), 0), dtype=np.float32))
        return cls(bare.terms, idf, _topics_basis(bare.weigh(counts[:, kept]), seed))

    def weigh(self, counts: sparse.csr_array) -> sparse.csr_array:
        """TF-IDF with sublinear counts, rows of length 1 (0 for a document without known terms)."""
        rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        values = (1 + np.log(counts.data)) * self.idf[counts.indices]
        lengths = np.sqrt(np.bincount(rows, values**2, minlength=counts.shape[0]))
        unit = (values / lengths[rows]).astype(np.float32)
        return sparse.csr_array((unit, counts.indices, counts.indptr), shape=counts.shape)

    def places(self, words: Sequence[str]) -> NDArray[np.int32]:
        """Where each word stands among the terms, `UNKNOWN` where it does not; of a few words."""
        return np.array([self._places.get(word, UNKNOWN) for word in words], dtype=np.int32)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {term: place for place, term in enumerate(self.terms.to_list())}

    def topics(self, weights: sparse.csr_array) -> Singles:
        """Documents x topics, rows of length 1 (0 for a document without known terms)."""
        return unit_rows(np.asarray(weights @ self.basis, dtype=np.float32))


@dataclass(frozen=True, eq=False)
class TextVectors:
    """Documents in the text space, a row each: TF-IDF of words and of n-grams, and the topics of both.

    `brand_topics` and `leaning` are as `BrandTopics.project` gives them.
    """

    words: sparse.csr_array
    grams: sparse.csr_array
    word_topics: Singles
    gram_topics: Singles
    brand_topics: Singles
    leaning: Singles

    @property
    def topics(self) -> Singles:
        """Topics of words and of n-grams side by side."""
        return np.hstack([self.word_topics, self.gram_topics])

    def row(self, place: int) -> TextVectors:
        """The document in this place."""
        one = slice(place, place + 1)
        return TextVectors(
            _row(self.words, place),
            _row(self.grams, place),
            self.word_topics[one],
            self.gram_topics[one],
            self.brand_topics[one],
            self.leaning[one],
        )

    def take(self, rows: NDArray[np.int64]) -> TextVectors:
        """The documents of these rows, in this order."""
        return TextVectors(
            self.words[rows],
            self.grams[rows],
            self.word_topics[rows],
            self.gram_topics[rows],
            self.brand_topics[rows],
            self.leaning[rows],
        )


@dataclass(frozen=True, eq=False)
class TextSpace:
    """A fitted text space."""

    words: Channel
    grams: Channel
    brands: BrandTopics

    @classmethod
    def fit(cls, documents: pl.Series, seed: int = 0) -> TextSpace:
        """Fit on a corpus of documents (a series of strings), without brands.

        Of more than `MOST_READ` characters a sample is read. Less will not do: what a narrow niche calls its things is
        said by a handful of creators, and of these a sample of a third has too few to know the word by.
        """
        said = documents.filter(documents.str.len_chars() > 0)
        share = min(1.0, MOST_READ / max(int(said.str.len_chars().sum()), 1))
        sample = said.sample(int(share * len(said)), seed=seed)
        told = told_words(sample)
        every_word = told["term"].unique().sort()
        words = term_matrix(told, len(sample), every_word)
        every_gram = _grams(every_word)
        of_words = WordGrams(every_gram).counts(every_word.to_list())
        channels = Channel.fit(every_word, words, seed), Channel.fit(every_gram, _product(words, of_words), seed)
        return cls(*channels, BrandTopics.none(*(len(channel.terms) for channel in channels)))

    def transform(self, documents: Sequence[str] | pl.Series) -> TextVectors:
        """Vectors of the documents, in their order."""
        few = counted(list(documents))
        if few is None:
            return self.of_words(told_words(pl.Series(documents, dtype=pl.String)), len(documents))
        words, counts = few
        return self._vectors(words, counts, self.words.places(words))

    def of_words(self, told: pl.DataFrame, documents: int) -> TextVectors:
        """Vectors of so many documents, of which `models.texts.terms.told_words` tells."""
        words = told["term"].unique().sort()
        places = pl.DataFrame({"word": self.words.terms, "place": np.arange(len(self.words.terms), dtype=np.int32)})
        joined = pl.DataFrame({"word": words}).join(places, on="word", how="left", maintain_order="left")
        known = joined["place"].fill_null(UNKNOWN).to_numpy()
        return self._vectors(words.to_list(), term_matrix(told, documents, words), known)

    def _vectors(self, every_word: Sequence[str], counts: sparse.csr_array, places: NDArray[np.int32]) -> TextVectors:
        """Vectors of documents.

        Args:
            every_word: Their words, ascending.
            counts: How often each document has each.
            places: Where each word stands among the known ones, `UNKNOWN` where it does not.
        """
        words = self.words.weigh(_moved(counts, places, len(self.words.terms)))
        grams = self.grams.weigh(_product(counts, self._known_grams.counts(every_word)))
        brands = self.brands.project(words, grams)
        return TextVectors(words, grams, self.words.topics(words), self.grams.topics(grams), *brands)

    def word_vectors(self, documents: Sequence[str] | pl.Series) -> sparse.csr_array:
        """TF-IDF of the documents' words alone."""
        told = told_words(pl.Series(documents, dtype=pl.String))
        return self.words.weigh(term_matrix(told, len(documents), self.words.terms))

    @cached_property
    def _known_grams(self) -> WordGrams:
        return WordGrams(self.grams.terms)

    def save(self, folder: Path) -> None:
        """Write the space as Parquet (terms, idf) and NumPy arrays (topics)."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, channel in (("words", self.words), ("grams", self.grams)):
            pl.DataFrame({"term": channel.terms, "idf": channel.idf}).write_parquet(folder / f"{name}.parquet")
            np.save(folder / f"{name}.npy", channel.basis, allow_pickle=False)
        self.brands.save(folder)

    @classmethod
    def load(cls, folder: Path) -> TextSpace:
        """Read a space that `save` wrote."""

        def channel(name: str) -> Channel:
            terms = pl.read_parquet(folder / f"{name}.parquet", glob=False)
            basis = np.load(folder / f"{name}.npy", allow_pickle=False)
            return Channel(terms["term"], terms["idf"].to_numpy(), basis)

        return cls(channel("words"), channel("grams"), BrandTopics.load(folder))


def unit_rows(matrix: Singles) -> Singles:
    """The rows at length 1; rows of zeros stay as they are."""
    lengths = np.sqrt((matrix * matrix).sum(axis=1, keepdims=True))
    unit: Singles = np.divide(matrix, lengths, out=np.zeros_like(matrix), where=lengths > 0)
    return unit


def _row(matrix: sparse.csr_array, place: int) -> sparse.csr_array:
    """One row of a matrix; SciPy's own way to it takes five times as long."""
    start, end = matrix.indptr[place : place + 2].tolist()
    ends = np.array([0, end - start], dtype=matrix.indptr.dtype)
    return sparse.csr_array((matrix.data[start:end], matrix.indices[start:end], ends), shape=(1, matrix.shape[1]))


def _topics_basis(weights: sparse.csr_array, seed: int) -> NDArray[np.float32]:
    from sklearn.decomposition import TruncatedSVD

    dimensions = min(DIMENSIONS, min(weights.shape) - 1)
    if dimensions < 1 or weights.nnz == 0:
        return np.zeros((weights.shape[1], 0), dtype=np.float32)
    svd = TruncatedSVD(dimensions, n_iter=2, random_state=seed)
    with np.errstate(
        invalid="ignore", divide="ignore"
    ):  # it also divides by the variance, which equal documents do not have
        components = svd.fit(sparse.csr_matrix(weights, dtype=np.float32)).components_
    return np.ascontiguousarray(components.T, dtype=np.float32)


def _grams(words: pl.Series) -> pl.Series:
    """The n-grams that occur in the words with a blank at both ends, sorted."""
    padded = pl.LazyFrame({"text": words}).select(text=pl.format(" {} ", "text"))
    unspaced = padded.filter(pl.col("text").str.contains(UNSPACED))
    cut = [
        source.with_columns(start=pl.int_ranges(0, pl.col("text").str.len_chars() - (size - 1)))
        .explode("start")
        .drop_nulls()
        .select(gram=pl.col("text").str.slice(pl.col("start"), size))
        for source, size in ((unspaced, 2), *((padded, size) for size in GRAM_SIZES))
    ]
    return pl.concat(cut).unique().sort("gram").collect().to_series()


def _moved(counts: sparse.csr_array, places: NDArray[np.int32], columns: int) -> sparse.csr_array:
    """The columns brought to their places, which ascend; without those at `UNKNOWN`."""
    place = places[counts.indices]
    known = place != UNKNOWN
    starts = np.concatenate([np.zeros(1, dtype=np.int32), np.cumsum(known, dtype=np.int32)])[counts.indptr]
    return sparse.csr_array((counts.data[known], place[known], starts), shape=(counts.shape[0], columns))


def _product(left: sparse.csr_array, right: sparse.csr_array) -> sparse.csr_array:
    product = sparse.csr_array(left @ right)
    product.sort_indices()
    return product
