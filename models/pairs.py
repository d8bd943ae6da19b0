"""Brief and creator as a pair: the features that the fit model sees, each with its unit and one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.documents import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    from features.signal import Direction
    from models.candidates import Candidates
    from models.documents import Brief
    from models.text import TextVectors

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]


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
    PairFeature("passages", "cosine", 1, "The creator writes like the passages of the brief that are nearest."),
    PairFeature("hashtags", "cosine", 1, "The creator's hashtags are words of the brief."),
    PairFeature("brand_posts", "cosine", 1, "The creator writes about what the brand's own posts are about."),
    PairFeature("example_creators", "cosine", 1, "The creator writes like the most similar of the brief's examples."),
    PairFeature("niche", "cosine", 1, "The creator's niches are those the brief asks for or speaks of."),
    PairFeature("brand_topics", "cosine", 1, "The creator is like those whom brands with such briefs work with."),
    PairFeature("brand_leaning", "strength", 1, "How plainly the creator leans to such brands."),
    PairFeature("past_brands", "cosine", 1, "The most similar of the other brands that the creator has tagged."),
    PairFeature("tier", "0 or 1", 1, "The creator's follower tier is among those wanted."),
    PairFeature("platform", "0 or 1", 1, "The creator's platform is among those wanted."),
    PairFeature("country", "0 or 1", 1, "The creator's country is among those wanted."),
    PairFeature("language", "0 or 1", 1, "The creator's language is among those wanted."),
    PairFeature("audience", "share", 1, "Share of the sampled followers who live in the countries wanted."),
    PairFeature("price", "share", -1, "Share of the brief's budget that one post of the creator costs."),
    PairFeature("brand_talk", "strength", 1, "The creator writes like those who tag brands at all."),
    PairFeature("engagement", "percentile", 0, "Engagement against peers of the same platform and size."),
    PairFeature("followers", "followers", 0, "The creator's followers."),
    PairFeature("posts_count", "posts", 0, "Posts of the creator's account."),
    PairFeature("text_length", "letters", 0, "How much text of the creator the similarities rest on."),
    PairFeature("hashtag_rate", "a post", 0, "Hashtags in a post of the creator's."),
    PairFeature("sponsored_share", "share", 0, "Share of the creator's posts that are sponsored."),
    PairFeature("days_since_last_post", "days", -1, "Days without a post when the creator was observed."),
)
PAIR_FEATURE_NAMES = tuple(feature.name for feature in PAIR_FEATURES)

TOLD = (
    "brand_talk",
    "engagement",
    "followers",
    "posts_count",
    "text_length",
    "hashtag_rate",
    "sponsored_share",
    "days_since_last_post",
)
"""Features that are traits of the creator as they are."""

NEAREST = 5
"""Passages of a brief that count: those most like what the creator writes."""

WANTED = {"tier": "tiers", "platform": "platforms", "country": "countries", "language": "languages"}
"""A trait and the brief's list that it is looked up in."""


@dataclass(frozen=True, eq=False)
class Wish:
    """A brief as the fit model sees it.

    Attributes:
        brief: Its row.
        text: What it says, one row.
        brand: Its brand's posts, one row.
        passages: N-gram topics of its passages, a row each.
        examples: Word topics of its example creators, a row each.
        niches: Their weights.
        past: Known brands but its own, and how similar its text is to what they are about: `brand`, `cosine`.
    """

    brief: Brief
    text: TextVectors
    brand: TextVectors
    passages: Singles
    examples: Singles
    niches: Singles
    past: pl.DataFrame


