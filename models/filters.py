"""Hard filters: which of them a candidate is known to fail.

A filter whose list is empty asks nothing. What is not known of a creator fails no filter: no country stated, no risk
computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from models.documents import texts
from models.pairs import WANTED

if TYPE_CHECKING:
    from models.documents import Brief


@dataclass(frozen=True)
class Limits:
    """Filters that come with the question and not with the brief."""

    min_followers: int | None = None
    max_followers: int | None = None


NO_LIMITS = Limits()


def failed_filters(brief: Brief, traits: pl.DataFrame, limits: Limits = NO_LIMITS) -> pl.Series:
    """For each candidate, the names of the filters that it fails, as the columns of the brief and `Limits` are called.

    Args:
        brief: A row of the table `briefs`.
        traits: Rows of `models.candidates.TRAITS` with `risk_score` beside them.
        limits: Further filters.
    """
    fails = [_fails(name, failed) for name, failed in _failures(brief, limits).items()]
    if not fails:
        return pl.Series("failed_filters", [[]] * traits.height, dtype=pl.List(pl.String))
    return traits.select(failed_filters=pl.concat_list(fails).list.drop_nulls()).to_series()


def excluded_brands(brief: Brief) -> list[str]:
    """The brief's `exclude_brands` as `TRAITS.brands` writes them: lower case, without the sign."""
    return [brand.lower().removeprefix("@") for brand in texts(brief, "exclude_brands")]


def _failures(brief: Brief, limits: Limits) -> dict[str, pl.Expr]:
    """Of each filter that asks something, whether a creator fails it; null where that is not known."""
    found = {name: ~_among(trait, texts(brief, name)) for trait, name in WANTED.items() if texts(brief, name)}
    most = brief.get("max_risk")
    if isinstance(most, int | float):
        found["max_risk"] = pl.col("risk_score") > most
    if brands := excluded_brands(brief):
        found["exclude_brands"] = pl.col("brands").list.set_intersection(brands).list.len() > 0
    if limits.min_followers is not None:
        found["min_followers"] = pl.col("followers") < limits.min_followers
    if limits.max_followers is not None:
        found["max_followers"] = pl.col("followers") > limits.max_followers
    return found


def _among(trait: str, wanted: list[str]) -> pl.Expr:
    return pl.col(trait).str.to_lowercase().is_in([value.lower() for value in wanted])


def _fails(name: str, failed: pl.Expr) -> pl.Expr:
    return pl.when(failed).then(pl.lit(name))
