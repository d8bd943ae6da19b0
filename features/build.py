"""From tables to one row of signals a creator.

One plan: each family prepares its rows and aggregates them by creator; profile signals and residuals are evaluated
over the joined row. A signal is a function of the creator's record and the context alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from features import audience, comments, engagement, growth, profile, residuals
from features.alone import Columns, Program, singles
from features.anomalies import anomalies as found_anomalies
from features.catalogue import SIGNAL_NAMES, SIGNALS
from features.few import aggregated, collected, numbers
from features.rows import comments as comment_rows
from features.rows import followers, history, posts
from features.tiers import tier_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

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

    @cached_property
    def columns(self) -> dict[str, Columns]:
        """The columns of each part, as `features.alone` takes them."""
        return {part: Columns(getattr(self, part)) for part in _EVALUATED}


_EVALUATED: dict[str, tuple[Signal, ...]] = {
    "posts": engagement.SIGNALS,
    "history": growth.SIGNALS,
    "comments": comments.SIGNALS,
    "followers": audience.SIGNALS,
}
"""Signals by the rows that they are evaluated over."""

_BESIDES: dict[str, dict[str, pl.Expr]] = {
    "posts": {
        **engagement.LEVELS,
        "posts_counted": (pl.col("likes").is_not_null() | pl.col("views").is_not_null()).sum(),
    },
    "history": {"history_days": pl.col("followers").is_not_null().sum()},
    "comments": {"comments_counted": pl.len()},
    "followers": {"followers_sampled": pl.len()},
}
"""What else is aggregated of the same rows."""

# Expressions are put together once: for one creator that takes as long as evaluating them.
_AGGREGATED = {
    rows: [
        *(signal.expression.alias(signal.name) for signal in signals),
        *(expression.alias(name) for name, expression in _BESIDES[rows].items()),
    ]
    for rows, signals in _EVALUATED.items()
}
_NOTHING: dict[str, list[pl.Series]] = {}
"""A null for each of what is aggregated of parts without rows; filled as they come up."""


@cache
def _programs() -> dict[str, Program]:
    """What is aggregated of one creator, by its rows."""
    return {part: Program(expressions) for part, expressions in _AGGREGATED.items()}


@cache
def _last() -> Program:
    """What is evaluated over the row of one creator."""
    return Program(_OVER_THE_ROW)


@cache
def _citing() -> dict[str, Program]:
    """The evidence of one creator, by its rows."""
    return {part: Program([*expressions.values()]) for part, expressions in _CITED.items()}


_CITED = {
    rows: {signal.name: signal.evidence.alias(signal.name) for signal in signals if signal.evidence is not None}
    for rows, signals in _EVALUATED.items()
}
_UNCITED = pl.Series([None], dtype=pl.List(pl.String))
_OVER_THE_ROW = [
    tier_of(pl.col("followers")).alias("tier"),
    *(pl.col(name).fill_null(0).cast(pl.Int64) for name in COVERAGE),
    *(signal.expression.alias(signal.name) for signal in (*profile.SIGNALS, *residuals.SIGNALS)),
]
_FINISHED = (*IDENTITY, *COVERAGE, *SIGNAL_NAMES)
_NO_CURVES = [pl.Series(name, [None], dtype=residuals.SCHEMA[name]) for name in residuals.CURVE_COLUMNS]


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
    return signals(prepare(tables, context, as_of=as_of), context)


def prepare(tables: Tables, context: Context | None = None, *, as_of: date | None = None) -> Rows:
    """The rows of every family as of a day, or of the newest observation of each record.

    The context tells what moved all accounts on a day and whom else a commenter serves.
    """
    tables = at(tables, as_of)
    creators = _observed(tables, as_of)
    posted = posts.rows(tables, creators, context)
    return Rows(
        creators,
        posted,
        history.rows(tables, creators, context, posted),
        comment_rows.rows(tables, creators, context),
        followers.rows(tables, creators, context),
    )


def signals(rows: Rows, context: Context | None) -> pl.DataFrame:
    """The frame that `build` describes."""
    if rows.creators.height == 1:
        return _of_one(rows, context)
    return finish(aggregate(rows), context)


def _of_one(rows: Rows, context: Context | None) -> pl.DataFrame:
    """The same for a single creator, of whom there is less to work out than to plan."""
    found = singles(rows.creators.row(0, named=True))
    for part, program in _programs().items():
        if rows.columns[part].height:
            found |= program.over(rows.columns[part])
            found |= _left(getattr(rows, part), program.rest)
        else:
            found |= dict.fromkeys(one.meta.output_name() for one in _AGGREGATED[part])
    curves = None if context is None else context.curve_of(found["platform"])
    found |= curves or dict.fromkeys(residuals.CURVE_COLUMNS)
    last = _last()
    found |= last.over(found)
    left = last.left_over.difference(rows.creators.columns)
    further = [pl.Series(name, [found[name]], dtype=_dtype(name, found[name])) for name in left]
    found |= _left(rows.creators.hstack(further), last.rest)
    values = np.array([[found[name] for name in SIGNAL_NAMES]], dtype=np.float64)
    values[~np.isfinite(values)] = np.nan
    signals = pl.DataFrame({"": pl.Series(values[0], nan_to_null=True)}).transpose(column_names=SIGNAL_NAMES)
    coverage = [pl.Series(name, [found[name]], dtype=pl.Int64) for name in COVERAGE]
    tier = pl.Series("tier", [found["tier"]], dtype=pl.String)
    return pl.DataFrame([rows.creators["creator_id"], rows.creators["platform"], tier, *coverage, *signals])


def _dtype(name: str, value: object) -> pl.DataType | None:
    """Of a value that Polars is to read again; a null is one of numbers."""
    return residuals.SCHEMA.get(name, pl.Int64() if value is None else None)


def _left(frame: pl.DataFrame, expressions: list[pl.Expr]) -> dict[str, Any]:
    """What a program leaves to Polars, of the rows of one creator."""
    return collected(frame.lazy().select(expressions), frame.height).row(0, named=True) if expressions else {}


def aggregate(rows: Rows) -> pl.DataFrame:
    """The creators' own rows with every family's aggregates beside them: what `finish` turns into signals."""
    joined = rows.creators
    for part in _AGGREGATED:
        joined = _aggregated(rows, part, joined)
    return joined


def _aggregated(rows: Rows, part: str, joined: pl.DataFrame) -> pl.DataFrame:
    """The creators with the aggregates of one part beside them; few records hold every table."""
    frame: pl.DataFrame = getattr(rows, part)
    if frame.height:
        return aggregated(frame, joined, _AGGREGATED[part])
    if part not in _NOTHING:
        schema = frame.lazy().select(_AGGREGATED[part]).collect_schema()
        _NOTHING[part] = [pl.Series(name, [None], dtype=dtype) for name, dtype in schema.items()]
    return joined.hstack([nothing.new_from_index(0, joined.height) for nothing in _NOTHING[part]])


def finish(aggregates: pl.DataFrame, context: Context | None) -> pl.DataFrame:
    """Profile signals and residuals over the joined row, then the columns of `build` in their order."""
    joined = _with_curves(aggregates, context)
    over_the_row = collected(joined.lazy().select(_OVER_THE_ROW), joined.height)
    columns = {one.name: one for one in (*joined.get_columns(), *over_the_row.get_columns())}
    return _finite([columns[name] for name in _FINISHED], len(SIGNAL_NAMES))


def signals_over(rows: Rows, context: Context | None, parts: Collection[str]) -> pl.DataFrame:
    """Only those signals of `build` that are evaluated over some of the rows, as `posts` or `history`.

    Returns:
        One row a creator in the order of `rows.creators`, one Float64 column a signal.
    """
    joined = rows.creators
    for part in parts:
        joined = _aggregated(rows, part, joined)
    wanted: list[pl.Expr] = [pl.col(one.name) for part in parts for one in _EVALUATED[part]]
    if "posts" in parts:
        joined = _with_curves(joined, context)
        wanted += [one.expression.alias(one.name) for one in residuals.SIGNALS]
    return _finite(collected(joined.lazy().select(wanted), joined.height).get_columns(), len(wanted))


def evidence(rows: Rows, names: Collection[str] | None = None) -> pl.DataFrame:
    """Where to look: for each signal that has evidence, a list of ids of posts, comments or followers, or of days.

    Args:
        rows: What was prepared.
        names: Signals to look for; all that have evidence unless given.

    Returns:
        One row a creator in the order of `rows.creators`: `creator_id`, then one List(String) column a signal with
        evidence.
    """
    wanted = [one.name for one in SIGNALS if one.evidence is not None and (names is None or one.name in names)]
    if rows.creators.height == 1:
        return _evidence_of_one(rows, wanted)
    cited = {
        part: [expression for name, expression in expressions.items() if name in wanted]
        for part, expressions in _CITED.items()
    }
    found = rows.creators[["creator_id"]]
    for part, expressions in cited.items():
        frame: pl.DataFrame = getattr(rows, part)
        if expressions and frame.height:
            found = aggregated(frame, found, expressions, lists=True)
    nowhere = [_UNCITED.new_from_index(0, found.height).alias(name) for name in wanted if name not in found.columns]
    return found.hstack(nowhere)[["creator_id", *wanted]]


def _evidence_of_one(rows: Rows, wanted: Sequence[str]) -> pl.DataFrame:
    """The same for a single creator."""
    found: dict[str, list[str] | None] = dict.fromkeys(wanted)
    for part, program in _citing().items():
        if rows.columns[part].height:
            own = program.over(rows.columns[part], [name for name in program.names if name in found])
            found |= {name: values.data.tolist() for name, values in own.items()}
            lists = [one.implode() for one in program.rest if one.meta.output_name() in found]
            found |= _left(getattr(rows, part), lists)
    cited = pl.Series([*found.values()], dtype=pl.List(pl.String))
    cells = [cited[k : k + 1].alias(name) for k, name in enumerate(found)]
    return pl.DataFrame([rows.creators["creator_id"], *cells])


def anomalies(rows: Rows) -> pl.DataFrame:
    """What stands out in the creators' histories; see `features.anomalies.anomalies`."""
    return found_anomalies(rows.history)


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


