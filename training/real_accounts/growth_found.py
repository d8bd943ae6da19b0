"""How well purchases are found in real follower series, and how many are seen where nothing was bought."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

import features
from features.histories import common_growth
from training.evaluation_tables import Table
from training.injection.followers import bought_followers, purchases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from features import Context
    from features.records import Tables
    from models.fraud import FraudBundle

PURCHASE_KINDS = ("step", "round", "drip")
BOUGHT = ((0.05, 1), (0.1, 1), (0.05, 14), (0.1, 14))
"""Doses and days of the purchases that are injected."""
REPEATS = 3
"""Times that each account buys, on other days each time."""


def with_common_growth(bundle: FraudBundle, tables: Tables) -> FraudBundle:
    """The bundle with what moved all of these accounts on a day in place of what moved those of its training."""
    return bundle.with_context(_context(bundle.context, tables))


def growth_found(context: Context, sets: Mapping[str, Tables], *, seed: int = 0) -> list[Table]:
    """What is seen in each set of series as it is, and how often an injected purchase is found.

    Args:
        context: Its common growth is replaced by that of each set.
        sets: Records with follower histories.
        seed: Decides the days of the purchases.
    """
    seen, found = [], []
    for name, tables in sets.items():
        own = _context(context, tables)
        seen.append((name, *_untouched(tables, own)))
        found += [
            (f"{name}: +{dose:.0%} over {days} days", *_found(tables, own, dose, days, seed)) for dose, days in BOUGHT
        ]
    untouched = Table(
        "Growth: real series as they are",
        (
            "set",
            "accounts",
            "accounts with an unexplained purchase",
            "accounts with a jump or drop explained",
            "causes",
        ),
        seen,
        f"Unexplained: a {', '.join(PURCHASE_KINDS)} without a cause. What moved all accounts is taken from the set.",
    )
    injected = Table(
        "Growth: injected purchases found",
        ("purchase", "purchases", "found", "found or explained away"),
        found,
        "Found: an unexplained purchase that overlaps the days of the delivery. Days are drawn at random, also where "
        f"something else happens; every account buys {REPEATS} times, once in each copy.",
    )
    return [untouched, injected]


def _context(context: Context, tables: Tables) -> Context:
    return replace(context, common_growth=common_growth.build(tables))


def _untouched(tables: Tables, context: Context) -> tuple[object, ...]:
    seen = features.anomalies(features.prepare(tables, context))
    accounts = tables.creators.height
    explained = seen.filter(pl.col("explained_by").is_not_null())
    causes = explained["explained_by"].value_counts().sort("explained_by")
    return (
        accounts,
        seen.filter(_unexplained())["creator_id"].n_unique() / accounts,
        explained["creator_id"].n_unique() / accounts,
        ", ".join(f"{cause} {count}" for cause, count in causes.iter_rows()),
    )


def _found(tables: Tables, context: Context, dose: float, days: int, seed: int) -> tuple[object, ...]:
    bought = tables.follower_history["creator_id"].n_unique() * REPEATS
    found = touched = 0
    for repeat in range(REPEATS):
        salt = seed * REPEATS + repeat
        seen = features.anomalies(features.prepare(bought_followers(tables, dose, days, salt), context))
        when = purchases(tables, dose, days, salt).select("creator_id", since="start", until="end")
        overlapping = seen.join(when, on="creator_id").filter(
            (pl.col("start") <= pl.col("until")) & (pl.col("end") >= pl.col("since"))
        )
        found += overlapping.filter(_unexplained())["creator_id"].n_unique()
        touched += overlapping.filter(pl.col("kind").is_in(PURCHASE_KINDS))["creator_id"].n_unique()
    return bought, found / bought, touched / bought


def _unexplained() -> pl.Expr:
    return pl.col("kind").is_in(PURCHASE_KINDS) & pl.col("explained_by").is_null()
