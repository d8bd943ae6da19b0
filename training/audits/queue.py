"""What to audit next: accounts that the model is unsure of, that are asked for often, and unlike those audited.

Worth = uncertainty x traffic x novelty, each from 0 to 1:

- uncertainty, 4 p (1 - p), joined with the width of the interval as the chance that either speaks: p near a half, or a
  wide interval;
- traffic, ln(1 + requests) against the most asked-for account;
- novelty, 1 - the largest share of the model's trees in which an audited account falls into the same leaf (Breiman
  2001's proximity): how far the signals that move the score are from all that anyone has looked at.

The queue is made one by one, and each account in it counts as audited for the next ones, so that it is not fifty times
the same case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.boosters import booster as boosters

if TYPE_CHECKING:
    from collections.abc import Sequence

    import lightgbm as lgb
    from numpy.typing import NDArray

    from models.fraud import FraudBundle

    Floats = NDArray[np.float64]

COLUMNS = ("creator_id", "worth", "uncertainty", "traffic", "novelty", "requests", "probability")


def audit_queue(
    bundle: FraudBundle, signals: pl.DataFrame, requests: pl.DataFrame, audited: pl.DataFrame, top: int
) -> pl.DataFrame:
    """The accounts to audit next, the most worth it first.

    Args:
        bundle: The model in service.
        signals: Its signals of accounts without an audit, one row each; those without an answer are left out.
        requests: `creator_id` and `requests`, how often each was scored; once unless given.
        audited: Signals of the accounts that were audited.
        top: At most so many.

    Returns:
        `COLUMNS`.
    """
    if signals.is_empty():
        return _nobody()
    answers = bundle.verdict(signals).with_row_index("row").drop_nulls("probability")
    answers = answers.join(requests, on="creator_id", how="left", maintain_order="left").with_columns(
        pl.col("requests").fill_null(1).cast(pl.Int64)
    )
    if answers.is_empty():
        return _nobody()
    probability, lo, hi = (answers[name].to_numpy() for name in ("probability", "lo", "hi"))
    uncertainty = 1.0 - (1.0 - 4.0 * probability * (1.0 - probability)) * (1.0 - (hi - lo))
    asked = np.log1p(answers["requests"].to_numpy())
    traffic = asked / max(float(asked.max()), 1.0e-9)
    leaves = _leaves(bundle.booster, boosters.values(signals[answers["row"].to_list()], bundle.names))
    order, novelty = _picked(
        uncertainty * traffic, leaves, _leaves(bundle.booster, boosters.values(audited, bundle.names)), top
    )
    found = {"uncertainty": uncertainty[order], "traffic": traffic[order], "novelty": novelty}
    worth = uncertainty[order] * traffic[order] * novelty
    return (
        answers[order]
        .with_columns(worth=pl.Series(worth), **{k: pl.Series(v) for k, v in found.items()})
        .select(COLUMNS)
    )


def from_scores(
    scores: pl.DataFrame, names: Sequence[str], audited: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """What `audit_queue` takes, from served scores: signals of those who wait, requests, signals of those audited.

    Args:
        scores: A row a score, the newest of a creator last: `creator_id`, coverage and signals.
        names: The model's signals; those that older scores lack are null.
        audited: Ids of the creators with an audit.
    """
    absent = [pl.lit(None, pl.Float64).alias(name) for name in names if name not in scores.columns]
    known = scores.with_columns(absent)
    newest = known.unique("creator_id", keep="last", maintain_order=True).sort("creator_id")
    done = newest["creator_id"].is_in(audited.implode())
    requests = known.group_by("creator_id").agg(requests=pl.len().cast(pl.Int64))
    return newest.filter(~done), requests, newest.filter(done)


def _picked(value: Floats, leaves: NDArray[np.int32], audited: NDArray[np.int32], top: int) -> tuple[list[int], Floats]:
    """The rows in the order of the queue, and how novel each was when it was picked."""
    novelty = np.ones(len(leaves))
    for one in audited:
        np.minimum(novelty, _distance(leaves, one), out=novelty)
    order: list[int] = []
    then: list[float] = []
    left = np.ones(len(leaves), dtype=np.bool_)
    while left.any() and len(order) < top:
        best = int(np.argmax(np.where(left, value * novelty, -1.0)))
        order.append(best)
        then.append(float(novelty[best]))
        left[best] = False
        np.minimum(novelty, _distance(leaves, leaves[best]), out=novelty)
    return order, np.array(then)


def _distance(leaves: NDArray[np.int32], one: NDArray[np.int32]) -> Floats:
    return np.asarray((leaves != one).mean(axis=1), dtype=np.float64)


def _leaves(booster: lgb.Booster, values: Floats) -> NDArray[np.int32]:
    """Rows x trees: the leaf that each row falls into."""
    if not len(values):
        return np.empty((0, booster.num_trees()), dtype=np.int32)
    found = booster.predict(values, pred_leaf=True)
    return np.asarray(found, dtype=np.int32).reshape(len(values), -1)


def _nobody() -> pl.DataFrame:
    types = {"creator_id": pl.String, "requests": pl.Int64}
    return pl.DataFrame(schema={name: types.get(name, pl.Float64) for name in COLUMNS})
