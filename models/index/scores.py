"""Risks that were computed before: what `bonafide score` wrote, read for an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from models.rankings.pool import RISK
from models.reports.scored import refused, scores_of

if TYPE_CHECKING:
    from pathlib import Path

HIGHEST = 100.0


def read_scores(path: Path) -> pl.DataFrame:
    """The columns of `models.rankings.pool.RISK` of a file that `bonafide score` wrote (.parquet, .csv or .ndjson).

    Raises:
        NotFoundError: There is no such file.
        RecordsError: It cannot be read, lacks a column, holds a risk beyond 0 to 100, or a creator twice.
    """
    frames = list(scores_of(path)([*RISK]))
    if not frames:
        raise refused(f"{path.name} holds no scores")
    missing = [name for name in RISK if name not in frames[0].columns]
    if missing:
        raise refused(f"{path.name} has no column {', '.join(missing)}; give what `bonafide score` wrote")
    scores = pl.concat(frames, how="diagonal")
    if not scores["risk_score"].drop_nulls().is_between(0.0, HIGHEST).all():
        raise refused(f"{path.name}: a risk is not between 0 and {HIGHEST:.0f}", "risk_score")
    if scores["creator_id"].is_duplicated().any() or scores["creator_id"].null_count():
        raise refused(f"{path.name}: a creator is missing or there twice", "creator_id")
    return scores
