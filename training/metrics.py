"""Honest figures of a classifier, over all rows and by slice."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.decision import DEFAULT_PROFILE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BINS = 15
FEWEST_IN_SLICE = 30
DOSES = (0.0, 0.06, 0.12, 0.25, 1.0)
"""Edges of the slices by dose: the share of followers or engagement that was bought."""


def classification_metrics(label: Floats, probability: Floats) -> dict[str, float]:
    """AUC, AP, Brier score, ECE, base rate, and at the two cut-offs precision, recall and false-alarm rate.

    A figure that is not defined (no fraud, nothing flagged) is left out.

    Args:
        label: 1 fraud, 0 genuine.
        probability: The calibrated probability of fraud.
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
    for band, least in (("review", DEFAULT_PROFILE.review), ("high", DEFAULT_PROFILE.high)):
        figures |= {f"{name}_at_{band}": value for name, value in _at(label, probability >= least).items()}
    return figures


def calibration_error(label: Floats, probability: Floats, bins: int = BINS) -> float:
    """Expected calibration error over bins of equal mass: mean |observed rate - mean probability|, by rows."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [abs(label[part].mean() - probability[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(order))


def cells_covered(frame: pl.DataFrame, cell: Sequence[str], fewest: int = 100) -> dict[str, float]:
    """Share of cells in which the observed rate lies between the mean lower and the mean upper bound.

    Args:
        frame: `label`, `probability`, `lo`, `hi` and the columns that make a cell, which is further cut into deciles.
        cell: Names of those columns.
        fewest: Cells of fewer rows are left out.
    """
    decile = (pl.col("probability").rank("ordinal") * 10 / (pl.len() + 1)).floor()
    cells = (
        frame.with_columns(decile=decile)
        .group_by(*cell, "decile")
        .agg(pl.col("label", "lo", "hi").mean(), rows=pl.len())
        .filter(pl.col("rows") >= fewest)
    )
    if cells.is_empty():
        return {"cells": 0.0}
    inside = cells.select(pl.col("label").is_between("lo", "hi").mean()).item()
    return {"cells": float(cells.height), "cells_covered": float(inside)}


def slices(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """The figures of `classification_metrics` for every value of every column with `FEWEST_IN_SLICE` rows or more.

    Returns:
        `slice`, `value`, then one column a figure; sorted by slice and value.
    """
    rows: list[Mapping[str, object]] = []
    for column in columns:
        for (value,), part in frame.drop_nulls(column).group_by(column):
            if part.height >= FEWEST_IN_SLICE:
                rows.append({"slice": column, "value": str(value), **_figures(part)})
    return pl.DataFrame(rows, infer_schema_length=None).sort("slice", "value") if rows else pl.DataFrame()


def by_dose(frame: pl.DataFrame) -> pl.DataFrame:
    """Figures of the fraud of each range of doses against everyone genuine; `dose` is null where nothing was bought."""
    genuine = frame.filter(pl.col("label") == 0)
    rows: list[Mapping[str, object]] = []
    for least, most in pairwise(DOSES):
        bought = frame.filter((pl.col("label") == 1) & (pl.col("dose") > least) & (pl.col("dose") <= most))
        if bought.height:
            figures = _figures(pl.concat([genuine, bought]))
            rows.append({"slice": "dose", "value": f"{least:.2f}-{most:.2f}", **figures, "rows": float(bought.height)})
    return pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame()


def _figures(part: pl.DataFrame) -> dict[str, float]:
    return classification_metrics(part["label"].to_numpy(), part["probability"].to_numpy())


def _at(label: Floats, flagged: NDArray[np.bool_]) -> dict[str, float]:
    figures = {}
    if flagged.any():
        figures["precision"] = float(label[flagged].mean())
    if label.any():
        figures["recall"] = float(flagged[label == 1].mean())
    if (label == 0).any():
        figures["false_alarms"] = float(flagged[label == 0].mean())
    return figures
