"""A brief's hard filters: which of them a candidate is known to fail.

A filter whose list is empty asks nothing. What is not known of a creator fails no filter: no country stated, no risk
computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from models.documents import texts
from models.pairs import WANTED

if TYPE_CHECKING:
    from models.documents import Brief


def failed_filters(brief: Brief, traits: pl.DataFrame) -> pl.Series:
    """For each candidate, the names of the brief's filters that it fails, as the brief's columns are called.

    Args:
        brief: A row of the table `briefs`.
        traits: Rows of `models.pairs.TRAITS` with `risk_score` beside them.
    """
    fails = [_fails(name, ~_among(trait, texts(brief, name))) for trait, name in WANTED.items() if texts(brief, name)]
    most = brief.get("max_risk")
    if isinstance(most, int | float):
        fails.append(_fails("max_risk", pl.col("risk_score") > most))
    excluded = [brand.lower().removeprefix("@") for brand in texts(brief, "exclude_brands")]
    if excluded:
        fails.append(_fails("exclude_brands", pl.col("brands").list.set_intersection(excluded).list.len() > 0))
    if not fails:
        return pl.Series("failed_filters", [[]] * traits.height, dtype=pl.List(pl.String))
    return traits.select(failed_filters=pl.concat_list(fails).list.drop_nulls()).to_series()


def _among(trait: str, wanted: list[str]) -> pl.Expr:
    return pl.col(trait).str.to_lowercase().is_in([value.lower() for value in wanted])


def _fails(name: str, failed: pl.Expr) -> pl.Expr:
    return pl.when(failed).then(pl.lit(name))
