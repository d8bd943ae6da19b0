"""Risks that were computed before: what `bonafide score` wrote, read for an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from features.errors import NotFoundError, Problem, RecordsError
from models.pool import RISK

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TABLE = "scores"
HIGHEST = 100.0

_READERS: dict[str, Callable[[Path], pl.LazyFrame]] = {
    ".parquet": pl.scan_parquet,
    ".csv": lambda path: pl.scan_csv(path, schema_overrides={"creator_id": pl.String()}),
    ".ndjson": lambda path: pl.scan_ndjson(path, infer_schema_length=None),
}


def read_scores(path: Path) -> pl.DataFrame:
    """The columns of `models.pool.RISK` of a file that `bonafide score` wrote (.parquet, .csv or .ndjson).

    Raises:
        NotFoundError: There is no such file.
        RecordsError: It cannot be read, lacks a column, holds a risk beyond 0 to 100, or a creator twice.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}")
    try:
        plan = _READERS[path.suffix.lower()](path)
        missing = [name for name in RISK if name not in plan.collect_schema()]
        frame = plan.select(name for name in RISK if name not in missing).collect()
    except (KeyError, pl.exceptions.PolarsError, OSError):
        raise _refused(f"{path.name} is not a .parquet, .csv or .ndjson file that can be read") from None
    if missing:
        raise _refused(f"{path.name} has no column {', '.join(missing)}; give what `bonafide score` wrote")
    try:
        scores = frame.select(pl.col(name).cast(dtype) for name, dtype in RISK.items())
    except pl.exceptions.PolarsError:
        raise _refused(f"{path.name}: a risk is not a number", "risk_score") from None
    if not scores["risk_score"].drop_nulls().is_between(0.0, HIGHEST).all():
        raise _refused(f"{path.name}: a risk is not between 0 and {HIGHEST:.0f}", "risk_score")
    if scores["creator_id"].is_duplicated().any() or scores["creator_id"].null_count():
        raise _refused(f"{path.name}: a creator is missing or there twice", "creator_id")
    return scores


def _refused(message: str, column: str | None = None) -> RecordsError:
    return RecordsError([Problem(TABLE, message, column=column)])
