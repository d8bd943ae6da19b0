"""Honest figures of a classifier, over all rows and by slice."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from models.verdicts.decision import Profile

    Floats = NDArray[np.float64]

BINS = 15
FEWEST_IN_SLICE = 30
FEWEST_OF_EITHER = 10
"""Rows of either label below which there is no average precision worth having."""
DOSES = (0.0, 0.06, 0.12, 0.25, 1.0)
"""Edges of the slices by dose: the share of followers or engagement that was bought."""
PLAIN_DOSE = 0.2
"""A dose from which fraud should be plain; those above it are a slice of their own."""
RESAMPLES = 200
SMALLEST_CELL = 100
"""Rows of a cell below which chance decides where its observed rate lies."""


def classification_metrics(label: Floats, probability: Floats) -> dict[str, float]:
    """Rows, share of the positive, Brier score, ECE, and, where there are both kinds, AUC and AP.

    Args:
        label: 1 or 0; 1 fraud, where that is what is told apart.
        probability: The calibrated probability of 1.
    """
    figures = {
        "rows": float(len(label)),
        "fraud_rate": float(label.mean()),
        "brier": float(np.mean((probability - label) ** 2)),
        "ece": calibration_error(label, probability),
    }
    if 0 < label.sum() < len(label):
        from sklearn.metrics import average_precision_score, roc_auc_score

        figures["auc"] = float(roc_auc_score(label, probability))
        figures["ap"] = float(average_precision_score(label, probability))
    return figures


def fraud_metrics(label: Floats, probability: Floats, profile: Profile) -> dict[str, float]:
    """`classification_metrics`, and at the profile's two cut-offs precision, recall and false-alarm rate.

    A figure that is not defined (no fraud, nothing flagged) is left out.
    """
    figures = classification_metrics(label, probability)
    for band, least in (("review", profile.review), ("high", profile.high)):
        figures |= {f"{name}_at_{band}": value for name, value in _at(label, probability >= least).items()}
    return figures


def calibration_error(label: Floats, probability: Floats) -> float:
    """Expected calibration error over `BINS` bins of equal mass: mean |observed rate - mean probability|, by rows."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    gaps = [abs(label[part].mean() - probability[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(order))


def area_under_curve(negative: Floats, positive: Floats) -> float:
    """Chance that a positive's score is above a negative's, ties counting half; NaN where there are none of either."""
    if not len(negative) or not len(positive):
        return float("nan")
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, "left") + np.searchsorted(ordered, positive, "right")
    return float(below.sum() / (2 * len(negative) * len(positive)))


def auc_interval(negative: Floats, positive: Floats, seed: int = 0) -> tuple[float, float, float]:
    """AUC of pairs with its bootstrap interval of 95 %; the two scores of an account are drawn together.

    Args:
        negative: Scores of n accounts as they are.
        positive: Scores of the same accounts, in the same order, with fraud.
        seed: Decides the `RESAMPLES` draws of n accounts.
    """
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(negative), (RESAMPLES, len(negative)))
    found = [area_under_curve(negative[draw], positive[draw]) for draw in draws]
    low, high = np.quantile(found, (0.025, 0.975))
    return area_under_curve(negative, positive), float(low), float(high)


def interval_cells(frame: pl.DataFrame, cell: Sequence[str], fewest: int) -> pl.DataFrame:
    """Each cell and decile of probability: is the observed rate between the mean lower and the mean upper bound?

    Args:
        frame: `label`, `probability`, `lo`, `hi` and the columns that make a cell, which is cut into its deciles.
        cell: Names of those columns; none makes one cell of all.
        fewest: Cells of fewer rows are left out.

    Returns:
        The cell's columns, `decile` (0 to 9), `rows`, the means `label`, `lo` and `hi`, and `inside`.
    """
    decile = (pl.col("probability").rank("ordinal") * 10 / (pl.len() + 1)).floor().cast(pl.Int64)
    cut = frame.with_columns(decile=decile.over(*cell) if cell else decile)
    means = cut.group_by(*cell, "decile").agg(pl.len().alias("rows"), pl.col("label", "lo", "hi").mean())
    inside = pl.col("label").is_between("lo", "hi").alias("inside")
    return means.filter(pl.col("rows") >= fewest).with_columns(inside).sort(*cell, "decile")


def cells_covered(frame: pl.DataFrame, cell: Sequence[str]) -> dict[str, float]:
    """Share of the cells of `interval_cells` whose observed rate lies between the mean bounds, and how many."""
    cells = interval_cells(frame, cell, SMALLEST_CELL)
    if cells.is_empty():
        return {"cells": 0.0}
    return {"cells": float(cells.height), "cells_covered": float(cells["inside"].mean())}  # type: ignore[arg-type]  # not empty


def slices(frame: pl.DataFrame, columns: Sequence[str], profile: Profile) -> pl.DataFrame:
    """The figures of `fraud_metrics` for every value of every column with `FEWEST_IN_SLICE` rows or more.

    Returns:
        `slice`, `value`, then one column a figure; sorted by slice and value.
    """
    rows: list[Mapping[str, object]] = []
    for column in columns:
        for (value,), part in frame.drop_nulls(column).group_by(column):
            if part.height >= FEWEST_IN_SLICE:
                rows.append({"slice": column, "value": str(value), **_figures(part, profile)})
    return pl.DataFrame(rows, infer_schema_length=None).sort("slice", "value") if rows else pl.DataFrame()


def by_dose(frame: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """Figures of the fraud of each range of doses against everyone genuine; `dose` is null where nothing was bought."""
    dose = pl.col("dose")
    ranges = {f"{least:.2f}-{most:.2f}": (dose > least) & (dose <= most) for least, most in pairwise(DOSES)}
    return _against_genuine(frame, "dose", ranges | {f"above {PLAIN_DOSE:.2f}": dose > PLAIN_DOSE}, profile)


def by_kind(frame: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """Figures of the fraud of each kind in `kinds` (a list; alone or with others) against everyone genuine."""
    names = frame["kinds"].explode().drop_nulls().unique().sort()
    return _against_genuine(frame, "kind", {name: pl.col("kinds").list.contains(name) for name in names}, profile)


def _against_genuine(frame: pl.DataFrame, title: str, parts: Mapping[str, pl.Expr], profile: Profile) -> pl.DataFrame:
    genuine = frame.filter(pl.col("label") == 0)
    rows: list[Mapping[str, object]] = []
    for name, part in parts.items():
        bought = frame.filter((pl.col("label") == 1) & part)
        if bought.height:
            figures = _figures(pl.concat([genuine, bought]), profile)
            rows.append({"slice": title, "value": name, **figures, "rows": float(bought.height)})
    return pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame()


def _figures(part: pl.DataFrame, profile: Profile) -> dict[str, float]:
    return fraud_metrics(part["label"].to_numpy(), part["probability"].to_numpy(), profile)


def _at(label: Floats, flagged: NDArray[np.bool_]) -> dict[str, float]:
    figures = {}
    if flagged.any():
        figures["precision"] = float(label[flagged].mean())
    if label.any():
        figures["recall"] = float(flagged[label == 1].mean())
    if (label == 0).any():
        figures["false_alarms"] = float(flagged[label == 0].mean())
    return figures
