from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from models.verdicts.decision import DEFAULT_PROFILE
from training.metrics import (
    area_under_curve,
    auc_interval,
    by_dose,
    by_kind,
    calibration_error,
    cells_covered,
    classification_metrics,
    fraud_metrics,
    interval_cells,
    slices,
)


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
    figures = fraud_metrics(label, probability, DEFAULT_PROFILE)
    assert figures["precision_at_review"] == pytest.approx(3 / 5)
    assert figures["recall_at_review"] == pytest.approx(3 / 4)
    assert figures["false_alarms_at_review"] == pytest.approx(2 / 4)
    assert figures["precision_at_high"] == pytest.approx(2 / 3)
    assert figures["recall_at_high"] == pytest.approx(2 / 4)
    assert figures["false_alarms_at_high"] == pytest.approx(1 / 4)


def test_what_is_not_defined_is_left_out() -> None:
    figures = fraud_metrics(np.zeros(5), np.full(5, 0.1), DEFAULT_PROFILE)
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


@pytest.mark.parametrize("kind", [0.0, 1.0])
def test_of_one_kind_alone_there_is_no_area_under_a_curve(kind: float) -> None:
    found = classification_metrics(np.full(4, kind), np.array([0.2, 0.4, 0.6, 0.8]))
    assert "auc" not in found
    assert "ap" not in found
    assert found["brier"] == pytest.approx((0.04 + 0.16 + 0.36 + 0.64) / 4)


def test_slices_are_given_where_there_are_rows_enough() -> None:
    label, probability = _predictions(200)
    platform = ["x"] * 120 + ["tiktok"] * 40 + [None] * 35 + ["youtube"] * 5
    table = slices(
        pl.DataFrame({"label": label, "probability": probability, "platform": platform}), ["platform"], DEFAULT_PROFILE
    )
    assert table.select("slice", "value", "rows").rows() == [("platform", "tiktok", 40.0), ("platform", "x", 120.0)]
    assert table["auc"][1] == pytest.approx(roc_auc_score(label[:120], probability[:120]))


def test_each_dose_is_held_against_everyone_genuine() -> None:
    frame = pl.DataFrame(
        {
            "label": [0.0, 0.0, 1.0, 1.0, 1.0],
            "probability": [0.1, 0.5, 0.3, 0.9, 0.95],
            "dose": [None, None, 0.05, 0.3, 0.6],
        }
    )
    table = by_dose(frame, DEFAULT_PROFILE)
    assert table.select("value", "rows", "auc").rows() == [
        ("0.00-0.06", 1.0, 0.5),
        ("0.25-1.00", 2.0, 1.0),
        ("above 0.20", 2.0, 1.0),
    ]


def test_each_kind_is_held_against_everyone_genuine() -> None:
    frame = pl.DataFrame(
        {
            "label": [0.0, 0.0, 1.0, 1.0],
            "probability": [0.1, 0.5, 0.3, 0.9],
            "kinds": [[], [], ["pod"], ["pod", "bought_likes"]],
        }
    )
    assert by_kind(frame, DEFAULT_PROFILE).select("value", "rows", "auc").rows() == [
        ("bought_likes", 1.0, 1.0),
        ("pod", 2.0, 0.75),
    ]


def test_ties_count_half_and_one_class_has_no_auc() -> None:
    assert area_under_curve(np.zeros(3), np.zeros(1)) == 0.5
    assert np.isnan(area_under_curve(np.zeros(0), np.zeros(2)))


def test_the_auc_of_pairs_is_that_of_scikit_learn_and_lies_in_its_interval() -> None:
    rng = np.random.default_rng(3)
    before = rng.integers(0, 20, 300) / 20
    after = np.minimum(before + rng.integers(0, 8, 300) / 20, 1.0)
    auc, low, high = auc_interval(before, after)
    label = np.repeat([0.0, 1.0], 300)
    assert auc == pytest.approx(roc_auc_score(label, np.concatenate([before, after])))
    assert low < auc < high
    assert auc_interval(before, after) == (auc, low, high)


def test_accounts_that_rise_alike_leave_no_doubt() -> None:
    before = np.linspace(0.1, 0.2, 50)
    assert auc_interval(before, before + 0.5) == (1.0, 1.0, 1.0)


def test_the_deciles_of_a_cell_are_its_own() -> None:
    label, probability = _predictions(4_000)
    frame = pl.DataFrame({"label": label, "probability": probability, "tier": ["nano", "micro"] * 2_000})
    frame = frame.with_columns(lo=pl.col("probability") - 0.1, hi=pl.col("probability") + 0.1)
    cells = interval_cells(frame, ["tier"], 200)
    assert cells.height == 20
    assert cells["rows"].to_list() == [200] * 20
    assert cells["inside"].all()
