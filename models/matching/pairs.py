"""Brief and creator as a pair: the features that the fit model sees, each with its unit and one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.texts.documents import texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scipy import sparse

    from features.signal import Direction
    from models.matching.candidates import Candidates
    from models.texts.documents import Brief
    from models.texts.space import TextVectors

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]


Dot = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]
"""Multiplies each row with a vector, or with the row of the same place."""


def exact_dot(many: Singles, one: Singles) -> Singles:
    """Products of rows, with the same bits for one row as for thousands; `numpy.vecdot` takes a fifth of the time."""
    return np.asarray((many * one).sum(axis=1))


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
    PairFeature("brief_words", "words", 0, "How many known words the brief has: of few, each counts more."),
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

ALWAYS = (*TOLD, "leaning")
"""Traits that every pair is made of, whatever the brief asks for: numbers."""

NEAREST = 5
"""Passages of a brief that count: those most like what the creator writes."""

WANTED = {"tier": "tiers", "platform": "platforms", "country": "countries", "language": "languages"}
"""A trait and the brief's list that it is looked up in."""


@dataclass(frozen=True, eq=False)
class Wish:
    """A brief as the fit model sees it.

    Attributes:
        brief: Its row, `text` without what it says is not wanted.
        text: What it says, one row.
        brand: Its brand's posts, one row.
        passages: N-gram topics of its passages, a row each.
        examples: Word topics of its example creators, a row each.
        niches: Their weights.
        past: Known brands but its own, and how similar its text is to what they are about: `brand`, `cosine`.
        unwanted: What it says is not wanted, clause by clause.
    """

    brief: Brief
    text: TextVectors
    brand: TextVectors
    passages: Singles
    examples: Singles
    niches: Singles
    past: pl.DataFrame
    unwanted: tuple[str, ...] = ()


def pair_features(wish: Wish, candidates: Candidates) -> pl.DataFrame:
    """`pair_values` as a frame: one Float64 column a feature, null where brief or creator do not say."""
    return pl.DataFrame(pair_values(wish, candidates), PAIR_FEATURE_NAMES, orient="row", nan_to_null=True)


def pair_values(wish: Wish, candidates: Candidates) -> Floats:
    """One row a candidate, one column a feature of `PAIR_FEATURES`.

    NaN means that brief or creator do not say: no text, no known word, no list in the brief, no such signal.
    """
    text, terms = wish.text, candidates.sparse
    of_terms = {
        "words": sparse_cosine(text.words, terms["words"]),
        "spelling": sparse_cosine(text.grams, terms["grams"]),
        "hashtags": sparse_cosine(text.words, terms["hashtags"]),
    }
    always = {name: _numbers(candidates.traits[name]) for name in ALWAYS}
    asked = values_asked(wish, traits_asked(wish), candidates.traits)
    return values_beside(wish, of_terms, candidates.dense, always, asked)


def traits_asked(wish: Wish) -> dict[str, str]:
    """The features that tell whether a creator has what a brief asks for, of what it does ask for, and their traits."""
    brief, budget = wish.brief, wish.brief.get("budget")
    asked = {trait: trait for trait, wanted in WANTED.items() if texts(brief, wanted)}
    if texts(brief, "audience_countries"):
        asked["audience"] = "audience_countries"
    if isinstance(budget, int | float) and budget > 0:
        asked["price"] = "price"
    if not wish.past.is_empty():
        asked["past_brands"] = "brands"
    return asked


def values_asked(wish: Wish, asked: Mapping[str, str], traits: pl.DataFrame) -> dict[str, Floats]:
    """Features of `traits_asked` of the creators with these traits, NaN where not known."""
    return {feature: _asked(wish, feature, traits[trait]) for feature, trait in asked.items()}


def wanted_by(brief: Brief, trait: str) -> frozenset[str]:
    """What a brief wants of a trait of `WANTED`, in lower case."""
    return frozenset(value.lower() for value in texts(brief, WANTED[trait]))


def values_beside(
    wish: Wish,
    of_terms: Mapping[str, Floats],
    dense: Mapping[str, Singles],
    always: Mapping[str, Floats],
    asked: Mapping[str, Floats],
    dot: Dot = exact_dot,
) -> Floats:
    """`pair_values` where the features that terms make are known.

    Args:
        wish: The brief.
        of_terms: `words`, `spelling` and `hashtags`, a number a creator each.
        dense: As `Candidates` has them; rows may be of any length.
        always: The traits of `ALWAYS`, NaN where not known.
        asked: The features of `traits_asked`.
        dot: How vectors are multiplied.
    """
    text = wish.text
    by_words, by_grams = _Topics.of(dense["word_topics"], dot), _Topics.of(dense["gram_topics"], dot)
    found = {
        **of_terms,
        "topics": by_words.cosine(text.word_topics[0]),
        "spelling_topics": by_grams.cosine(text.gram_topics[0]),
        "passages": by_grams.nearest(wish.passages),
        "brand_posts": by_words.cosine(wish.brand.word_topics[0]),
        "example_creators": by_words.nearest(wish.examples, 1),
        "niche": _Topics.of(dense["niches"], dot).cosine(wish.niches),
        **brand_columns(text.brand_topics[0], dense["brand_topics"], always["leaning"], dot),
        **{name: always[name] for name in TOLD},
        "brief_words": np.full(len(always["leaning"]), float(text.words.nnz or np.nan)),
        **asked,
    }
    values = np.full((len(PAIR_FEATURES), len(always["leaning"])), np.nan)
    for name, own in found.items():
        values[PAIR_FEATURE_NAMES.index(name)] = own
    return values.T


