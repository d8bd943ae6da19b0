"""How well a fraud bundle does on creators that it has not seen: against their audits and, if known, the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from training.metrics import by_dose, by_kind, cells_covered, fraud_metrics, slices

if TYPE_CHECKING:
    from features.records import Tables
    from models.fraud import FraudBundle
    from models.verdicts.decision import Profile

SLICED_BY = ("platform", "tier", "country", "language")


@dataclass(frozen=True)
class Evaluation:
    """Figures over everyone, figures by slice, and the predictions that they come from.

    Attributes:
        metrics: Against the audits; names that begin with `truth_` are against the truth.
        slices: `slice`, `value` and the same figures; against the truth where it is known.
        predictions: `creator_id`, `label`, `probability`, `lo`, `hi`, `state` and the columns of the slices.
        judged: The answered predictions with the label that the slices are of: the truth where it is known.
        profile: Of the bundle: its cut-offs are those of the figures at the bands.
        learnt_from: How many of the answered creators the bundle was trained on; none where the figures are honest.
    """

    metrics: dict[str, float]
    slices: pl.DataFrame
    predictions: pl.DataFrame
    judged: pl.DataFrame
    profile: Profile
    learnt_from: int

    @property
    def against(self) -> str:
        """What the label of the slices comes from."""
        return "the truth" if "truth_rows" in self.metrics else "the audits"


def evaluate(bundle: FraudBundle, frame: pl.DataFrame, tables: Tables, truth: pl.DataFrame | None = None) -> Evaluation:
    """Evaluate on labelled creators; figures at the bands are at the cut-offs of the bundle's profile.

    Args:
        bundle: The model.
        frame: Rows of `training.audits.dataset.training_frame`: `label` and signals.
        tables: Where country and language are read from.
        truth: The simulator's truth: `creator_id`, `fraud`, `kinds`, `dose`, `innocent`.
    """
    predictions, profile = _predictions(bundle, frame, tables), bundle.profile
    answered = predictions.drop_nulls("probability")
    learnt_from = len(bundle.seen(answered["creator_id"]))
    metrics = {"answered": answered.height / max(1, predictions.height), **_overall(answered, profile)}
    judged = None if truth is None else _with_truth(answered, truth)
    if judged is None or judged.is_empty():
        by_column = slices(answered, SLICED_BY, profile)
        return Evaluation(metrics, by_column, predictions, answered, profile, learnt_from)
    metrics |= {f"truth_{name}": value for name, value in _overall(judged, profile).items()}
    columns = (*SLICED_BY, "innocent")
    tables_of_figures = [slices(judged, columns, profile), by_kind(judged, profile), by_dose(judged, profile)]
    found = [table for table in tables_of_figures if table.height]
    figures = pl.concat(found, how="diagonal") if found else pl.DataFrame()
    return Evaluation(metrics, figures, predictions, judged, profile, learnt_from)


def _with_truth(answered: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Those of whom the truth is known, with it for a label."""
    known = truth.select("creator_id", "kinds", "dose", "innocent", truth=pl.col("fraud").cast(pl.Float64))
    return answered.join(known, on="creator_id", how="inner", maintain_order="left").with_columns(label="truth")


def _predictions(bundle: FraudBundle, frame: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    verdict = bundle.verdict(frame).select("creator_id", "probability", "lo", "hi", "state", "band")
    about = tables.creators.select("creator_id", "country", "language")
    labels = frame.select("creator_id", "label", "platform", "tier")
    joined = labels.join(verdict, on="creator_id", maintain_order="left")
    return joined.join(about, on="creator_id", how="left", maintain_order="left")


def _overall(rows: pl.DataFrame, profile: Profile) -> dict[str, float]:
    figures = fraud_metrics(rows["label"].to_numpy(), rows["probability"].to_numpy(), profile)
    return figures | cells_covered(rows, ("platform", "tier"))
