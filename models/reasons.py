"""Every creator's reasons as one column: what each signal added, with its value, its place among peers and evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.signal import Family

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from features.signal import Signal
    from models.explanation import Explanation

EVIDENCE_KINDS = {
    Family.ENGAGEMENT: "posts",
    Family.GROWTH: "days",
    Family.COMMENTS: "comments",
    Family.AUDIENCE: "followers",
}
"""What the ids in a family's evidence are of."""

EVIDENCE = pl.List(pl.Struct({"kind": pl.String, "ids": pl.List(pl.String), "start": pl.Date, "end": pl.Date}))
REASON = pl.Struct(
    {
        "signal": pl.String,
        "family": pl.String,
        "value": pl.Float64,
        "unit": pl.String,
        "percentile": pl.Float64,
        "evidence": EVIDENCE,
        "log_odds": pl.Float64,
        "points": pl.Float64,
    }
)


def reason_lists(
    definitions: Sequence[Signal],
    signals: pl.DataFrame,
    percentiles: pl.DataFrame,
    evidence: pl.DataFrame,
    explanation: Explanation,
) -> pl.DataFrame:
    """`creator_id` and `reasons`, a list of `REASON`; signals that add nothing are left out.

    Largest points first, and signals that are not known last: they only move the start from that of the average
    creator to that of one of whom as little is known.

    Args:
        definitions: The k signals, in the order of the explanation's columns.
        signals: n rows of `features.build`.
        percentiles: The same shape, of `Context.percentiles`.
        evidence: The same rows, of `features.evidence`.
        explanation: n x k contributions.
    """
    row, at = np.nonzero(explanation.log_odds)
    names = [signal.name for signal in definitions]
    unknown = signals.select(pl.col(names).is_null()).to_numpy()[row, at]
    order = np.lexsort((at, -np.abs(explanation.points[row, at]), unknown, row))
    row, at = row[order], at[order]
    long = pl.DataFrame(
        {
            "row": row,
            "signal": pl.Series(names, dtype=pl.String).gather(at),
            "family": pl.Series([signal.family.value for signal in definitions], dtype=pl.String).gather(at),
            "value": _cells(signals, names, row, at),
            "unit": pl.Series([signal.unit for signal in definitions], dtype=pl.String).gather(at),
            "percentile": _cells(percentiles, names, row, at),
            "evidence": _evidence_cells(evidence, definitions, row, at),
            "log_odds": explanation.log_odds[row, at],
            "points": explanation.points[row, at],
        }
    )
    lists = long.group_by("row", maintain_order=True).agg(reasons=pl.struct([field.name for field in REASON.fields]))
    return lists.select(signals["creator_id"].gather(lists["row"]), pl.col("reasons").cast(pl.List(REASON)))


def _cells(frame: pl.DataFrame, names: Sequence[str], row: NDArray[np.int64], at: NDArray[np.int64]) -> pl.Series:
    values = frame.select(pl.col(names).cast(pl.Float64)).to_numpy()
    return pl.Series(values[row, at], nan_to_null=True)


def _evidence_cells(
    evidence: pl.DataFrame, definitions: Sequence[Signal], row: NDArray[np.int64], at: NDArray[np.int64]
) -> pl.Series:
    """For each cell a list of `EVIDENCE`: one piece that holds all its ids, or one piece a day."""
    known = [signal for signal in definitions if signal.name in evidence.columns]
    nothing = pl.Series("ids", [[]], dtype=pl.List(pl.String))
    stacked = pl.concat([nothing, *(evidence[signal.name].alias("ids") for signal in known)])
    block = {signal.name: 1 + k * evidence.height for k, signal in enumerate(known)}
    first = np.array([block.get(signal.name, 0) for signal in definitions])[at]
    kinds = pl.Series([EVIDENCE_KINDS.get(signal.family, "") for signal in definitions])
    cells = pl.DataFrame({"ids": stacked.gather(np.where(first == 0, 0, first + row)), "kind": kinds.gather(at)})
    none, no_day = pl.lit([], pl.List(pl.String)), pl.lit(None, pl.Date)
    ids = pl.col("ids").fill_null([])
    day = pl.element().str.to_date("%Y-%m-%d")
    days = pl.when(pl.col("kind") == "days").then(ids).otherwise(none)
    one = pl.concat_list(pl.struct(kind=pl.col("kind"), ids=ids, start=no_day, end=no_day))
    return cells.select(
        evidence=pl.when(ids.list.len() == 0)
        .then(pl.lit([], EVIDENCE))
        .when(pl.col("kind") == "days")
        .then(days.list.eval(pl.struct(kind=pl.lit("days"), ids=none, start=day, end=day)).cast(EVIDENCE))
        .otherwise(one.cast(EVIDENCE))
    ).to_series()
