"""What an answer tells of each creator shown: who it is, its niches, past brands, where its audience is."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from models.rankings.filters import excluded_brands
from models.rankings.ranking import AudienceMatch, PastBrand, Traits
from models.texts.documents import texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from models.texts.documents import Brief

TOLD = tuple(field.name for field in fields(Traits))
"""Traits that are told of everybody shown."""

MOST_NICHES = 3
MOST_BRANDS = 10


def traits_told(traits: Mapping[str, Sequence[Any]]) -> list[Traits]:
    """The creators' `Traits` from columns of `models.matching.candidates.TRAITS`."""
    columns = (traits[name] for name in TOLD)
    return [Traits(*row) for row in zip(*columns, strict=True)]


def first_niches(weights: NDArray[np.float32], names: Sequence[str]) -> list[dict[str, float]]:
    """For each row the names of its greatest weights, greatest first; empty for a row of zeros."""
    if not weights.size:
        return [{} for _ in weights]
    order = np.argsort(-weights, axis=1, kind="stable")[:, :MOST_NICHES]
    values = np.take_along_axis(weights, order, axis=1).astype(np.float64)
    rows = zip(order.tolist(), values.tolist(), strict=True)
    return [{names[k]: value for k, value in zip(places, row, strict=True) if value > 0} for places, row in rows]


def specialisations(weights: NDArray[np.float32]) -> list[float | None]:
    """1 - H / log(n) of each row, with H the entropy of its weights over n niches; None for a row of zeros.

    This is Pielou's evenness (1966), turned around: 0 where all niches weigh the same, 1 where one has all weight.
    """
    n = weights.shape[1]
    if n < 2:
        return [None] * len(weights)
    share = weights.astype(np.float64)
    entropy = -(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=1)
    found = np.clip(1.0 - entropy / np.log(n), 0.0, 1.0).tolist()
    said: list[bool] = (share.sum(axis=1) > 0).tolist()
    return [one if some else None for one, some in zip(found, said, strict=True)]


def past_brands(brief: Brief, brand_posts: pl.Series) -> list[tuple[PastBrand, ...]]:
    """For each creator its first `MOST_BRANDS` brands: those the brief excludes, then most posts, then the newest.

    Args:
        brief: The brief; its `exclude_brands` are marked.
        brand_posts: The column of `models.matching.candidates.TRAITS`.
    """
    excluded = set(excluded_brands(brief))

    def place(one: PastBrand) -> tuple[bool, int, int, str]:
        return not one.excluded, -one.posts, 0 if one.last is None else -one.last.toordinal(), one.brand

    told = (
        [PastBrand(**entry, excluded=entry["brand"] in excluded) for entry in entries or []]
        for entries in brand_posts.to_list()
    )
    return [tuple(sorted(brands, key=place)[:MOST_BRANDS]) for brands in told]


def audience_matches(brief: Brief, audience_countries: pl.Series) -> list[tuple[AudienceMatch, ...]]:
    """For each creator the share of its audience in each country wanted; nothing where its audience is not known."""
    wanted = list(dict.fromkeys(country.upper() for country in texts(brief, "audience_countries")))
    if not wanted:
        return [()] * len(audience_countries)
    known = ({entry["country"]: entry["share"] for entry in entries or []} for entries in audience_countries.to_list())
    return [tuple(AudienceMatch(one, shares.get(one, 0.0)) for one in wanted if shares) for shares in known]
