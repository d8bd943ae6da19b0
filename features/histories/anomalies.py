"""Stretches of a follower history that stand out: their days, size, kind, what explains them, and life without them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.few import collected, named
from features.histories.rounding import units
from features.histories.surges import LATER_DAYS
from features.records.hashes import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    _Anomaly = tuple[str, str, date, date, int, float | None, str | None, list[str]]

DECAY_LEAST = 0.15
"""A block decays when this part of it is gone within a month, beyond what else came and by the counts themselves;
natural churn of a month is below 5 %."""

MASS_LEAST, MASS_SHARE = 300, 0.02
"""Accounts followed and unfollowed again, at least this many and this share of the followers."""
MASS_DAY = 15
"""A day on which the followings move by fewer is everyday life."""

_EPOCH = date(1970, 1, 1)

SCHEMA = pl.Schema(
    {
        "creator_id": pl.String(),
        "kind": pl.String(),
        "start": pl.Date(),
        "end": pl.Date(),
        "size": pl.Int64(),
        "share_of_growth": pl.Float64(),
        "explained_by": pl.String(),
        "evidence": pl.List(pl.String()),
    }
)

_OF_SURGE = (
    "creator_id",
    "surge",
    "round",
    "start",
    "date",
    "size",
    "attrition",
    "unexplained",
    "explained_by",
    "evidence",
)


def anomalies(history: pl.DataFrame) -> pl.DataFrame:
    """Every step, drip, round block, decay, purge and wave of mass following.

    Args:
        history: Rows of `features.rows.history`.

    Returns:
        One row an anomaly, columns of `SCHEMA`, sorted by creator, day and kind. `start` is the day of the last count
        before it, `end` that of the last count that belongs to it; `size` in followers beyond the account's pace and
        what moved all accounts, negative for losses, of a decay as far as the counts fell (accounts followed and left
        again for mass_following); `share_of_growth` is the size among all followers gained in the history, null for
        losses and mass_following. `explained_by` is viral_post, giveaway, collaboration, press, purge, common (news or
        another day that moved all accounts), seasonal or null; `evidence` has up to five posts that explain it.
    """
    found: list[_Anomaly] = []
    if history["surge"].null_count() < history.height:
        found += _of_surges(history)
    if _moves(history["following"]):
        found += collected(_masses(history.lazy()), history.height).rows()
    if not found:
        return _none().clone()
    anomalies = pl.DataFrame(found, schema=SCHEMA, orient="row")
    return anomalies.sort("creator_id", "start", "end", "kind") if len(found) > 1 else anomalies


@cache
def _none() -> pl.DataFrame:
    """Made once: most creators have none, and a frame from a schema takes as long as looking for them."""
    return SCHEMA.to_frame()


def removed(history: pl.DataFrame, start: date, end: date, size: int) -> pl.DataFrame:
    """The history of one creator as if an anomaly of its followers had not happened.

    Args:
        history: Rows of the table `follower_history` of one creator.
        start: Day of the last count before the anomaly.
        end: Day of the last count that belongs to it.
        size: Followers gained by it, negative for a loss.

    Returns:
        The same rows with the size taken from the followers from `end` on, and by equal parts a day between `start` and
        `end`; never below 0, and rounded as the counts are: counts that look finer would show more than was known.
        Mass following is no anomaly of the followers.
    """
    length = (end - start).days
    days = history["date"].cast(pl.Int64).to_numpy()
    passed = np.clip(days - (start - _EPOCH).days, 0, length)
    counts = history["followers"].cast(pl.Float64).to_numpy()
    known = ~np.isnan(counts)
    unit = np.ones(len(counts))
    unit[known] = units(counts[known].astype(np.int64))
    left = counts - np.rint(passed * size / max(length, 1) / unit) * unit
    followers = pl.Series("followers", np.maximum(left, 0.0), nan_to_null=True).cast(pl.Int64)
    return history.clone().replace_column(history.columns.index("followers"), followers)


def _of_surges(history: pl.DataFrame) -> Iterator[_Anomaly]:
    """Each block, and the slow loss after those of the account's own that nothing explains."""
    days = np.flatnonzero(~np.isnan(history["size"].to_numpy()))  # every surge has a size
    surges = named(history, _OF_SURGE, days)
    places = dict(runs(history["creator_id"]))
    counted = {name: _Counted.of(history[places[name]]) for name in {row["creator_id"] for row in surges}}
    for row in surges:
        creator, end, size = row["creator_id"], row["date"], row["size"]
        own = counted[creator]
        share = min(size * (1.0 / own.grown), 1.0) if size > 0 else None
        kind = "purge" if row["surge"] == "drop" else "round" if row["round"] else row["surge"]
        yield creator, kind, row["start"], end, size, share, row["explained_by"], row["evidence"]
        if row["unexplained"] and (row["attrition"] or 0.0) >= DECAY_LEAST:
            month = min(end + timedelta(days=LATER_DAYS), own.last_day)
            later = own.between(end, month)
            # An account that only grows more slowly than before has lost nobody.
            fell = later[0] - min(later)
            if fell >= DECAY_LEAST * size:
                yield creator, "decay", end, month, -min(round(row["attrition"] * size), size, fell), None, None, []


@dataclass(frozen=True)
class _Counted:
    """One creator's follower counts by day, those that are known, and the last day of its history."""

    days: list[date]
    counts: list[int]
    last_day: date

    @classmethod
    def of(cls, history: pl.DataFrame) -> _Counted:
        days, counts = history["date"].to_list(), history["followers"].to_list()
        known = [(day, count) for day, count in zip(days, counts, strict=True) if count is not None]
        return cls([day for day, _ in known], [count for _, count in known], days[-1])

    @property
    def grown(self) -> int:
        """All followers gained from one count to the next."""
        return sum(max(after - before, 0) for before, after in pairwise(self.counts))

    def between(self, start: date, end: date) -> list[int]:
        """The counts from one day to another, both included."""
        return self.counts[bisect_left(self.days, start) : bisect_right(self.days, end)]


def _moves(following: pl.Series) -> bool:
    """Whether any account followed, or left, enough others in a day; most never do."""
    return bool((np.abs(np.diff(following.to_numpy().astype(np.float64))) >= MASS_DAY).any())


def _masses(history: pl.LazyFrame) -> pl.LazyFrame:
    """Accounts followed in masses and left again after that, from the first day of many followed to the last of many
    left."""
    change = pl.col("following").diff().fill_null(0)
    joined, left = change >= MASS_DAY, change <= -MASS_DAY
    followed, unfollowed = (pl.when(flag).then(change.abs()).otherwise(0) for flag in (joined, left))
    # Who leaves many and then follows others has left none of these again.
    others_left = (unfollowed.cum_sum() - followed.cum_sum()).max().clip(0)
    return (
        history.group_by("creator_id")
        .agg(
            kind=pl.lit("mass_following"),
            start=pl.col("date").shift(1).filter(joined).min(),
            end=pl.col("date").filter(left).max(),
            size=unfollowed.sum() - others_left,
            share_of_growth=pl.lit(None, dtype=pl.Float64),
            explained_by=pl.lit(None, dtype=pl.String),
            evidence=pl.lit([], dtype=pl.List(pl.String)),
            least=(pl.col("followers").median() * MASS_SHARE).fill_null(0.0),
        )
        .filter(pl.col("size") >= pl.max_horizontal("least", pl.lit(MASS_LEAST)))
        .select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
    )
