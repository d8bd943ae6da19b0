"""One row a day of history, in order of days, with its growth, and on its last day each surge with what explains it.

What moved all accounts of the platform on a day is taken out first (`features.histories.common_growth`). Without that
part of the context nothing is taken out: a purge or a day of news then stands in the history as if it were the
account's own.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.few import empty_once
from features.histories.accounts import measured
from features.histories.causes import Block, Cause, causes
from features.histories.series import differences
from features.histories.surges import surges
from features.records.contract import FOLLOWER_HISTORY
from features.records.tables import ordered
from features.rows import posts as post_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.context import Context
    from features.histories.accounts import Account
    from features.histories.common_growth import CommonDays
    from features.records import Tables

_EPOCH = date(1970, 1, 1)

ENOUGH_COUNTS = 28
"""Fewer counts than these have no usual pace to compare a day with."""

ROUND_LEAST = 400
ROUND_GRIDS, ROUND_BEYOND = ((5_000, 500), (50_000, 5_000)), 50_000
"""Packages are sold in multiples of 500 up to 5,000 followers, of 5,000 up to 50,000, and of 50,000 beyond."""
ROUND_WITHIN, ROUND_LUCK = 0.02, 0.05
"""Off by at most 2 % of the size and 5 % of the grid, so that at most one step in ten is round by luck."""

_PACED = ("days", "growth", "excess", "z", "grain", "pace", "spread")
_SURGES = pl.Schema(
    {
        "surge": pl.String(),
        "shared": pl.Boolean(),
        "start": pl.Date(),
        "surplus": pl.Float64(),
        "size": pl.Int64(),
        "glow": pl.Float64(),
        "attrition": pl.Float64(),
        "round": pl.Boolean(),
        "posts_known": pl.Boolean(),
        "near_post": pl.Boolean(),
        "explained_by": pl.String(),
        "evidence": pl.List(pl.String()),
        "unexplained": pl.Boolean(),
    }
)
_NO_SURGE = [pl.Series(name, [None], dtype=dtype) for name, dtype in _SURGES.items()]


@empty_once("follower_history")
def rows(
    tables: Tables, creators: pl.DataFrame, context: Context | None, posts: pl.DataFrame | None = None
) -> pl.DataFrame:
    """One row a day of history; surges stand on the row of their last day, the other rows have null there.

    Args:
        tables: Records with histories and posts.
        creators: All creators.
        context: What moved all accounts.
        posts: Rows of `features.rows.posts` where they are there already; else they are prepared for those with surges.

    Returns:
        The table's columns and `gained`, as `paced` has it. For each surge `surge` (step, drip, drop), whether it is
        `shared` with all accounts, `start` (the day of the count before it), `surplus` (log), `size` (followers),
        `glow`, `attrition` (see `features.histories.surges`), `round`, the columns of
        `features.histories.causes.Cause`, and whether it is an `unexplained` rise; none with fewer than `ENOUGH_COUNTS`
        counts. A rise is one only where the counts rose, a drop where they fell. A count that says nothing of its day
        is null, see `features.histories.accounts`.
    """
    known = _known(tables)
    history, accounts = measured(known, _common(known, creators, context))
    blocks = [found for account in accounts for found in _blocks(account)]
    causes = _causes([block for _, block in blocks], tables, creators, context, posts)
    found = [
        (*block.columns(), *cause, block.surge != "drop" and cause.explained_by is None)
        for (_, block), cause in zip(blocks, causes, strict=True)
    ]
    return pl.DataFrame(
        [
            *_own(history),
            _gained(history, accounts),
            *_on_days([row for row, _ in blocks], found, len(history)),
        ]
    )


def _on_days(rows: list[int], surges: list[tuple[object, ...]], days: int) -> list[pl.Series]:
    """The columns of `_SURGES`: each surge on its row, null on the others."""
    if not surges:
        return [nothing.new_from_index(0, days) for nothing in _NO_SURGE]
    place = np.zeros(days, dtype=np.uint32)  # days without a surge take the first row, which is empty
    place[rows] = 1 + np.arange(len(rows))
    columns = pl.DataFrame([(None,) * len(_SURGES), *surges], schema=_SURGES, orient="row")
    return [column[pl.Series(place)] for column in columns]


def paced(tables: Tables) -> pl.DataFrame:
    """One row a day of history, sorted by creator and day, with how fast the account grew, whatever moved all.

    Returns:
        The table's columns and, since the count before, `days`, `growth` a day (log), `excess` over the usual pace
        (log), `z` (robust); `grain` of the count (log), the account's `pace` and `spread` (log a day). Null where there
        is no count, and for accounts with fewer than two. `gained` is the sum of all days' gains of an account with at
        least `ENOUGH_COUNTS` counts, never below 1.
    """
    history, accounts = measured(_known(tables), {})
    return pl.DataFrame([*_own(history), _gained(history, accounts), *_paced(history, accounts)])


def _known(tables: Tables) -> pl.DataFrame:
    """The table in order, without days of which nothing is known."""
    history = ordered(tables.follower_history, FOLLOWER_HISTORY)
    return history.filter(_KNOWN) if history["followers"].null_count() else history


def _common(history: pl.DataFrame, creators: pl.DataFrame, context: Context | None) -> dict[str, CommonDays]:
    """What moved all accounts of each creator's platform, as far as the context knows."""
    if context is None or context.common_growth.is_empty() or history.is_empty():
        return {}
    named = zip(creators["creator_id"], creators["platform"], strict=True)
    days = context.common_days
    return {creator: days[platform] for creator, platform in named if platform in days}


