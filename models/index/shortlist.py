"""The shortlist: those of the creators retrieved that the fit model is shown whole.

Reading a creator's vectors and comparing them with a brief takes several times as long as comparing what memory holds
of it, and of two thousand retrieved fifty are shown. So all of these are scored by pairs that are nearly right, weights
and risk take their part, and those that come first are scored once more, as records are. In such a pair

- topics and niches are compared in bytes, by the matrix that is searched,
- words and hashtags as retrieval has compared them, exactly,
- parts of words, of which a creator has the most, are taken to agree as words do,
- all else as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.index.filters import FOLLOWERS, RISK, among
from models.index.frames import taken
from models.index.retrieval import LISTED, SEARCHED, first, searched_parts
from models.matching.pairs import (
    ALWAYS,
    PAIR_FEATURE_NAMES,
    WANTED,
    traits_asked,
    values_asked,
    values_beside,
    wanted_by,
)
from models.rankings.risk import Parts, reach_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from models.fit import FitBundle
    from models.index.packed import Array
    from models.index.retrieval import Near
    from models.index.segment import Segment
    from models.matching.pairs import Wish
    from models.rankings.ranking import RiskForm, Weights

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]

NUMBERS = "numbers"
"""Numbers about creators that every pair is made of, creators x `models.matching.pairs.ALWAYS`, NaN where not known."""

FOR_EACH_PLACE = 3
"""Creators scored whole for each place asked for; chosen by `bench/bench_retrieval.py`."""

LEAST_PLACES = 50
"""Fewer places asked for count as many, so that the first of a long answer are those of a short one."""

WORTH = 1_000
"""Fewer creators are scored whole in the time that shortening their list takes."""


@dataclass(frozen=True)
class Order:
    """The order that creators are looked for.

    Attributes:
        weights: What relevance, authenticity and reach count for.
        risk_form: How risk takes its part.
        places: How many places of it are asked for; all with None.
    """

    weights: Weights
    risk_form: RiskForm
    places: int | None

    @property
    def count(self) -> int | None:
        """Creators to score whole; all with None."""
        return None if self.places is None else FOR_EACH_PLACE * max(self.places, LEAST_PLACES)

    @property
    def authenticity(self) -> float:
        """Points that a point of risk takes of a merit of 100."""
        return 0.0 if self.risk_form == "gate" else min(self.weights.authenticity, 1.0)


def numbers_of(traits: pl.DataFrame) -> NDArray[np.float32]:
    """`NUMBERS` of the creators with these traits."""
    return traits.select(pl.col(ALWAYS).cast(pl.Float32)).to_numpy()


def shortened(
    bundle: FitBundle, wish: Wish, segments: Sequence[Segment], found: Sequence[Near], order: Order
) -> list[Near]:
    """Those of the creators found that come first by pairs which are nearly right.

    Args:
        bundle: The fit model.
        wish: The brief.
        segments: Where the creators were found.
        found: The creators of each.
        order: By which order, and how many.
    """
    if order.count is None or sum(len(near.rows) for near in found) <= order.count:
        return list(found)
    pairs = pairs_nearly(wish, segments, found)
    parts = Parts(
        fit=100.0 * bundle.probability(pairs),
        reach=reach_of(pl.Series(_packed(FOLLOWERS, segments, found))),
        risk=_packed(RISK, segments, found),
    )
    score = parts.score(order.weights, order.risk_form)
    words = np.nan_to_num(pairs[:, PAIR_FEATURE_NAMES.index("words")], nan=-1.0)
    return first(segments, found, order.count, score, words)


def pairs_nearly(wish: Wish, segments: Sequence[Segment], found: Sequence[Near]) -> Floats:
    """`models.matching.pairs.pair_values` of the creators found, segment by segment, as far as memory tells them."""
    rows = [near.rows for near in found]
    dense = searched_parts(_packed(SEARCHED, segments, found), segments[0].vectors.layout.dense)
    always = dict(zip(ALWAYS, _packed(NUMBERS, segments, found).T.astype(np.float64), strict=True))
    asked = _asked(wish, segments, rows)
    counts = [one.vectors.counts(own) for one, own in zip(segments, rows, strict=True)]
    of_terms = {}
    for name in LISTED:
        cosines = np.concatenate([near.cosines[name] for near in found]).astype(np.float64)
        silent = np.concatenate([own[name] for own in counts]) == 0
        of_terms[name] = np.where(silent | (wish.text.words.nnz == 0), np.nan, cosines)
    return values_beside(wish, {**of_terms, "spelling": of_terms["words"]}, dense, always, asked, np.vecdot)


def _asked(wish: Wish, segments: Sequence[Segment], rows: Sequence[Numbers]) -> dict[str, Floats]:
    """The features of `traits_asked`: by codes of the traits that have such, of the others as records tell them."""
    asked = traits_asked(wish)
    coded = {
        trait: np.concatenate(
            [
                among(one.packed, one.values[trait], trait, wanted_by(wish.brief, trait), own)
                for one, own in zip(segments, rows, strict=True)
            ]
        )
        for trait in asked
        if trait in WANTED
    }
    read = {feature: trait for feature, trait in asked.items() if feature not in coded}
    traits = taken([one.traits for one in segments], rows, list(read.values())) if read else pl.DataFrame()
    return {**coded, **values_asked(wish, read, traits)}


def _packed(name: str, segments: Sequence[Segment], found: Sequence[Near]) -> Array:
    return np.concatenate([one.packed[name][near.rows] for one, near in zip(segments, found, strict=True)])
