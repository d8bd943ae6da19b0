"""From tables to one row of signals a creator.

One plan: each family prepares its rows and aggregates them by creator; profile signals and residuals are evaluated
over the joined row. A signal is a function of the creator's record and the context alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from features import audience, comments, engagement, growth, profile
from features.catalogue import SIGNALS
from features.context import CURVE_COLUMNS
from features.rows import comments as comment_rows
from features.rows import followers, history, posts
from features.steps import steps_and_drops
from features.tiers import tier_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from features.context import Context
    from features.records import Tables
    from features.signal import Signal

COVERAGE = ("posts_counted", "comments_counted", "history_days", "followers_sampled")
"""How much there is of each: posts with likes or views, comments by others, days with a follower count, followers."""

IDENTITY = ("creator_id", "platform", "tier")

_FAMILIES: tuple[tuple[Callable[[Tables, pl.LazyFrame], pl.LazyFrame], Sequence[Signal], dict[str, pl.Expr]], ...] = (
    (
        posts.rows,
        engagement.SIGNALS,
        {
            **engagement.LEVELS,
            "posts_counted": (pl.col("likes").is_not_null() | pl.col("views").is_not_null()).sum(),
        },
    ),
    (
        history.rows,
        growth.SIGNALS,
        {"history_days": pl.col("date").filter(pl.col("followers").is_not_null()).n_unique()},
    ),
    (comment_rows.rows, comments.SIGNALS, {"comments_counted": pl.len()}),
    (followers.rows, audience.SIGNALS, {"followers_sampled": pl.len()}),
)


def build(tables: Tables, context: Context | None = None, *, as_of: date | None = None) -> pl.DataFrame:
    """One row a creator, in the order of `tables.creators`.

    Args:
        tables: Records as `features.records.read` gives them.
        context: Where signals that need other creators take them from; those signals are null without it.
        as_of: The day at which the account is looked at; later posts, comments and counts are left out.

    Returns:
        `creator_id`, `platform`, `tier`, the four counts of `COVERAGE`, then one Float64 column a signal in the order
        of `SIGNALS`; null where a signal cannot be known.
    """
    return finish(aggregate(tables, as_of=as_of), context)


def aggregate(tables: Tables, *, as_of: date | None = None) -> pl.DataFrame:
    """The creators' own rows with every family's aggregates beside them: what `finish` turns into signals."""
    tables = at(tables, as_of)
    creators = _observed(tables, as_of)
    plans = [
        prepare(tables, creators).group_by("creator_id").agg(*(_named(signal) for signal in signals), **others)
        for prepare, signals, others in _FAMILIES
    ]
    joined, *families = pl.collect_all([creators, *plans], engine="in-memory")
    for family in families:
        joined = joined.join(family, on="creator_id", how="left", maintain_order="left")
    return joined


def finish(aggregates: pl.DataFrame, context: Context | None) -> pl.DataFrame:
    """Profile signals and residuals over the joined row, then the columns of `build` in their order."""
    joined = _with_curves(aggregates, context)
    return joined.with_columns(
        tier_of(pl.col("followers")).alias("tier"),
        *(pl.col(name).fill_null(0).cast(pl.Int64) for name in COVERAGE),
        *(_named(signal) for signal in (*profile.SIGNALS, *engagement.RESIDUALS)),
    ).select(*IDENTITY, *COVERAGE, *(_finite(signal.name) for signal in SIGNALS))


def evidence(tables: Tables, *, as_of: date | None = None) -> pl.DataFrame:
    """Where to look: for each signal that has evidence, a list of ids of posts, comments or followers, or of days.

    Returns:
        One row a creator in the order of `tables.creators`; one List(String) column a signal with evidence.
    """
    tables = at(tables, as_of)
    creators = _observed(tables, as_of)
    plans = [
        prepare(tables, creators)
        .group_by("creator_id")
        .agg(signal.evidence.alias(signal.name) for signal in signals if signal.evidence is not None)
        for prepare, signals, _ in _FAMILIES
    ]
    joined, *families = pl.collect_all([creators.select("creator_id"), *plans], engine="in-memory")
    for family in families:
        joined = joined.join(family, on="creator_id", how="left", maintain_order="left")
    return joined


def anomalies(tables: Tables, *, as_of: date | None = None) -> pl.DataFrame:
    """Every step and drop of the creators' histories; see `features.steps.steps_and_drops`."""
    tables = at(tables, as_of)
    return steps_and_drops(tables, _observed(tables, as_of))


def at(tables: Tables, as_of: date | None) -> Tables:
    """The tables as far as they were there on that day; rows without a time stay."""
    if as_of is None:
        return tables
    until = pl.lit(as_of)

    def before(column: str) -> pl.Expr:
        day = pl.col(column).cast(pl.Date)
        return day.is_null() | (day <= until)

    return replace(
        tables,
        posts=tables.posts.filter(before("posted_at")),
        comments=tables.comments.filter(before("posted_at")),
        follower_history=tables.follower_history.filter(before("date")),
    )


def _observed(tables: Tables, as_of: date | None) -> pl.LazyFrame:
    """The creators with `observed_on`: the day asked for, or that of the newest thing known about each."""
    if as_of is not None:
        return tables.creators.lazy().with_columns(observed_on=pl.lit(as_of))
    dated = ((tables.posts, "posted_at"), (tables.comments, "posted_at"), (tables.follower_history, "date"))
    creators = tables.creators.lazy().with_columns(newest=pl.col("observed_at").dt.date())
    for frame, column in dated:
        newest = frame.lazy().group_by("creator_id").agg(day=pl.col(column).max().cast(pl.Date))
        creators = (
            creators.join(newest, on="creator_id", how="left", maintain_order="left")
            .with_columns(newest=pl.max_horizontal("newest", "day"))
            .drop("day")
        )
    return creators.rename({"newest": "observed_on"})


def _with_curves(joined: pl.DataFrame, context: Context | None) -> pl.DataFrame:
    if context is None:
        return joined.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in CURVE_COLUMNS)
    return joined.join(context.curves, on="platform", how="left", maintain_order="left")


def _named(signal: Signal) -> pl.Expr:
    return signal.expression.alias(signal.name)


def _finite(name: str) -> pl.Expr:
    """A quotient or logarithm at the edge of its domain is not known, rather than infinite."""
    value = pl.col(name).cast(pl.Float64)
    return pl.when(value.is_finite()).then(value).alias(name)
