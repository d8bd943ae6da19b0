"""Copies of training rows that lack some inputs, so that the model answers as well as it can where inputs are missing.

What is dropped is drawn without a look at the label: that something is missing says nothing about fraud.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features import COVERAGE
from models.verdicts.decision import evidence_level
from models.verdicts.inputs import needed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from features.signal import Signal

COPIES = 2
TABLE_DROPPED = 0.45
"""Chance that a copy lacks a table."""

COLUMN_DROPPED = (0.0, 0.1, 0.4)
"""Each copy draws one of these as the chance that it lacks a column: exports are whole, or lack a few, or many."""

COUNTED_FROM = {
    "posts_counted": ("posts.likes", "posts.views"),
    "comments_counted": ("comments",),
    "history_days": ("follower_history.followers",),
    "followers_sampled": ("audience",),
}
"""Coverage columns, and the inputs (all of a table, or some columns) without which nothing is counted."""


def with_missing(frame: pl.DataFrame, signals: Sequence[Signal], seed: int, copies: int = COPIES) -> pl.DataFrame:
    """The rows of a training frame, then `copies` of each with inputs dropped.

    A copy keeps its creator, group, label and weight. Copies without enough evidence for an answer are left out.
    """
    if copies == 0:
        return frame
    rng = np.random.default_rng(seed)
    inputs, lacked = _inputs(signals)
    damaged = [_damaged(frame, signals, inputs, _dropped(frame.height, inputs, rng), lacked) for _ in range(copies)]
    return pl.concat([frame, *damaged])


def _inputs(signals: Sequence[Signal]) -> tuple[list[str], NDArray[np.bool_]]:
    """Every "table.column" needed, and an inputs x signals matrix: this signal needs that input."""
    inputs = [f"{table}.{column}" for table, columns in needed(signals).items() for column in columns]
    return inputs, np.array([[one in signal.needs for signal in signals] for one in inputs])


def _dropped(rows: int, inputs: Sequence[str], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Rows x inputs: dropped, with its table or by itself. The `creators` table is always there."""
    table_of = np.array([one.partition(".")[0] for one in inputs])
    dropped = rng.random((rows, len(inputs))) < rng.choice(COLUMN_DROPPED, size=rows)[:, None]
    for table in dict.fromkeys(table_of):
        if table != "creators":
            dropped[:, table_of == table] |= (rng.random(rows) < TABLE_DROPPED)[:, None]
    return dropped


def _damaged(
    frame: pl.DataFrame,
    signals: Sequence[Signal],
    inputs: Sequence[str],
    dropped: NDArray[np.bool_],
    lacked: NDArray[np.bool_],
) -> pl.DataFrame:
    unknown = (dropped.astype(np.int32) @ lacked.astype(np.int32)) > 0
    kept = [
        frame[name].zip_with(pl.Series(~dropped[:, _sources(name, inputs)].all(axis=1)), pl.Series([0]))
        for name in COVERAGE
    ]
    nothing = pl.Series([None], dtype=pl.Float64)
    known = [frame[one.name].zip_with(pl.Series(~unknown[:, k]), nothing) for k, one in enumerate(signals)]
    return frame.with_columns(*kept, *known).filter(evidence_level() > 0)


def _sources(coverage: str, inputs: Sequence[str]) -> list[int]:
    sources = COUNTED_FROM[coverage]
    return [k for k, one in enumerate(inputs) if one in sources or one.partition(".")[0] in sources]
