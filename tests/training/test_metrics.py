from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from training.metrics import by_dose, calibration_error, cells_covered, classification_metrics, slices


def _predictions(rows: int = 3_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    probability = rng.beta(1, 3, rows)
    return (rng.random(rows) < probability).astype(float), probability


def test_the_figures_are_those_of_scikit_learn() -> None:
    label, probability = _predictions()
    figures = classification_metrics(label, probability)
    assert figures["auc"] == pytest.approx(roc_auc_score(label, probability))
    assert figures["ap"] == pytest.approx(average_precision_score(label, probability))
    assert figures["brier"] == pytest.approx(brier_score_loss(label, probability))


def test_the_figures_at_the_bands_are_counted_right() -> None:
    label = np.array([0, 0, 1, 0, 1, 1, 0, 1], dtype=float)
    probability = np.array([0.1, 0.2, 0.29, 0.3, 0.5, 0.7, 0.8, 0.9])
    figures = classification_metrics(label, probability)
    assert figures["precision_at_review"] == pytest.approx(3 / 5)
    assert figures["recall_at_review"] == pytest.approx(3 / 4)
    assert figures["false_alarms_at_review"] == pytest.approx(2 / 4)
    assert figures["precision_at_high"] == pytest.approx(2 / 3)
    assert figures["recall_at_high"] == pytest.approx(2 / 4)
    assert figures["false_alarms_at_high"] == pytest.approx(1 / 4)


def test_what_is_not_defined_is_left_out() -> None:
    figures = classification_metrics(np.zeros(5), np.full(5, 0.1))
    assert not {"auc", "ap", "precision_at_high", "recall_at_high"} & figures.keys()
    assert figures["false_alarms_at_high"] == 0


def test_calibration_error_is_nought_where_the_rates_are_right_and_the_gap_where_they_are_not() -> None:
    label = np.tile([0.0, 0.0, 0.0, 1.0], 1_500)
    assert calibration_error(label, np.full(6_000, 0.25)) < 1e-9
    assert calibration_error(label, np.full(6_000, 0.45)) == pytest.approx(0.2)


def test_right_probabilities_have_a_small_calibration_error() -> None:
    label, probability = _predictions(60_000)
    assert calibration_error(label, probability) < 0.01


def test_cells_are_covered_by_wide_bounds_and_not_by_wrong_ones() -> None:
    label, probability = _predictions(5_000)
    frame = pl.DataFrame({"label": label, "probability": probability, "platform": "x"})
    wide = frame.with_columns(lo=pl.col("probability") - 0.2, hi=pl.col("probability") + 0.2)
    wrong = frame.with_columns(lo=pl.lit(0.98), hi=pl.lit(0.99))
    assert cells_covered(wide, ["platform"]) == {"cells": 10.0, "cells_covered": 1.0}
    assert cells_covered(wrong, ["platform"])["cells_covered"] == 0
    assert cells_covered(wide.head(50), ["platform"]) == {"cells": 0.0}


def test_slices_are_given_where_there_are_rows_enough() -> None:
    label, probability = _predictions(200)
    platform = ["x"] * 150 + ["tiktok"] * 40 + [None] * 5 + ["youtube"] * 5
    table = slices(pl.DataFrame({"label": label, "probability": probability, "platform": platform}), ["platform"])
    assert table.select("slice", "value", "rows").rows() == [("platform", "tiktok", 40.0), ("platform", "x", 150.0)]
    assert table["auc"][1] == pytest.approx(roc_auc_score(label[:150], probability[:150]))


def test_each_dose_is_held_against_everyone_genuine() -> None:
    frame = pl.DataFrame(
        {
            "label": [0.0, 0.0, 1.0, 1.0, 1.0],
            "probability": [0.1, 0.5, 0.3, 0.9, 0.95],
            "dose": [None, None, 0.05, 0.3, 0.6],
        }
    )
    table = by_dose(frame)
    assert table.select("value", "rows", "auc").rows() == [("0.00-0.06", 1.0, 0.5), ("0.25-1.00", 2.0, 1.0)]
