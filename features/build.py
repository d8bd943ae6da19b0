"""From tables to one row of signals a creator.

One plan: each family prepares its rows and aggregates them by creator; profile signals and residuals are evaluated
over the joined row. A signal is a function of the creator's record and the context alone.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.catalogue import SIGNAL_NAMES, SIGNALS
from features.evaluated import AGGREGATED, CITED, COVERAGE, EVALUATED, IDENTITY, OVER_THE_ROW, Rows
from features.families import residuals
from features.few import aggregated, collected, numbers
from features.histories.anomalies import anomalies as found_anomalies
from features.known import known_on
from features.one import evidence_of_one, signals_of_one, signals_of_one_over
from features.rows import comments as comment_rows
from features.rows import followers, history, posts
from features.tiers import tier_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from features.context import Context
    from features.records import Tables

_NOTHING: dict[str, list[pl.Series]] = {}
"""A null for each of what is aggregated of parts without rows; filled as they come up."""


_UNCITED = pl.Series([None], dtype=pl.List(pl.String))
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
    tables = known_on(tables, as_of)
    creators = _observed(tables, as_of)
    posted = posts.rows(tables, creators, context)
    return Rows(
        tables,
        creators,
        posted,
        history.rows(tables, creators, context, posted),
        comment_rows.rows(tables, creators, context),
        followers.rows(tables, creators, context),
    )


def signals(rows: Rows, context: Context | None) -> pl.DataFrame:
    """The frame that `build` describes."""
    if rows.creators.height == 1:
        return signals_of_one(rows, context)
    return finish(aggregate(rows), context)


def aggregate(rows: Rows) -> pl.DataFrame:
    """The creators' own rows with every family's aggregates beside them: what `finish` turns into signals."""
    joined = rows.creators
    for part in AGGREGATED:
        joined = _aggregated(rows, part, joined)
    return joined


def _aggregated(rows: Rows, part: str, joined: pl.DataFrame) -> pl.DataFrame:
    """The creators with the aggregates of one part beside them; few records hold every table."""
    frame: pl.DataFrame = getattr(rows, part)
    if frame.height:
        return aggregated(frame, joined, AGGREGATED[part])
    if part not in _NOTHING:
        schema = frame.lazy().select(AGGREGATED[part]).collect_schema()
        _NOTHING[part] = [pl.Series(name, [None], dtype=dtype) for name, dtype in schema.items()]
    return joined.hstack([nothing.new_from_index(0, joined.height) for nothing in _NOTHING[part]])


def finish(aggregates: pl.DataFrame, context: Context | None) -> pl.DataFrame:
    """Profile signals and residuals over the joined row, then the columns of `build` in their order."""
    joined = _with_curves(aggregates, context)
    over_the_row = collected(joined.lazy().select(OVER_THE_ROW), joined.height)
    columns = {one.name: one for one in (*joined.get_columns(), *over_the_row.get_columns())}
    return _finite([columns[name] for name in _FINISHED], len(SIGNAL_NAMES))


def signals_over(rows: Rows, context: Context | None, parts: Collection[str]) -> pl.DataFrame:
    """Only those signals of `build` that are evaluated over some of the rows, as `posts` or `history`.

    Returns:
        One row a creator in the order of `rows.creators`, one Float64 column a signal.
    """
    if rows.creators.height == 1:
        return signals_of_one_over(rows, context, parts)
    joined = rows.creators
    for part in parts:
        joined = _aggregated(rows, part, joined)
    wanted: list[pl.Expr] = [pl.col(one.name) for part in parts for one in EVALUATED[part]]
    if "posts" in parts:
        joined = _with_curves(joined, context)
        wanted += [one.expression.alias(one.name) for one in residuals.SIGNALS]
    return _finite(collected(joined.lazy().select(wanted), joined.height).get_columns(), len(wanted))


def signals_of_posts(tables: Tables, names: Collection[str]) -> pl.DataFrame:
    """Only these signals of `build`, all of them evaluated over posts: what they do not need is not prepared.

    Returns:
        One row a creator in the order of `tables.creators`: `creator_id`, `platform`, `tier`, then a Float64 column a
        signal.
    """
    tables = known_on(tables, None)
    creators = _observed(tables, None)
    wanted = [one for one in AGGREGATED["posts"] if one.meta.output_name() in names]
    found = posts.plan(tables, creators).group_by("creator_id").agg(wanted)
    joined = (
        creators.lazy()
        .select("creator_id", "platform", tier=tier_of(pl.col("followers")))
        .join(found, on="creator_id", how="left", maintain_order="left")
        .collect()
    )
    return _finite(joined.get_columns(), len(wanted))


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
        return evidence_of_one(rows, wanted)
    cited = {
        part: [expression for name, expression in expressions.items() if name in wanted]
        for part, expressions in CITED.items()
    }
    found = rows.creators[["creator_id"]]
    for part, expressions in cited.items():
        frame: pl.DataFrame = getattr(rows, part)
        if expressions and frame.height:
            found = aggregated(frame, found, expressions, lists=True)
    nowhere = [_UNCITED.new_from_index(0, found.height).alias(name) for name in wanted if name not in found.columns]
    return found.hstack(nowhere)[["creator_id", *wanted]]


def anomalies(rows: Rows) -> pl.DataFrame:
    """What stands out in the creators' histories; see `features.histories.anomalies.anomalies`."""
    return found_anomalies(rows.history)


def _observed(tables: Tables, as_of: date | None) -> pl.DataFrame:
    """The creators with `observed_on`: the day asked for, or that of the newest thing known about each.

    What came later than the day asked for is not there: they were observed at its end at the latest.
    """
    creators = tables.creators
    if as_of is not None:
        end = pl.lit(as_of).cast(creators.schema["observed_at"]) + pl.duration(days=1)
        return creators.with_columns(observed_on=pl.lit(as_of), observed_at=pl.min_horizontal("observed_at", end))
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
