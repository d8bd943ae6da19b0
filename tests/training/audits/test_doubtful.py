from __future__ import annotations

import numpy as np
import polars as pl

from training.audits.doubtful import as_table, doubtful_labels


def test_turned_labels_are_listed_first_and_none_is_removed() -> None:
    rng = np.random.default_rng(0)
    truth = (rng.random(400) < 0.3).astype(float)
    probability = np.clip(np.where(truth > 0, 0.85, 0.12) + 0.06 * rng.standard_normal(400), 0.01, 0.99)
    label = truth.copy()
    turned = [3, 50, 200, 310]
    label[turned] = 1.0 - label[turned]
    found = doubtful_labels(pl.Series([f"c{k}" for k in range(400)]), label, probability)
    assert set(found["creator_id"]) == {f"c{k}" for k in turned}
    assert found["label_quality"].is_sorted()
    assert len(as_table(found).rows) == 4
