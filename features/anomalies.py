"""Stretches of a follower history that stand out: their days, size, kind, what explains them, and life without them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.few import collected
from features.surges import LATER_DAYS

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

_GROWN = pl.col("followers").diff().clip(0).sum().alias("grown")
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
        before it, `end` that of the last count that belongs to it; `size` in followers (accounts followed for
        mass_following), negative for losses; `share_of_growth` among all followers gained in the history, null for
        losses and mass_following. `explained_by` is viral_post, giveaway, collaboration, press, purge, common (news or
        another day that moved all accounts), seasonal or null; `evidence` has up to five posts that explain it.
    """
    found: list[_Anomaly] = []
    if history["surge"].null_count() < history.height:
        found += _of_surges(history)
    if _moves(history["following"]):
        found += collected(_masses(history.lazy()), history.height).rows()
    anomalies = pl.DataFrame(found, schema=SCHEMA, orient="row")
    return anomalies.sort("creator_id", "start", "end", "kind") if len(found) > 1 else anomalies


def removed(history: pl.DataFrame, start: date, end: date, size: int) -> pl.DataFrame:
    """The history of one creator as if an anomaly of its followers had not happened.

    Args:
        history: Rows of the table `follower_history` of one creator.
        start: Day of the last count before the anomaly.
        end: Day of the last count that belongs to it.
        size: Followers gained by it, negative for a loss.

    Returns:
        The same rows with the size taken from the followers from `end` on, and by equal parts a day between `start` and
        `end`; never below 0. Mass following is no anomaly of the followers.
    """
    length = (end - start).days
    days = history["date"].cast(pl.Int64).to_numpy()
    passed = np.clip(days - (start - _EPOCH).days, 0, length)
    left = history["followers"].cast(pl.Float64).to_numpy() - np.rint(passed * size / max(length, 1))
    followers = pl.Series("followers", np.maximum(left, 0.0), nan_to_null=True).cast(pl.Int64)
    return history.clone().replace_column(history.columns.index("followers"), followers)


def _of_surges(history: pl.DataFrame) -> Iterator[_Anomaly]:
    """Each block, and the slow loss after those of the account's own that nothing explains."""
    of_creator = {
        creator: (grown, last_day)
        for creator, grown, last_day in collected(
            history.lazy().group_by("creator_id").agg(_GROWN, pl.col("date").max().alias("last_day")), history.height
        ).iter_rows()
    }
    for row in history.filter(pl.col("surge").is_not_null()).select(_OF_SURGE).iter_rows(named=True):
        creator, end, size = row["creator_id"], row["date"], row["size"]
        grown, last_day = of_creator[creator]
        share = min(max(size * (1.0 / grown), 0.0), 1.0) if grown > 0 and size > 0 else None
        kind = "purge" if row["surge"] == "drop" else "round" if row["round"] else row["surge"]
        yield creator, kind, row["start"], end, size, share, row["explained_by"], row["evidence"]
        if row["unexplained"] and (row["attrition"] or 0.0) >= DECAY_LEAST:
            month = min(end + timedelta(days=LATER_DAYS), last_day)
            # An account that only grows more slowly than before has lost nobody.
            if _fell(history, creator, end, month) >= DECAY_LEAST * size:
                yield creator, "decay", end, month, -round(min(row["attrition"], 1.0) * size), None, None, []


def _fell(history: pl.DataFrame, creator_id: str, start: date, end: date) -> int:
    """By how much the counts of a creator fell below that of the first of these days, at the most."""
    within = (pl.col("creator_id") == creator_id) & pl.col("date").is_between(start, end)
    counts = history.filter(within)["followers"].drop_nulls().to_list()
    return int(counts[0] - min(counts)) if counts else 0


def _moves(following: pl.Series) -> bool:
    """Whether any account followed, or left, enough others in a day; most never do."""
    return bool((np.abs(np.diff(following.to_numpy().astype(np.float64))) >= MASS_DAY).any())


def _masses(history: pl.LazyFrame) -> pl.LazyFrame:
    """Accounts followed in masses and unfollowed again, from the first large change to the last."""
    change = pl.col("following").diff()
    large = change.abs() >= MASS_DAY
    churned = pl.min_horizontal(change.filter(change >= MASS_DAY).sum(), -change.filter(change <= -MASS_DAY).sum())
    return (
        history.group_by("creator_id")
        .agg(
            kind=pl.lit("mass_following"),
            start=pl.col("date").shift(1).filter(large).min(),
            end=pl.col("date").filter(large).max(),
            size=churned,
            share_of_growth=pl.lit(None, dtype=pl.Float64),
            explained_by=pl.lit(None, dtype=pl.String),
            evidence=pl.lit([], dtype=pl.List(pl.String)),
            least=(pl.col("followers").median() * MASS_SHARE).fill_null(0.0),
        )
        .filter(pl.col("size") >= pl.max_horizontal("least", pl.lit(MASS_LEAST)))
        .select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
    )
