"""Brief and creator as a pair: the features that the fit model sees, each with its unit and one sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.documents import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    from features.signal import Direction
    from models.documents import Brief
    from models.text import TextVectors

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PairFeature:
    """One number about a brief and a creator. The model is held to `direction`: 1 may only raise the fit."""

    name: str
    unit: str
    direction: Direction
    sentence: str


PAIR_FEATURES: tuple[PairFeature, ...] = (
    PairFeature("words", "cosine", 1, "The creator uses the brief's words, the rarer the more they count."),
    PairFeature("topics", "cosine", 1, "The creator writes about the brief's topics, if in other words."),
    PairFeature("spelling", "cosine", 1, "Parts of words agree, so inflections and related languages count."),
    PairFeature("spelling_topics", "cosine", 1, "Topics agree as seen through parts of words, in any script."),
    PairFeature("hashtags", "cosine", 1, "The creator's hashtags are words of the brief."),
    PairFeature("brand_posts", "cosine", 1, "The creator writes about what the brand's own posts are about."),
    PairFeature("example_creators", "cosine", 1, "The creator writes like the most similar of the brief's examples."),
    PairFeature("niche", "cosine", 1, "The creator's niches are those the brief asks for or speaks of."),
    PairFeature("tier", "0 or 1", 1, "The creator's follower tier is among those wanted."),
    PairFeature("platform", "0 or 1", 1, "The creator's platform is among those wanted."),
    PairFeature("country", "0 or 1", 1, "The creator's country is among those wanted."),
    PairFeature("language", "0 or 1", 1, "The creator's language is among those wanted."),
    PairFeature("engagement", "percentile", 0, "Engagement against peers of the same platform and size."),
    PairFeature("sponsored_share", "share", 0, "Share of the creator's posts that are sponsored."),
    PairFeature("days_since_last_post", "days", -1, "Days without a post when the creator was observed."),
)
PAIR_FEATURE_NAMES = tuple(feature.name for feature in PAIR_FEATURES)

TRAITS = pl.Schema(
    {
        "creator_id": pl.String(),
        "platform": pl.String(),
        "tier": pl.String(),
        "country": pl.String(),
        "language": pl.String(),
        "engagement": pl.Float64(),
        "sponsored_share": pl.Float64(),
        "days_since_last_post": pl.Float64(),
        "brands": pl.List(pl.String()),  # tagged or declared as sponsors, lower case
    }
)
"""What a pair needs to know of a creator beside texts; null where not known."""

WANTED = {"tier": "tiers", "platform": "platforms", "country": "countries", "language": "languages"}
"""A trait and the brief's list that it is looked up in."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Creators as the fit model sees them, one row each in every part: traits, text vectors, niche weights."""

    traits: pl.DataFrame
    vectors: TextVectors
    hashtags: sparse.csr_array
    niches: Floats

    def __len__(self) -> int:
        """Number of creators."""
        return self.traits.height

    @property
    def creator_ids(self) -> list[str]:
        """The creators, in order."""
        return self.traits["creator_id"].to_list()

    def take(self, rows: NDArray[np.int64]) -> Candidates:
        """These rows, in this order."""
        return Candidates(self.traits[rows], self.vectors.take(rows), self.hashtags[rows], self.niches[rows])

    def with_niches(self, niches: Floats) -> Candidates:
        """The same creators with other niche weights."""
        return replace(self, niches=niches)


@dataclass(frozen=True, eq=False)
class Wish:
    """A brief as the fit model sees it: its row, its text and its brand's posts (one row each), examples, niches."""

    brief: Brief
    text: TextVectors
    brand: TextVectors
    examples: TextVectors
    niches: Floats


def pair_features(wish: Wish, candidates: Candidates) -> pl.DataFrame:
    """One row a candidate, one Float64 column a feature of `PAIR_FEATURES`.

    Null means that brief or creator do not say: no text, no known word, no list in the brief, no such signal.
    """
    text, vectors = wish.text, candidates.vectors
    columns = {
        "words": sparse_cosine(text.words, vectors.words),
        "topics": dense_cosine(text.word_topics[0], vectors.word_topics),
        "spelling": sparse_cosine(text.grams, vectors.grams),
        "spelling_topics": dense_cosine(text.gram_topics[0], vectors.gram_topics),
        "hashtags": sparse_cosine(text.words, candidates.hashtags),
        "brand_posts": dense_cosine(wish.brand.word_topics[0], vectors.word_topics),
        "example_creators": _closest(wish.examples.word_topics, vectors.word_topics),
        "niche": dense_cosine(wish.niches, candidates.niches),
    }
    matches = [_match(trait, texts(wish.brief, wanted)) for trait, wanted in WANTED.items()]
    return (
        candidates.traits.with_columns(*matches)
        .with_columns(pl.Series(name, values, dtype=pl.Float64, nan_to_null=True) for name, values in columns.items())
        .select(PAIR_FEATURE_NAMES)
    )


def sparse_cosine(one: sparse.csr_array, many: sparse.csr_array) -> Floats:
    """Cosine of one row with many, all of length 1 or 0; NaN where either has length 0."""
    cosine = many @ one.toarray()[0]
    silent = np.diff(many.indptr) == 0
    return np.where(silent | (one.nnz == 0), np.nan, cosine)


def dense_cosine(one: Floats, many: Floats) -> Floats:
    """Cosine of one vector with many; NaN where either has length 0. The same bits for one as for thousands."""
    lengths = np.sqrt((many * many).sum(axis=1)) * np.sqrt((one * one).sum())
    cosine: Floats = np.divide((many * one).sum(axis=1), lengths, out=np.full(len(many), np.nan), where=lengths > 0)
    return cosine


def _closest(examples: Floats, many: Floats) -> Floats:
    """Largest cosine with any of the examples; NaN where there is none to compare."""
    largest = np.full(len(many), np.nan)
    for example in examples:
        largest = np.fmax(largest, dense_cosine(example, many))
    return largest


def _match(trait: str, wanted: Sequence[str]) -> pl.Expr:
    if not wanted:
        return pl.lit(None, dtype=pl.Float64).alias(trait)
    asked = [value.lower() for value in wanted]
    return pl.col(trait).str.to_lowercase().is_in(asked).cast(pl.Float64).alias(trait)
