"""How well a fraud bundle does on creators that it has not seen: against their audits and, if known, the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from training.metrics import by_dose, by_kind, cells_covered, classification_metrics, slices

if TYPE_CHECKING:
    from features.records import Tables
    from models.fraud import FraudBundle

SLICED_BY = ("platform", "tier", "country", "language")


@dataclass(frozen=True)
class Evaluation:
    """Figures over everyone, figures by slice, and the predictions that they come from.

    Attributes:
        metrics: Against the audits; names that begin with `truth_` are against the truth.
        slices: `slice`, `value` and the same figures; against the truth where it is known.
        predictions: `creator_id`, `label`, `probability`, `lo`, `hi`, `state` and the columns of the slices.
        judged: The answered predictions with the label that the slices are of: the truth where it is known.
    """

    metrics: dict[str, float]
    slices: pl.DataFrame
    predictions: pl.DataFrame
    judged: pl.DataFrame


def evaluate(bundle: FraudBundle, frame: pl.DataFrame, tables: Tables, truth: pl.DataFrame | None = None) -> Evaluation:
    """Evaluate on labelled creators.

    Args:
        bundle: The model.
        frame: Rows of `training.dataset.training_frame`: `label` and signals.
        tables: Where country and language are read from.
        truth: The simulator's truth: `creator_id`, `fraud`, `kinds`, `dose`, `innocent`.
    """
    predictions = _predictions(bundle, frame, tables)
    answered = predictions.drop_nulls("probability")
    metrics = {"answered": answered.height / max(1, predictions.height), **_overall(answered)}
    if truth is None:
        return Evaluation(metrics, slices(answered, SLICED_BY), predictions, answered)
    known = truth.select("creator_id", "kinds", "dose", "innocent", truth=pl.col("fraud").cast(pl.Float64))
    judged = answered.join(known, on="creator_id", how="inner", maintain_order="left").with_columns(label="truth")
    metrics |= {f"truth_{name}": value for name, value in _overall(judged).items()}
    tables_of_figures = [slices(judged, (*SLICED_BY, "innocent")), by_kind(judged), by_dose(judged)]
    found = [table for table in tables_of_figures if table.height]
    return Evaluation(metrics, pl.concat(found, how="diagonal") if found else pl.DataFrame(), predictions, judged)


def _predictions(bundle: FraudBundle, frame: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    verdict = bundle.verdict(frame).select("creator_id", "probability", "lo", "hi", "state", "band")
    about = tables.creators.select("creator_id", "country", "language")
    labels = frame.select("creator_id", "label", "platform", "tier")
    joined = labels.join(verdict, on="creator_id", maintain_order="left")
    return joined.join(about, on="creator_id", how="left", maintain_order="left")


def _overall(rows: pl.DataFrame) -> dict[str, float]:
    figures = classification_metrics(rows["label"].to_numpy(), rows["probability"].to_numpy())
    return figures | cells_covered(rows, ("platform", "tier"))
