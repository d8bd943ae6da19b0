"""How far reviewers agree beyond chance: Cohen's kappa of pairs, Fleiss' kappa of all."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.records.contract import VERDICTS
from training.audits.last_verdicts import standing
from training.evaluation_tables import Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST_SHARED = 10
"""Creators that two reviewers must both have judged for a kappa of theirs."""


def fleiss_kappa(counts: NDArray[np.float64]) -> float:
    """Agreement of any number of raters beyond chance (Fleiss 1971, "Measuring nominal scale agreement among many
    raters"), with his formula's number of raters taken for each subject by itself, so that it may differ.

    Args:
        counts: Subjects x categories: how many raters put the subject there, two raters or more a subject.

    Returns:
        1 where all agree, 0 where they agree as often as chance; NaN where one category is all there is.
    """
    raters = counts.sum(axis=1)
    agreeing = (np.square(counts).sum(axis=1) - raters) / (raters * (raters - 1.0))
    chance = float(np.square(counts.sum(axis=0) / counts.sum()).sum())
    return float("nan") if chance == 1.0 else (float(agreeing.mean()) - chance) / (1.0 - chance)


def agreement(audits: pl.DataFrame) -> Table:
    """Fleiss' kappa over creators with two reviewers or more, Cohen's of every pair that shares `FEWEST_SHARED`."""
    last = standing(audits.drop_nulls("reviewer")).select("creator_id", "reviewer", "verdict")
    shared = last.filter(pl.len().over("creator_id") > 1)
    rows: list[tuple[object, ...]] = []
    if shared.height:
        counts = shared.group_by("creator_id", maintain_order=True).agg(
            (pl.col("verdict") == verdict).sum().cast(pl.Float64).alias(verdict) for verdict in VERDICTS
        )
        rows = [("all (Fleiss)", counts.height, fleiss_kappa(counts.select(VERDICTS).to_numpy())), *_pairs(shared)]
    note = f"Creators with two reviewers or more; pairs (Cohen) that share {FEWEST_SHARED}. 1 is agreement, 0 chance."
    return Table("Reviewers' agreement", ("reviewers", "creators", "kappa"), rows, note)


def _pairs(shared: pl.DataFrame) -> list[tuple[object, ...]]:
    from sklearn.metrics import cohen_kappa_score

    by_reviewer = {
        str(name[0]): part for name, part in shared.sort("reviewer").group_by("reviewer", maintain_order=True)
    }
    found: list[tuple[object, ...]] = []
    for one, other in combinations(by_reviewer, 2):
        both = by_reviewer[one].join(by_reviewer[other], on="creator_id", suffix="_other")
        if (
            both.height >= FEWEST_SHARED
            and both.select(pl.col("verdict", "verdict_other")).unpivot()["value"].n_unique() > 1
        ):
            kappa = cohen_kappa_score(both["verdict"].to_list(), both["verdict_other"].to_list(), labels=list(VERDICTS))
            found.append((f"{one} and {other}", both.height, float(kappa)))
    return found
