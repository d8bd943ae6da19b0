"""Whether the score rises with the dose: the same genuine accounts with more and more of one kind of fraud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from training.evaluation_tables import Table
from training.injection.doses import DOSED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from features.records import Tables
    from models.fraud import FraudBundle

RISING = (0.0, 0.1, 0.2, 0.4, 0.6)
MOST_FALL = 2.0
"""Points of 100 by which an account may fall between a dose and any higher one."""


def rising_scores(bundle: FraudBundle, tables: Tables, seed: int = 0) -> dict[str, pl.DataFrame]:
    """Risk scores of each account under rising doses, for every kind of `DOSED`.

    Returns:
        By kind `creator_id` and one column a dose of `RISING`, named `0.0`, `0.1`, ...; without accounts that have no
        answer.
    """
    untouched = _scores(bundle, tables, 0.0)
    found = {}
    for kind, bought in DOSED.items():
        scores = untouched
        for dose in RISING[1:]:
            beside = _scores(bundle, bought(tables, dose, seed), dose)
            scores = scores.join(beside, on="creator_id", maintain_order="left")
        found[kind] = scores.drop_nulls()
    return found


def _scores(bundle: FraudBundle, tables: Tables, dose: float) -> pl.DataFrame:
    verdict = bundle.verdict(bundle.signals(tables))
    return verdict.select("creator_id", pl.col("risk_score").alias(str(dose)))


def falls(scores: pl.DataFrame) -> NDArray[np.float64]:
    """How far each account of `rising_scores` falls, in points, from any dose to a higher one; 0 where it does not."""
    values = scores.select(map(str, RISING)).to_numpy()
    return np.asarray((np.maximum.accumulate(values, axis=1) - values).max(axis=1))


def rising(bundle: FraudBundle, tables: Tables, *, seed: int = 0) -> Table:
    """Mean score by dose for every kind, and how many accounts fall by more than `MOST_FALL` points and how far.

    Args:
        bundle: The model.
        tables: Genuine accounts; with the label `fake` of followers, bought followers also show in the samples.
        seed: Decides what is bought.
    """
    rows: list[tuple[object, ...]] = []
    for kind, scores in rising_scores(bundle, tables, seed).items():
        means = [scores[str(dose)].mean() for dose in RISING]
        fallen = falls(scores)
        far = float(fallen.max(initial=0.0))
        rows.append((kind, scores.height, *means, int((fallen > MOST_FALL).sum()), far))
    doses = (f"mean at {dose:.0%}" for dose in RISING)
    columns = ("fraud", "accounts", *doses, f"accounts that fall over {MOST_FALL:g} points", "largest fall")
    return Table(
        "Rising doses",
        columns,
        rows,
        "Genuine simulated accounts that buy more and more; risk scores of 0 to 100. A dose is the share of all "
        "followers, likes, views or comments that was bought in the end; a fall is from any dose to a higher one.",
    )
