"""Creators like another one, and creators of a niche: search by example over many creators.

How alike two creators are is the mean of the cosines of what they say, by the weights `SHARES`, each cosine counted
from 0: 1 for two who say the same, 0 for two who have nothing in common or of whom one says nothing. It is the same
from either side. What one of them alone says counts as not alike, else those of whom little is known would come first.
A niche's creators are ordered by the niche's weight among theirs, 0 to 1.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from features.errors import NotFoundError, UsageError, printable
from models.matching.cosine_weights import COSINE_WEIGHTS, CosineWeights
from models.matching.pairs import WANTED, dense_cosine, sparse_cosine
from models.rankings.filters import NO_LIMITS
from models.rankings.notes import ALL_EXCLUDED
from models.rankings.profiles import TOLD, first_niches, traits_told
from models.rankings.quotes import matched_terms
from models.rankings.ranking import Similar, Similars, Versions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from models.fit import FitBundle
    from models.matching.candidates import Candidates
    from models.matching.encoder import Encoder
    from models.matching.pairs import Wish
    from models.rankings.filters import Limits
    from models.rankings.pool import Pool, Searchable
    from models.rankings.quotes import Terms
    from models.texts.documents import Brief

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

SHARES = {"words": 0.3, "word_topics": 0.3, "gram_topics": 0.2, "niches": 0.2}
"""Parts of `Candidates` and what the cosine of each counts for."""

NEAR = CosineWeights(**SHARES, hashtags=0.0, brand_topics=0.0, brand=0.0, examples=0.0)
"""What makes creators near to one: what makes them alike."""

SAYS_NOTHING = "The creator says nothing that the model knows, so nobody can be told to be like it."

FILTERS = (*WANTED.values(), "max_risk", "exclude_brands")
"""Columns of a brief that filter."""

Trait = Literal["platform", "tier"]


def similar(
    bundle: FitBundle,
    index: Searchable,
    *,
    creator_id: str | None = None,
    niche: str | None = None,
    top: int = 50,
    brief: Brief | None = None,
    limits: Limits = NO_LIMITS,
    same: Collection[Trait] = (),
    depth: int | None = None,
    model: Versions | None = None,
) -> Similars:
    """The creators most like one, who is left out, or those most of a niche.

    Args:
        bundle: The fit model.
        index: The creators to search.
        creator_id: The creator to be like; either this or `niche`.
        niche: The niche, as the taxonomy names it, letter case aside.
        top: Creators to give back.
        brief: Hard filters by the columns of the table `briefs`; its other columns do not matter.
        limits: Hard filters beside those.
        same: Traits that must be those of the creator; they take the place of the brief's list for it.
        depth: Creators to compare in full, of those nearest; the index's own number unless given.
        model: What to name as the answer's makers; the fit model's version unless given.

    Raises:
        UsageError: Both or neither of creator and niche are given, or `same` with a niche.
        NotFoundError: The creator is not there, or the taxonomy has no such niche.
    """
    if (creator_id is None) == (niche is None):
        raise UsageError("name either a creator or a niche")
    if niche is not None and same:
        raise UsageError("a niche has no platform or tier; filter by them instead")
    one = index.candidates([] if creator_id is None else [creator_id])
    filters: dict[str, object] = {name: (brief or {}).get(name) for name in FILTERS}
    filters |= {WANTED[trait]: [value] for trait in same if (value := one.traits[trait].item()) is not None}
    wish = _wish(bundle.encoder, filters, one, niche)
    deep = {} if depth is None else {"depth": depth}
    pool = index.pool(bundle, wish, limits=limits, weights=COSINE_WEIGHTS if creator_id is None else NEAR, **deep)
    score = likeness(one, pool.candidates) if niche is None else niche_weights(bundle.encoder, niche, pool.candidates)
    silent = niche is None and not any(part.any() for part in one.dense.values())
    rows = _first(pool, score, 0 if silent else top, without=creator_id)
    return Similars(
        creator_id=creator_id,
        niche=niche,
        results=tuple(_results(bundle, one, pool, score, rows)),
        considered=pool.considered,
        excluded=dict(pool.excluded),
        notes=(*(SAYS_NOTHING,) * silent, *(ALL_EXCLUDED,) * (not len(pool) and pool.considered > 0)),
        model=model or Versions(fit=bundle.contract.version),
    )


def likeness(one: Candidates, many: Candidates) -> Floats:
    """How alike one creator and each of many are, 0 to 1.

    Sum of share x max(cosine, 0) over the parts in `SHARES` that both say something in, divided by the sum of the
    shares of those that either does; 0 where there is no such part.
    """
    total, weighed = np.zeros(len(many)), np.zeros(len(many))
    for part, share in SHARES.items():
        if part in many.sparse:
            cosine = sparse_cosine(one.sparse[part], many.sparse[part])
            either = (one.sparse[part].nnz > 0) | (np.diff(many.sparse[part].indptr) > 0)
        else:
            cosine = dense_cosine(one.dense[part][0], many.dense[part])
            either = np.asarray(many.dense[part].any(axis=1)) | bool(one.dense[part].any())
        total += share * np.clip(np.nan_to_num(cosine), 0.0, 1.0)
        weighed += np.where(either, share, 0.0)
    return np.divide(total, weighed, out=np.zeros(len(many)), where=weighed > 0)


def niche_weights(encoder: Encoder, niche: str, many: Candidates) -> Floats:
    """The weight of a niche among each creator's, 0 to 1; 0 for those who say nothing.

    Raises:
        NotFoundError: The taxonomy has no such niche; names those it has.
    """
    names = encoder.niches.names
    name = encoder.niches.taxonomy.name_of(niche)
    if name in names:
        return many.dense["niches"][:, names.index(name)].astype(np.float64)
    known = f"the model knows {', '.join(names)}" if names else "the model was trained without niches"
    raise NotFoundError(f"no niche '{printable(niche)}': {known}")


def _wish(encoder: Encoder, filters: Brief, one: Candidates, niche: str | None) -> Wish:
    """What to retrieve by: a brief that says what the creator says, or that asks for the niche alone."""
    brief = {"brief_id": "similar", **filters, "niches": None if niche is None else [niche]}
    [wish] = encoder.wishes([brief], one)
    if niche is not None:
        return replace(wish, text=wish.brand)  # without the niche's name as words; nobody's posts were given
    own: dict[str, Any] = {**one.sparse, **one.dense}
    said = replace(wish.text, **{part.name: own[part.name] for part in fields(wish.text) if part.name in own})
    return replace(wish, text=said, niches=one.dense["niches"][0])


def _first(pool: Pool, score: Floats, top: int, without: str | None) -> Rows:
    """Rows of the highest scores, equal ones in the order of the ids."""
    ids = pool.candidates.traits["creator_id"]
    order = np.lexsort((np.argsort(ids.arg_sort().to_numpy()), -score))
    others = order if without is None else order[(ids != without).to_numpy()[order]]
    return others[:top].astype(np.int64)


def _results(bundle: FitBundle, one: Candidates, pool: Pool, score: Floats, rows: Rows) -> Iterator[Similar]:
    shown, names = pool.candidates.take(rows), bundle.encoder.niches.names
    niches = first_niches(shown.dense["niches"], names)
    matched: list[Terms] = [()] * len(rows)
    shared: list[tuple[str, ...]] = [()] * len(rows)
    if len(one):
        matched = matched_terms(one.sparse["words"], shown.sparse["words"], bundle.encoder.text.words.terms)
        shared = _shared(one, shown, first_niches(one.dense["niches"], names)[0], niches)
    columns = zip(
        shown.creator_ids,
        score[rows].tolist(),
        pool.risk["risk_score"][rows].to_list(),
        pool.risk["band"][rows].to_list(),
        traits_told({name: shown.traits[name].to_list() for name in TOLD}),
        shown.traits["price"].to_list(),
        niches,
        shared,
        matched,
        strict=True,
    )
    fields_told = ("creator_id", "score", "risk_score", "band", "traits", "price", "niches", "shared_traits")
    for place, row in enumerate(columns):
        yield Similar.model_construct(rank=place + 1, **dict(zip((*fields_told, "matched_terms"), row, strict=True)))


def _shared(
    one: Candidates, many: Candidates, own: dict[str, float], niches: list[dict[str, float]]
) -> list[tuple[str, ...]]:
    """For each of many the traits that it shares with the one; what is not known of either is not shared."""
    traits = ("platform", "tier", "country", "language")
    mine = dict(zip(traits, _lower(one.traits, traits)[0], strict=True))
    return [
        (
            *(name for name, value in zip(traits, row, strict=True) if value is not None and value == mine[name]),
            *(("niche",) if own and theirs and next(iter(own)) == next(iter(theirs)) else ()),
        )
        for row, theirs in zip(_lower(many.traits, traits), niches, strict=True)
    ]


def _lower(traits: pl.DataFrame, names: tuple[str, ...]) -> list[tuple[str | None, ...]]:
    return traits.select(pl.col(names).str.to_lowercase()).rows()
