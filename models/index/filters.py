"""A brief's hard filters over a whole segment at once: traits as small codes, followers and risk as numbers.

They decide as `models.rankings.filters.failed_filters` does over traits; what is not known of a creator fails no
filter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.index.postings import worked_with
from models.matching.pairs import WANTED
from models.rankings.filters import excluded_brands
from models.texts.documents import texts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from models.index.packed import Array, Packed
    from models.rankings.filters import Limits
    from models.texts.documents import Brief

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]

UNKNOWN = 0
"""The code of a trait that is not known."""

FOLLOWERS, RISK = "followers", "risk"


def filter_codes(traits: pl.DataFrame, risk: pl.Series) -> tuple[dict[str, Array], dict[str, list[str]]]:
    """What filters look at, a row a creator, and the values behind each trait's codes, from code 1 on, in lower case.

    Args:
        traits: Columns of `models.matching.candidates.TRAITS`.
        risk: Risk scores in the same order; null where not known.
    """
    arrays: dict[str, Array] = {}
    values: dict[str, list[str]] = {}
    for trait in WANTED:
        lower = traits[trait].str.to_lowercase()
        known = lower.drop_nulls().unique().sort()
        codes = pl.DataFrame({trait: known, "code": np.arange(1, len(known) + 1, dtype=np.uint16)})
        joined = lower.to_frame().join(codes, on=trait, how="left", maintain_order="left")
        arrays[_codes(trait)] = joined["code"].fill_null(UNKNOWN).to_numpy().astype(np.uint16)
        values[trait] = known.to_list()
    arrays[FOLLOWERS] = _with_nan(traits["followers"])
    arrays[RISK] = _with_nan(risk)
    return arrays, values


KEPT = frozenset((*(f"{trait}.codes" for trait in WANTED), FOLLOWERS, RISK))
"""Arrays that a search reads as a whole."""


def failing(
    packed: Packed, values: Mapping[str, Sequence[str]], creators: int, brief: Brief, limits: Limits
) -> dict[str, Flags]:
    """Which creators of a segment are known to fail each filter that the brief or the limits have.

    Returns:
        Flags by the filter's name: as the brief's columns are called, and `min_followers` and `max_followers`.
    """
    failed = {
        column: _outside(packed[_codes(trait)], values[trait], texts(brief, column))
        for trait, column in WANTED.items()
        if texts(brief, column)
    }
    if limits.min_followers is not None:
        failed["min_followers"] = packed[FOLLOWERS] < limits.min_followers
    if limits.max_followers is not None:
        failed["max_followers"] = packed[FOLLOWERS] > limits.max_followers
    most = brief.get("max_risk")
    if isinstance(most, int | float):
        failed["max_risk"] = packed[RISK] > most
    if excluded := excluded_brands(brief):
        failed["exclude_brands"] = worked_with(packed, creators, excluded)
    return failed


def among(packed: Packed, values: Sequence[str], trait: str, wanted: Collection[str], rows: Numbers) -> Floats:
    """1 where a creator's trait is wanted, 0 where it is not, NaN where it is not known.

    Args:
        packed: The segment's arrays.
        values: The values behind the trait's codes.
        trait: Its name.
        wanted: Values in lower case.
        rows: The creators.
    """
    found = np.array([np.nan, *(float(value in wanted) for value in values)])
    return np.asarray(found[packed[_codes(trait)][rows]])


def _codes(trait: str) -> str:
    return f"{trait}.codes"


def _outside(codes: Array, values: Sequence[str], wanted: Sequence[str]) -> Flags:
    asked = {value.lower() for value in wanted}
    fails = np.array([False, *(value not in asked for value in values)])
    outside: Flags = fails[codes]
    return outside


def _with_nan(values: pl.Series) -> Array:
    return values.cast(pl.Float64).fill_null(np.nan).to_numpy()
