from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from training.row_models import rows_judged
from training.simulate import Simulation


def test_probabilities_are_held_against_the_labels_by_platform(simulation: Simulation) -> None:
    tables = simulation.tables
    perfect = pl.col("fake").cast(pl.Float64) * 0.8 + 0.1
    spam = pl.col("spam").cast(pl.Float64)
    judged = replace(
        tables,
        audience=tables.audience.with_columns(fake_probability=perfect),
        comments=tables.comments.with_columns(inauthentic_probability=spam),
    )
    rows = {row[0]: row[1:] for row in rows_judged(judged, "Simulated").rows}
    assert {"followers, all", "comments, all", "followers, instagram", "comments, youtube"} <= set(rows)
    count, known, share, auc, genuine, fake = rows["followers, all"]
    assert (count, known, auc) == (tables.audience.height, 1.0, 1.0)
    assert share == pytest.approx(tables.audience["fake"].mean())
    assert (genuine, fake) == (pytest.approx(0.1), pytest.approx(0.9))
    own = (tables.comments["author_id"] == tables.comments["creator_id"]).sum()
    assert rows["comments, all"][0] == tables.comments.height - own


def test_without_the_models_columns_there_is_nothing_to_judge(simulation: Simulation) -> None:
    assert rows_judged(simulation.tables, "Simulated").rows == []
