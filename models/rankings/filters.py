"""Hard filters: which of them a candidate is known to fail.

A filter whose list is empty asks nothing. What is not known of a creator fails no filter: no country stated, no risk
computed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from models.matching.pairs import WANTED
from models.texts.documents import texts

if TYPE_CHECKING:
    from models.texts.documents import Brief

_NAME_WORDS = re.compile(r"[^\W_]+")
_JOINED_BY = ("", "_", ".", "-")


@dataclass(frozen=True)
class Limits:
    """Filters that come with the question and not with the brief."""

    min_followers: int | None = None
    max_followers: int | None = None


NO_LIMITS = Limits()

READ = {column: trait for trait, column in WANTED.items()} | {
    "max_risk": "risk_score",
    "min_followers": "followers",
    "max_followers": "followers",
}
"""Filters, and the trait that each reads; not those by brands, of which nobody knows all."""


def failed_filters(brief: Brief, traits: pl.DataFrame, limits: Limits = NO_LIMITS) -> pl.Series:
    """For each candidate, the names of the filters that it fails, as the columns of the brief and `Limits` are called.

    Args:
        brief: A row of the table `briefs`.
        traits: Rows of `models.matching.candidates.TRAITS` with `risk_score` beside them.
        limits: Further filters.
    """
    fails = [_fails(name, failed) for name, failed in _failures(brief, limits).items()]
    if not fails:
        return nothing_failed(traits.height)
    return traits.select(failed_filters=pl.concat_list(fails).list.drop_nulls()).to_series()


def nothing_failed(candidates: int) -> pl.Series:
    """`failed_filters` of so many candidates who fail none."""
    nothing = pa.LargeListArray.from_arrays(np.zeros(candidates + 1, dtype=np.int64), pa.array([], pa.large_string()))
    return pl.Series("failed_filters", nothing)


def not_known(brief: Brief, traits: pl.DataFrame, limits: Limits = NO_LIMITS) -> dict[str, int]:
    """Of how many candidates each filter does not know whether they fail it; filters that know all are left out.

    Args:
        brief: A row of the table `briefs`.
        traits: As of `failed_filters`.
        limits: Further filters.
    """
    asked = [name for name in WANTED.values() if texts(brief, name)]
    asked += ["max_risk"] if _most_risk(brief) is not None else []
    asked += [name for name in ("min_followers", "max_followers") if getattr(limits, name) is not None]
    return {name: count for name in asked if (count := traits[READ[name]].null_count())}


def excluded_brands(brief: Brief) -> list[str]:
    """The brief's `exclude_brands` as `TRAITS.brands` may write them: see `handles`."""
    return list(dict.fromkeys(handle for brand in texts(brief, "exclude_brands") for handle in handles(brand)))


def handles(brand: str) -> list[str]:
    """What an account of this name may be called: as it is written, in lower case and without the sign, and as handles
    write names of several words.

    >>> handles("L'Oréal"), handles("@nike")
    (["l'oréal", 'loreal', 'l_oreal', 'l.oreal', 'l-oreal'], ['nike'])
    """
    name = brand.strip().lower().removeprefix("@")
    spelt = (name, name.replace("&", " and "))
    parts = [_NAME_WORDS.findall(_without_accents(one)) for one in spelt]
    joined = (sign.join(words) for words in parts for sign in _JOINED_BY)
    return [one for one in dict.fromkeys((name, *joined)) if one]


def _without_accents(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


def _failures(brief: Brief, limits: Limits) -> dict[str, pl.Expr]:
    """Of each filter that asks something, whether a creator fails it; null where that is not known."""
    found = {name: ~_among(trait, texts(brief, name)) for trait, name in WANTED.items() if texts(brief, name)}
    if (most := _most_risk(brief)) is not None:
        found["max_risk"] = pl.col("risk_score") > most
    if brands := excluded_brands(brief):
        found["exclude_brands"] = pl.col("brands").list.set_intersection(brands).list.len() > 0
    if limits.min_followers is not None:
        found["min_followers"] = pl.col("followers") < limits.min_followers
    if limits.max_followers is not None:
        found["max_followers"] = pl.col("followers") > limits.max_followers
    return found


def _most_risk(brief: Brief) -> int | float | None:
    most = brief.get("max_risk")
    return most if isinstance(most, int | float) else None


def _among(trait: str, wanted: list[str]) -> pl.Expr:
    return pl.col(trait).str.to_lowercase().is_in([value.lower() for value in wanted])


def _fails(name: str, failed: pl.Expr) -> pl.Expr:
    return pl.when(failed).then(pl.lit(name))
