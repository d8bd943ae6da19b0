"""Creators in their places as typed results, with what is told of the first of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from models.boosters.explanation import most_first
from models.matching.candidates import SHOWN, Cut
from models.matching.pairs import PAIR_FEATURES
from models.rankings.above import Standing, why_above_next
from models.rankings.profiles import TOLD, audience_matches, first_niches, past_brands, specialisations, traits_told
from models.rankings.quotes import leaning_terms, matched_terms, quoted_posts
from models.rankings.ranking import FitReason, Ranking

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from models.boosters.explanation import Explanation
    from models.fit import FitBundle
    from models.matching.pairs import Wish
    from models.rankings.pool import Pool
    from models.rankings.quotes import Terms
    from models.rankings.ranking import Weights
    from models.rankings.risk import Parts

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

WORDS_OF = {"words": "words", "hashtags": "hashtags"}
"""Pair features that are told with the terms that matched, and the candidates' part that these stand in."""


NOTHING_TOLD: dict[str, Any] = dict.fromkeys(
    ("reasons", "why_above_next", "quoted_posts", "past_brands", "audience_match"), ()
)
"""Of those beyond the first."""


@dataclass(frozen=True, eq=False)
class Scored:
    """A pool's creators, in its order, scored for a brief.

    Attributes:
        pairs: Their pair features, as `models.matching.pairs.pair_values` gives them.
        parts: What the scores are made of.
        weights: The weights in use.
        score: Fit scores.
        failed: Names of the filters that each fails.
        fails: Whether it fails any: whether `failed` names some, worked out once.
    """

    pairs: Floats
    parts: Parts
    weights: Weights
    score: Floats
    failed: pl.Series
    fails: NDArray[np.bool_]


def results(
    bundle: FitBundle, wish: Wish, pool: Pool, scored: Scored, order: Rows, *, top: int | None, reasons: int
) -> tuple[Ranking, ...]:
    """The first `top` rows of the order as results, the first `reasons` of these with what speaks for them."""
    shown = order[:top]
    told = _told(bundle, wish, pool, scored, order, min(reasons, len(shown)))
    columns = {"rank": range(1, len(shown) + 1), **_columns(bundle, pool, scored, shown)}
    alike = {
        "brief_id": str(wish.brief["brief_id"]),
        "base_log_odds": bundle.base_log_odds,
        "base_fit": bundle.base_fit,
    }
    each = [alike | dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return _made([own | more for own, more in zip(each, chain(told, repeat(NOTHING_TOLD)), strict=False)])


def _made(rows: list[dict[str, Any]]) -> tuple[Ranking, ...]:
    """Rankings of these fields, the same of each: copies of the first, as pydantic takes longer to make one."""
    if not rows:
        return ()
    first = Ranking.model_construct(**rows[0])
    return first, *(first.model_copy(update=row) for row in rows[1:])


def _columns(bundle: FitBundle, pool: Pool, scored: Scored, rows: Rows) -> dict[str, Sequence[Any]]:
    """Fields of `Ranking` that every creator shown has, a sequence in the order of `rows` each."""
    # Column by column, which takes no plan of Polars.
    traits = {name: pool.candidates.traits[name][rows].to_list() for name in ("creator_id", *TOLD, "price")}
    risk = {name: pool.risk[name][rows].to_list() for name in ("risk_score", "band")}
    niches = Cut.of(pool.candidates.dense, rows)["niches"]
    return {
        "creator_id": traits["creator_id"],
        "fit_score": scored.score[rows].tolist(),
        "fit_before_risk": scored.parts.fit[rows].tolist(),
        "risk_score": risk["risk_score"],
        "band": risk["band"],
        "reach": _known(scored.parts.reach[rows]),
        "merit": scored.parts.merit(scored.weights)[rows].tolist(),
        "failed_filters": [tuple(names) for names in scored.failed[rows].to_list()],
        "traits": traits_told(traits),
        "price": traits["price"],
        "niches": first_niches(niches, bundle.encoder.niches.names),
        "specialisation": specialisations(niches),
    }


def _told(bundle: FitBundle, wish: Wish, pool: Pool, scored: Scored, order: Rows, count: int) -> list[dict[str, Any]]:
    """Further fields of `Ranking` for the first `count` creators."""
    if not count:
        return []
    first, compared = order[:count], order[: count + 1]
    explanation = bundle.explain(scored.pairs[compared])
    details, terms = pool.details(first, ("posts", *SHOWN)), bundle.encoder.text.words.terms
    found: dict[str, Sequence[tuple[object, ...]]] = {
        "reasons": _reasons(bundle, wish, pool, scored.pairs[first], explanation, first),
        "why_above_next": [*why_above_next(_standing(scored, explanation, compared)), ()][:count],
        "quoted_posts": quoted_posts(wish.text.words, details["posts"], terms),
        "past_brands": past_brands(wish.brief, details["brand_posts"]),
        "audience_match": audience_matches(wish.brief, details["audience_countries"]),
    }
    return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]


def _standing(scored: Scored, explanation: Explanation, rows: Rows) -> Standing:
    return Standing(
        points=explanation.points,
        of_fit=scored.parts.shares(scored.weights)[0][rows],
        merit=scored.parts.merit(scored.weights)[rows],
        score=scored.score[rows],
        fails=scored.fails[rows],
    )


def _reasons(
    bundle: FitBundle, wish: Wish, pool: Pool, pairs: Floats, explanation: Explanation, rows: Rows
) -> list[tuple[FitReason, ...]]:
    terms, sparse = bundle.encoder.text.words.terms, Cut.of(pool.candidates.sparse, rows)
    matched = {name: matched_terms(wish.text.words, sparse[part], terms) for name, part in WORDS_OF.items()}
    basis = bundle.encoder.text.brands.words[:, :-1]
    matched["brand_topics"] = leaning_terms(wish.text.brand_topics[0], basis, sparse["words"], terms)
    none: list[Terms] = [()] * len(rows)
    matched_by_feature = [matched.get(feature.name, none) for feature in PAIR_FEATURES]
    order = most_first(np.abs(explanation.points)).tolist()
    log_odds, points = explanation.log_odds.tolist(), explanation.points.tolist()
    told = zip(order, map(_known, pairs), log_odds, points, strict=False)  # explained is one more, to compare with
    return [
        tuple(
            FitReason(
                PAIR_FEATURES[k].name,
                PAIR_FEATURES[k].sentence,
                values[k],
                PAIR_FEATURES[k].unit,
                of_log_odds[k],
                of_points[k],
                matched_by_feature[k][place],
            )
            for k in places
            if of_log_odds[k]
        )
        for place, (places, values, of_log_odds, of_points) in enumerate(told)
    ]


def _known(values: Floats) -> list[float | None]:
    """The values, None where one is not known."""
    return [None if value != value else value for value in values.tolist()]