def pair_features(wish: Wish, candidates: Candidates) -> pl.DataFrame:
    """One row a candidate, one Float64 column a feature of `PAIR_FEATURES`.

    Null means that brief or creator do not say: no text, no known word, no list in the brief, no such signal.
    """
    text, dense, terms = wish.text, candidates.dense, candidates.sparse
    leaning = candidates.traits["leaning"].fill_null(float("nan")).to_numpy()
    columns = {
        "words": sparse_cosine(text.words, terms["words"]),
        "topics": dense_cosine(text.word_topics[0], dense["word_topics"]),
        "spelling": sparse_cosine(text.grams, terms["grams"]),
        "spelling_topics": dense_cosine(text.gram_topics[0], dense["gram_topics"]),
        "passages": _nearest(wish.passages, dense["gram_topics"]),
        "hashtags": sparse_cosine(text.words, terms["hashtags"]),
        "brand_posts": dense_cosine(wish.brand.word_topics[0], dense["word_topics"]),
        "example_creators": _nearest(wish.examples, dense["word_topics"], 1),
        "niche": dense_cosine(wish.niches, dense["niches"]),
        **brand_columns(text.brand_topics[0], dense["brand_topics"], leaning),
    }
    matches = [_match(trait, texts(wish.brief, wanted)) for trait, wanted in WANTED.items()]
    asked = (*matches, _audience(wish.brief), _price(wish.brief), _past(wish.past))
    known = candidates.traits.select(*(one.cast(pl.Float64) for one in asked), pl.col(TOLD).cast(pl.Float64))
    found = {name: pl.Series(values, dtype=pl.Float64, nan_to_null=True) for name, values in columns.items()}
    return pl.DataFrame({name: found[name] if name in found else known[name] for name in PAIR_FEATURE_NAMES})


def brand_columns(one: Singles, many: Singles, leaning: Floats) -> dict[str, Floats]:
    """The features that brand topics give: the cosine, and the cosine times how plainly the creator leans."""
    cosine = dense_cosine(one, many)
    return {"brand_topics": cosine, "brand_leaning": cosine * leaning}


def sparse_cosine(one: sparse.csr_array, many: sparse.csr_array) -> Floats:
    """Cosine of one row with many, all of length 1 or 0; NaN where either has length 0."""
    cosine = np.asarray(many @ one.toarray()[0], dtype=np.float64)
    silent = np.diff(many.indptr) == 0
    return np.where(silent | (one.nnz == 0), np.nan, cosine)


def dense_cosine(one: Singles, many: Singles, lengths: Singles | None = None) -> Floats:
    """Cosine of one vector with many; NaN where either has length 0. The same bits for one as for thousands.

    Args:
        one: A vector.
        many: Vectors, a row each.
        lengths: `lengths_of` the rows, where they are there already.
    """
    lengths = np.sqrt((one * one).sum()) * (lengths_of(many) if lengths is None else lengths)
    cosine: Floats = np.divide((many * one).sum(axis=1), lengths, out=np.full(len(many), np.nan), where=lengths > 0)
    return cosine


def lengths_of(many: Singles) -> Singles:
    """The length of each row."""
    return np.asarray(np.sqrt((many * many).sum(axis=1)))


def _nearest(ones: Singles, many: Singles, nearest: int = NEAREST) -> Floats:
    """Mean of the largest cosines with any of the vectors; NaN where there is none to compare."""
    lengths = lengths_of(many)
    cosines = [dense_cosine(one, many, lengths) for one in ones if one.any()]
    if not cosines:
        return np.full(len(many), np.nan)
    return np.asarray(np.sort(cosines, axis=0)[-nearest:].mean(axis=0), dtype=np.float64)


def _match(trait: str, wanted: Sequence[str]) -> pl.Expr:
    if not wanted:
        return pl.lit(None, dtype=pl.Float64).alias(trait)
    asked = [value.lower() for value in wanted]
    return pl.col(trait).str.to_lowercase().is_in(asked).cast(pl.Float64).alias(trait)


def _audience(brief: Brief) -> pl.Expr:
    wanted = [country.upper() for country in texts(brief, "audience_countries")]
    if not wanted:
        return pl.lit(None, dtype=pl.Float64).alias("audience")
    country, share = pl.element().struct.field("country"), pl.element().struct.field("share")
    shares = pl.col("audience_countries").list.eval(pl.when(country.is_in(wanted)).then(share).otherwise(0.0))
    return shares.list.sum().alias("audience")


def _price(brief: Brief) -> pl.Expr:
    budget = brief.get("budget")
    if not isinstance(budget, int | float) or budget <= 0:
        return pl.lit(None, dtype=pl.Float64).alias("price")
    return (pl.col("price") / budget).alias("price")


def _past(past: pl.DataFrame) -> pl.Expr:
    if past.is_empty():
        return pl.lit(None, dtype=pl.Float64).alias("past_brands")
    cosine = pl.element().replace_strict(past["brand"], past["cosine"], default=None, return_dtype=pl.Float64)
    return pl.col("brands").list.eval(cosine).list.max().alias("past_brands")