# Expressions are put together once: for one creator that takes as long as evaluating them.
_KNOWN = pl.col("followers").is_not_null() | pl.col("following").is_not_null()


def _own(history: pl.DataFrame) -> list[pl.Series]:
    """The table's columns."""
    return [history[name] for name in FOLLOWER_HISTORY.names]


def _gained(history: pl.DataFrame, accounts: list[Account]) -> pl.Series:
    """`gained` of `paced`."""
    gained = np.full(len(history), np.nan)
    for account in accounts:
        if len(account.rows) >= ENOUGH_COUNTS:
            gained[account.rows] = max(int(np.maximum(differences(account.series.followers), 0).sum()), 1)
    return pl.Series("gained", gained, nan_to_null=True)


def _paced(history: pl.DataFrame, accounts: list[Account]) -> list[pl.Series]:
    """The other columns of `paced`."""
    columns = {name: np.full(len(history), np.nan) for name in _PACED}
    for account in accounts:
        for name in ("growth", "excess", "z", "grain", "pace", "spread"):
            columns[name][account.rows] = getattr(account.series, name)
        columns["days"][account.rows[1:]] = differences(account.series.day)
    return [pl.Series(name, values, nan_to_null=True) for name, values in columns.items()]


def _blocks(account: Account) -> Iterator[tuple[int, Block]]:
    """The surges of an account with enough counts, each with the row of its last day."""
    own = account.series
    for surge in surges(own) if len(account.rows) >= ENOUGH_COUNTS else ():
        followers = float(own.followers[surge.end])
        size = round(-followers * math.expm1(-surge.surplus))
        unit = float(own.grain[surge.end]) * (followers + 1)
        yield (
            int(account.rows[surge.end]),
            Block(
                creator_id=account.creator_id,
                surge=surge.kind,
                shared=surge.common,
                start=_EPOCH + timedelta(days=int(own.day[surge.before])),
                end=_EPOCH + timedelta(days=int(own.day[surge.end])),
                surplus=surge.surplus,
                size=size,
                glow=surge.glow,
                attrition=surge.attrition,
                round=_is_round(size, unit) if surge.kind == "step" else None,
                purge=bool(own.purge[surge.end]),
            ),
        )


def _causes(
    blocks: list[Block], tables: Tables, creators: pl.DataFrame, context: Context | None, posts: pl.DataFrame | None
) -> list[Cause]:
    if posts is None and blocks:
        ids = pl.Series(sorted({block.creator_id for block in blocks}))
        own = tables.posts.filter(pl.col("creator_id").is_in(ids.implode()))
        if not own.is_empty():
            posts = post_rows.rows(replace(tables, posts=own), creators, context)
    return causes(blocks, posts) if blocks else []


def package(size: int) -> int:
    """The size nearest to this one in which followers are sold."""
    grid = _grid(size)
    return round(size / grid) * grid


def _grid(size: int) -> int:
    return next((spacing for below, spacing in ROUND_GRIDS if size < below), ROUND_BEYOND)


def _is_round(size: int, unit: float) -> bool | None:
    """Whether a step is of a size that is sold; unknown where the counts are too coarse to say."""
    within = min(ROUND_WITHIN * size, ROUND_LUCK * _grid(size))
    if unit > within:
        return None
    return size >= ROUND_LEAST and abs(size - package(size)) <= within
