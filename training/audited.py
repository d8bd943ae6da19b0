"""How well a fraud bundle does on records with audits: figures, slices and intervals as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from features.errors import UsageError
from training.dataset import audit_labels
from training.evaluation import SLICED_BY, evaluate
from training.evaluation_tables import Table
from training.metrics import interval_cells

if TYPE_CHECKING:
    from features.records import Tables
    from models.fraud import FraudBundle
    from training.evaluation import Evaluation

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
    """Judge a bundle on every creator with audits that agree, or with a truth.

    Args:
        bundle: The model; that none of these creators was trained on is the caller's care.
        tables: Records with audits.
        truth: The simulator's truth, where it is known; the slices are then against it.

    Raises UsageError when no creator has a label, or the model answers for none of those who have.
    """
    rows = audit_labels(tables.audits)
    if rows.is_empty():
        raise UsageError("evaluating needs audits: no creator has a verdict of fraud or genuine")
    signals = bundle.signals(tables.select(rows["creator_id"].to_list()))
    frame = rows.join(signals, on="creator_id", how="inner", maintain_order="left")
    if not bundle.verdict(frame)["probability"].count():
        raise UsageError(
            "the model answers for no creator with a verdict: none has enough posts, comments, days or followers"
        )
    return as_tables(evaluate(bundle, frame, tables, truth))


def as_tables(evaluation: Evaluation) -> list[Table]:
    """An evaluation as tables: overall, by slice, and the intervals by slice and decile."""
    against = "the truth" if "truth_auc" in evaluation.metrics else "the audits"
    return [_overall(evaluation), _slices(evaluation, against), *intervals(evaluation.judged, against)]


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
    rows: list[tuple[object, ...]] = [
        (f"{name}, decile {cell['decile']}", cell["rows"], cell["label"], cell["lo"], cell["hi"], str(cell["inside"]))
        for name, part in cells
        for cell in part.iter_rows(named=True)
    ]
    inside = [row[-1] == "True" for row in rows]
    widths = [(name, _width(part)) for name, part in (("all", judged), *judged.group_by("state", maintain_order=True))]
    covered = [("cells", len(rows), sum(inside) / len(inside) if inside else None, None)]
    shown = [(str(name[0]) if isinstance(name, tuple) else name, None, None, width) for name, width in widths]
    return [
        Table(
            "Intervals: summary",
            ("intervals", "cells", "share of cells covered", "mean width"),
            [*covered, *shown],
            f"Against {against}; cells are deciles of a slice with {SMALLEST_CELL} cases or more.",
        ),
        Table("Intervals: by slice and decile", ("cell", "cases", "observed", "mean lo", "mean hi", "inside"), rows),
    ]


def _width(rows: pl.DataFrame) -> float | None:
    return rows.select((pl.col("hi") - pl.col("lo")).mean()).item()  # type: ignore[no-any-return]


def _overall(evaluation: Evaluation) -> Table:
    prefixes = {"against the audits": "", "against the truth": "truth_"}
    metrics = evaluation.metrics
    rows: list[tuple[object, ...]] = [
        (name, *(metrics.get(prefix + figure) for figure in _FIGURES), metrics["answered"])
        for name, prefix in prefixes.items()
        if f"{prefix}rows" in metrics
    ]
    return Table("Audits: overall", ("labels", *_FIGURES.values(), "answered"), rows)


def _slices(evaluation: Evaluation, against: str) -> Table:
    frame = evaluation.slices
    known = [figure for figure in _FIGURES if figure in frame.columns]
    rows: list[tuple[object, ...]] = [
        (f"{row['slice']} {row['value']}", *(row[figure] for figure in known)) for row in frame.iter_rows(named=True)
    ]
    note = (
        f"Against {against}. Kinds and doses are held against everyone genuine; creators counts the fraud alone there."
    )
    return Table("Audits: by slice", ("slice", *(_FIGURES[figure] for figure in known)), rows, note)
