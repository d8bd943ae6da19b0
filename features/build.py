"""From tables to one row of signals a creator.

One plan: each family prepares its rows and aggregates them by creator; profile signals and residuals are evaluated
over the joined row. A signal is a function of the creator's record and the context alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from features import audience, comments, engagement, growth, profile, residuals
from features.catalogue import SIGNALS
from features.context import CURVE_COLUMNS
from features.rows import comments as comment_rows
from features.rows import followers, history, posts
from features.steps import steps_and_drops
from features.tiers import tier_of

if TYPE_CHECKING:
    from datetime import date

    from features.context import Context
    from features.records import Tables
    from features.signal import Signal

COVERAGE = ("posts_counted", "comments_counted", "history_days", "followers_sampled")
"""How much there is of each: posts with likes or views, comments by others, days with a follower count, followers."""

IDENTITY = ("creator_id", "platform", "tier")


@dataclass(frozen=True)
class Rows:
    """Every family's rows, prepared once: signals, evidence and anomalies are all read off them."""

    creators: pl.DataFrame
    posts: pl.DataFrame
    history: pl.DataFrame
    comments: pl.DataFrame
    followers: pl.DataFrame


@dataclass(frozen=True)
class _Part:
    """A family's signals, the rows that they are evaluated over, and what else is aggregated of these."""

    rows: str
    signals: tuple[Signal, ...]
    others: dict[str, pl.Expr]


_PARTS = (
    _Part(
        "posts",
        engagement.SIGNALS,
        {
            **engagement.LEVELS,
            "posts_counted": (pl.col("likes").is_not_null() | pl.col("views").is_not_null()).sum(),
        },
    ),
    _Part("history", growth.SIGNALS, {"history_days": pl.col("followers").is_not_null().sum()}),
    _Part("comments", comments.SIGNALS, {"comments_counted": pl.len()}),
    _Part("followers", audience.SIGNALS, {"followers_sampled": pl.len()}),
)


def build(tables: Tables, context: Context | None = None, *, as_of: date | None = None) -> pl.DataFrame:
    """One row of signals a creator, in the order of `tables.creators`: `signals` of `prepare`.

    Args:
        tables: Records as `features.records.read` gives them.
        context: Where signals that need other creators take them from; those signals are null without it.
        as_of: The day at which the account is looked at; later posts, comments and counts are left out.

    Returns:
        `creator_id`, `platform`, `tier`, the four counts of `COVERAGE`, then one Float64 column a signal in the order
        of `SIGNALS`; null where a signal cannot be known.
    """
    return signals(prepare(tables, as_of=as_of), context)


def prepare(tables: Tables, *, as_of: date | None = None) -> Rows:
    """The rows of every family as of a day, or of the newest observation of each record."""
    tables = at(tables, as_of)
    creators = _observed(tables, as_of).collect(engine="in-memory")
    known = creators.lazy()
    plans = (
        posts.rows(tables, known),
        history.rows(tables, known),
        comment_rows.rows(tables, known),
        followers.rows(tables, known),
    )
    return Rows(creators, *pl.collect_all(plans, engine="in-memory"))


def signals(rows: Rows, context: Context | None) -> pl.DataFrame:
    """The frame that `build` describes."""
    return finish(aggregate(rows), context)


def aggregate(rows: Rows) -> pl.DataFrame:
    """The creators' own rows with every family's aggregates beside them: what `finish` turns into signals."""
    return _beside(rows, {part.rows: [*map(_named, part.signals), *_aliased(part.others)] for part in _PARTS})


def finish(aggregates: pl.DataFrame, context: Context | None) -> pl.DataFrame:
    """Profile signals and residuals over the joined row, then the columns of `build` in their order."""
    joined = _with_curves(aggregates, context)
    return joined.with_columns(
        tier_of(pl.col("followers")).alias("tier"),
        *(pl.col(name).fill_null(0).cast(pl.Int64) for name in COVERAGE),
        *(_named(signal) for signal in (*profile.SIGNALS, *residuals.SIGNALS)),
    ).select(*IDENTITY, *COVERAGE, *(_finite(signal.name) for signal in SIGNALS))


def evidence(rows: Rows) -> pl.DataFrame:
    """Where to look: for each signal that has evidence, a list of ids of posts, comments or followers, or of days.

    Returns:
        One row a creator in the order of `rows.creators`: `creator_id`, then one List(String) column a signal with
        evidence.
    """
    cited = {
        part.rows: [signal.evidence.alias(signal.name) for signal in part.signals if signal.evidence is not None]
        for part in _PARTS
    }
    return _beside(rows, cited).select(
        "creator_id", *(signal.name for signal in SIGNALS if signal.evidence is not None)
    )


def anomalies(rows: Rows) -> pl.DataFrame:
    """Every step and drop of the creators' histories; see `features.steps.steps_and_drops`."""
    return steps_and_drops(rows.history)


def _beside(rows: Rows, expressions: dict[str, list[pl.Expr]]) -> pl.DataFrame:
    """The creators with the given aggregates of their rows joined to them."""
    plans = [getattr(rows, name).lazy().group_by("creator_id").agg(wanted) for name, wanted in expressions.items()]
    joined = rows.creators
    for family in pl.collect_all(plans, engine="in-memory"):
        joined = joined.join(family, on="creator_id", how="left", maintain_order="left")
    return joined


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
    days = pl.concat(
        [
            tables.creators.select("creator_id", day=pl.col("observed_at").dt.date()).lazy(),
            *(frame.lazy().select("creator_id", day=pl.col(column).cast(pl.Date)) for frame, column in dated),
        ]
    )
    newest = days.group_by("creator_id").agg(observed_on=pl.col("day").max())
    return tables.creators.lazy().join(newest, on="creator_id", how="left", maintain_order="left")


def _with_curves(joined: pl.DataFrame, context: Context | None) -> pl.DataFrame:
    if context is None:
        return joined.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in CURVE_COLUMNS)
    return joined.join(context.curves, on="platform", how="left", maintain_order="left")


def _named(signal: Signal) -> pl.Expr:
    return signal.expression.alias(signal.name)


def _aliased(expressions: dict[str, pl.Expr]) -> list[pl.Expr]:
    return [expression.alias(name) for name, expression in expressions.items()]


def _finite(name: str) -> pl.Expr:
    """A quotient or logarithm at the edge of its domain is not known, rather than infinite."""
    value = pl.col(name).cast(pl.Float64)
    return pl.when(value.is_finite()).then(value).alias(name)