def _numbers(column: pl.Series) -> Floats:
    """The values, NaN where there is none."""
    return column.cast(pl.Float64).to_numpy()


def brand_columns(one: Singles, many: Singles, leaning: Floats, dot: Dot = exact_dot) -> dict[str, Floats]:
    """The features that brand topics give: the cosine, and the cosine times how plainly the creator leans."""
    cosine = _Topics.of(many, dot).cosine(one)
    return {"brand_topics": cosine, "brand_leaning": cosine * leaning}


def sparse_cosine(one: sparse.csr_array, many: sparse.csr_array) -> Floats:
    """Cosine of one row with many, all of length 1 or 0; NaN where either has length 0."""
    cosine = np.asarray(many @ one.toarray()[0], dtype=np.float64)
    silent = np.diff(many.indptr) == 0
    return np.where(silent | (one.nnz == 0), np.nan, cosine)


def dense_cosine(one: Singles, many: Singles) -> Floats:
    """Cosine of one vector with many rows; NaN where either has length 0. The same bits for one as for thousands."""
    return _Topics.of(many, exact_dot).cosine(one)


@dataclass(frozen=True, eq=False)
class _Topics:
    """Vectors of creators, compared several times: their lengths are worked out once."""

    many: Singles
    lengths: Singles
    dot: Dot

    @classmethod
    def of(cls, many: Singles, dot: Dot) -> _Topics:
        return cls(many, np.sqrt(dot(many, many)), dot)

    def cosine(self, one: Singles) -> Floats:
        """Cosine with one vector; NaN where either has length 0."""
        found = np.full(len(self.many), np.nan)
        if one.any():
            lengths = np.sqrt((one * one).sum()) * self.lengths
            np.divide(self.dot(self.many, one), lengths, out=found, where=lengths > 0)
        return found

    def nearest(self, ones: Singles, nearest: int = NEAREST) -> Floats:
        """Mean of the largest cosines with any of the vectors; NaN where there is none to compare."""
        cosines = [self.cosine(one) for one in ones if one.any()]
        if not cosines:
            return np.full(len(self.many), np.nan)
        return np.asarray(np.sort(cosines, axis=0)[-nearest:].mean(axis=0), dtype=np.float64)


def _asked(wish: Wish, feature: str, trait: pl.Series) -> Floats:
    """A feature of `traits_asked` by its trait."""
    if feature in WANTED:
        return _among(trait, wanted_by(wish.brief, feature))
    if feature == "audience":
        return _audience(trait, [country.upper() for country in texts(wish.brief, "audience_countries")])
    if feature == "price":
        return _numbers(trait) / cast("float", wish.brief["budget"])
    return _past_brands(trait, wish.past)


def _among(values: pl.Series, wanted: frozenset[str]) -> Floats:
    """1 where the value is wanted, 0 where it is not. There are few different ones, so each is looked at once."""
    told = cast("pa.Array", values.to_arrow()).dictionary_encode()
    found = [float(value.lower() in wanted) for value in told.dictionary.to_pylist()]
    return np.asarray(np.append(found, np.nan)[told.indices.fill_null(-1).to_numpy()])


def _audience(shares: pl.Series, wanted: Sequence[str]) -> Floats:
    country, share = pl.element().struct.field("country"), pl.element().struct.field("share")
    of_wanted = shares.list.eval(pl.when(country.is_in(wanted)).then(share).otherwise(0.0))
    return _numbers(of_wanted.list.sum())


def _past_brands(brands: pl.Series, past: pl.DataFrame) -> Floats:
    """The highest cosine of any of each creator's brands."""
    lists = cast("pa.LargeListArray", brands.to_arrow())
    place = pc.index_in(lists.flatten(), value_set=past["brand"].to_arrow()).fill_null(-1).to_numpy()
    found = np.full(len(brands), np.nan)
    np.fmax.at(found, pc.list_parent_indices(lists).to_numpy(), np.append(_numbers(past["cosine"]), np.nan)[place])
    return found