def _observed(tables: Tables, as_of: date | None) -> pl.DataFrame:
    """The creators with `observed_on`: the day asked for, or that of the newest thing known about each."""
    creators = tables.creators
    if as_of is not None:
        return creators.with_columns(observed_on=pl.lit(as_of))
    dated = ((tables.posts, "posted_at"), (tables.comments, "posted_at"), (tables.follower_history, "date"))
    if creators.height == 1:
        times = [creators["observed_at"].item(), *(frame[column].max() for frame, column in dated)]
        known = [time.date() if isinstance(time, datetime) else time for time in times if time is not None]
        return creators.hstack([pl.Series("observed_on", [max(known, default=None)], dtype=pl.Date)])
    days = pl.concat(
        [
            creators.select("creator_id", day=pl.col("observed_at").dt.date()).lazy(),
            *(frame.lazy().select("creator_id", day=pl.col(column).cast(pl.Date)) for frame, column in dated),
        ]
    )
    newest = days.group_by("creator_id").agg(observed_on=pl.col("day").max())
    return creators.lazy().join(newest, on="creator_id", how="left", maintain_order="left").collect(engine="in-memory")


def _with_curves(joined: pl.DataFrame, context: Context | None) -> pl.DataFrame:
    """The curves of each creator's platform beside its row; nulls where there are none."""
    if context is None or context.curves.is_empty():
        return joined.hstack([column.new_from_index(0, joined.height) for column in _NO_CURVES])
    return joined.join(context.curves, on="platform", how="left", maintain_order="left")


def _finite(columns: list[pl.Series], signals: int) -> pl.DataFrame:
    """The last columns as Float64; a quotient or logarithm at the edge of its domain is not known, not infinite.

    Such values are seldom: looking for them first takes a fifth of the time of taking them out of every column.
    """
    values = [one if one.dtype == pl.Float64 else one.cast(pl.Float64) for one in columns[-signals:]]
    known = sum(len(one) - one.null_count() for one in values)
    if np.isfinite(numbers(pl.DataFrame(values))).sum() < known:
        values = [one.set(~one.is_finite(), None) for one in values]
    return pl.DataFrame([*columns[:-signals], *values])
