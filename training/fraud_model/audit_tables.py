"""How well a fraud bundle does on records with audits: figures, slices and intervals as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from features.errors import Problem, RecordsError
from training.audits.audit_time import signals_as_audited
from training.audits.dataset import audit_labels
from training.evaluation_tables import Table
from training.fraud_model.audit_evaluation import SLICED_BY, evaluate
from training.metrics import interval_cells

if TYPE_CHECKING:
    from features.records import Tables
    from models.fraud import FraudBundle
    from training.fraud_model.audit_evaluation import Evaluation

SMALLEST_CELL = 200
"""Cases of a slice and decile below which chance decides where the observed rate lies."""

_FIGURES = {
    "rows": "creators",
    "fraud_rate": "fraud rate",
    "auc": "auc",
    "ap": "average precision",
    "brier": "brier",
    "ece": "ece",
    "recall_at_review": "recall at review",
    "recall_at_high": "recall at high",
    "precision_at_high": "precision at high",
    "false_alarms_at_review": "genuine at review or high",
    "false_alarms_at_high": "genuine at high",
}


def audited(bundle: FraudBundle, tables: Tables, truth: pl.DataFrame | None = None) -> list[Table]:
    """Judge a bundle on every creator with audits that agree.

    Args:
        bundle: The model. How many of these creators it was trained on is told beside the figures.
        tables: Records with audits; judged as they were when the verdict was given (`training.audits.audit_time`).
        truth: The simulator's truth, where it is known; the slices are then against it.

    Raises RecordsError when no creator has a label, or the model answers for none of those who have.
    """
    rows = audit_labels(tables.audits)
    if rows.is_empty():
        none = "evaluating needs audits: no creator has a verdict of fraud or genuine"
        raise RecordsError([Problem("audits", none)])
    signals = signals_as_audited(bundle, tables, rows["creator_id"].to_list())
    frame = rows.join(signals, on="creator_id", how="inner", maintain_order="left")
    if not bundle.verdict(frame)["probability"].count():
        none = "the model answers for no creator with a verdict: none has enough posts, comments, days or followers"
        raise RecordsError([Problem("audits", none)])
    return as_tables(evaluate(bundle, frame, tables, truth))


def as_tables(evaluation: Evaluation) -> list[Table]:
    """An evaluation as tables: overall, by slice, and the intervals by slice and decile."""
    return [_overall(evaluation), _slices(evaluation), *intervals(evaluation.judged, evaluation.against)]


def intervals(judged: pl.DataFrame, against: str) -> list[Table]:
    """Whether observed rates lie between the mean bounds, by slice and decile of `SMALLEST_CELL` cases or more.

    Args:
        judged: `label`, `probability`, `lo`, `hi` and the columns of the slices.
        against: What the label comes from.
    """
    cells = [("all", interval_cells(judged, [], SMALLEST_CELL))]
    for column in (name for name in SLICED_BY if name in judged.columns):
        found = interval_cells(judged.drop_nulls(column), [column], SMALLEST_CELL)
        cells += [(f"{column} {value}", part) for (value,), part in found.group_by(column, maintain_order=True)]
    named = [(name, cell) for name, part in cells for cell in part.iter_rows(named=True)]
    rows: list[tuple[object, ...]] = [
        (f"{name}, decile {cell['decile']}", cell["rows"], cell["label"], cell["lo"], cell["hi"], str(cell["inside"]))
        for name, cell in named
    ]
    covered = sum(cell["inside"] for _, cell in named) / len(named) if named else None
    by_state = [(str(state), part) for (state,), part in judged.group_by("state", maintain_order=True)]
    widths = [(name, None, None, _width(part)) for name, part in (("all", judged), *by_state)]
    return [
        Table(
            "Intervals: summary",
            ("intervals", "cells", "share of cells covered", "mean width"),
            [("cells", len(named), covered, None), *widths],
            f"Against {against}; cells are deciles of a slice with {SMALLEST_CELL} cases or more.",
        ),
        Table(
            "Intervals: by slice and decile",
            ("cell", "cases", "observed", "mean lo", "mean hi", "inside"),
            rows,
            "Deciles of the probability within a slice; inside: the observed rate lies between the mean bounds.",
        ),
    ]


def _width(rows: pl.DataFrame) -> float | None:
    width: float | None = rows.select((pl.col("hi") - pl.col("lo")).mean()).item()
    return width


def _overall(evaluation: Evaluation) -> Table:
    prefixes = {"against the audits": "", "against the truth": "truth_"}
    metrics = evaluation.metrics
    rows: list[tuple[object, ...]] = [
        (name, *(metrics.get(prefix + figure) for figure in _FIGURES), metrics["answered"])
        for name, prefix in prefixes.items()
        if f"{prefix}rows" in metrics
    ]
    return Table("Audits: overall", ("labels", *_FIGURES.values(), "answered"), rows, _note(evaluation))


def _note(evaluation: Evaluation) -> str:
    profile = evaluation.profile
    cut_offs = f"Review from {profile.review:.2f} and high from {profile.high:.2f} (profile {profile.name})."
    if not evaluation.learnt_from:
        return cut_offs
    return (
        f"{cut_offs} The model was trained on {evaluation.learnt_from:,} of these creators: of them it knows the "
        "verdict, so these figures say nothing of how it does on others."
    )


def _slices(evaluation: Evaluation) -> Table:
    frame = evaluation.slices
    known = [figure for figure in _FIGURES if figure in frame.columns]
    rows: list[tuple[object, ...]] = [
        (f"{row['slice']} {row['value']}", *(row[figure] for figure in known)) for row in frame.iter_rows(named=True)
    ]
    note = (
        f"Against {evaluation.against}. Kinds and doses are held against everyone genuine; creators counts the fraud "
        "alone there."
    )
    return Table("Audits: by slice", ("slice", *(_FIGURES[figure] for figure in known)), rows, note)
