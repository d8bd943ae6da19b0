"""Every creator's reasons: what each signal added, with its value, its place among peers and evidence.

As one column of a frame for files of creators, and as plain rows for typed reports; both in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.signal import Family
from models.reports.sides import MIDDLE, fraud_end, is_telling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from features.signal import Signal
    from models.boosters.explanation import Explanation

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]

EVIDENCE_KINDS = {
    Family.ENGAGEMENT: "posts",
    Family.GROWTH: "days",
    Family.COMMENTS: "comments",
    Family.AUDIENCE: "followers",
}
"""What the ids in a family's evidence are of."""

DAY = len("2026-03-14")
"""Letters of a day; two of them are a stretch."""

LEAST_CITED = 0.5
"""A reason of fewer points cites no evidence: nobody looks up what does not show in the score. Nor does one whose value
is not known, nor one that speaks of there being little of it: evidence is of what there is."""

EVIDENCE = pl.List(pl.Struct({"kind": pl.String, "ids": pl.List(pl.String), "start": pl.Date, "end": pl.Date}))
REASON = pl.Struct(
    {
        "signal": pl.String,
        "family": pl.String,
        "value": pl.Float64,
        "unit": pl.String,
        "percentile": pl.Float64,
        "telling": pl.Boolean,
        "evidence": EVIDENCE,
        "log_odds": pl.Float64,
        "points": pl.Float64,
    }
)


@dataclass(frozen=True)
class Told:
    """What n creators' reasons are made of, over k signals.

    Attributes:
        definitions: The k signals, in the order of all columns here.
        values: n x k, NaN where a signal is not known.
        percentiles: n x k, NaN where there is none.
        explanation: n x k contributions.
        evidence: n rows of `features.evidence`, of the signals in `cited` at least.
    """

    definitions: Sequence[Signal]
    values: Floats
    percentiles: Floats
    explanation: Explanation
    evidence: pl.DataFrame

    def cells(self) -> tuple[Places, Places]:
        """Row and column of every contribution that is not 0, row by row in the order in which they are told.

        Largest points first, and signals that are not known last: they only move the start from that of the average
        creator to that of one of whom as little is known.
        """
        row, at = np.nonzero(self.explanation.log_odds)
        unknown = np.isnan(self.values[row, at])
        order = np.lexsort((at, -np.abs(self.explanation.points[row, at]), unknown, row))
        return row[order], at[order]

    def telling(self, row: Places, at: Places) -> NDArray[np.bool_]:
        """Of some contributions whether the value stands where they say; also where it is not known."""
        among = self.percentiles[row, at]
        asked = np.sign(self.explanation.points[row, at]) * self._ends[at]
        return is_telling(asked, self.values[row, at], np.where(np.isnan(among), MIDDLE, among))

    def shown(self, row: Places, at: Places) -> NDArray[np.bool_]:
        """Of some contributions whether what made the value high is cited for them."""
        points = self.explanation.points[row, at]
        known = ~np.isnan(self.values[row, at])
        of_much = points * self._ends[at] >= 0
        return known & of_much & (np.abs(points) >= LEAST_CITED) & self.telling(row, at)

    @cached_property
    def _ends(self) -> Floats:
        return np.array([fraud_end(signal) for signal in self.definitions], dtype=np.float64)


def cited(definitions: Sequence[Signal], explanation: Explanation) -> list[str]:
    """The signals whose evidence is cited by any of the creators."""
    enough = np.any(np.abs(explanation.points) >= LEAST_CITED, axis=0).tolist()
    return [signal.name for k, signal in enumerate(definitions) if signal.evidence is not None and enough[k]]


def reason_rows(told: Told) -> list[list[dict[str, object]]]:
    """For each creator the fields of its reasons, `models.reports.report.Reason`, as plain rows."""
    explanation, found = told.explanation, told.evidence.to_dict(as_series=False)
    lists: list[list[dict[str, object]]] = [[] for _ in range(len(told.values))]
    row, at = told.cells()
    numbers = (
        told.values[row, at],
        told.percentiles[row, at],
        explanation.log_odds[row, at],
        explanation.points[row, at],
        told.telling(row, at),
        told.shown(row, at),
    )
    cells = zip(row.tolist(), at.tolist(), *(part.tolist() for part in numbers), strict=True)
    for n, k, value, percentile, log_odds, points, telling, shown in cells:
        signal = told.definitions[k]
        ids = found[signal.name][n] if shown and signal.name in found else None
        lists[n].append(
            {
                "signal": signal.name,
                "family": signal.family.value,
                "sentence": signal.sentence,
                "value": None if value != value else value,  # NaN is not itself
                "unit": signal.unit,
                "percentile": None if percentile != percentile else percentile,
                "telling": None if value != value else telling,
                "evidence": _pieces(EVIDENCE_KINDS.get(signal.family, ""), ids) if ids else (),
                "log_odds": log_odds,
                "points": points,
            }
        )
    return lists


def _pieces(kind: str, ids: list[str]) -> list[dict[str, object]]:
    """One piece that holds all ids, or one piece a day or stretch of days."""
    if kind == "days":
        return [{"kind": kind, "start": days[:DAY], "end": days[-DAY:]} for days in ids]
    return [{"kind": kind, "ids": ids}]


def reason_lists(creators: pl.Series, told: Told) -> pl.DataFrame:
    """`creator_id` and `reasons`, a list of `REASON`, of every creator with any; signals that add nothing are left out.

    Args:
        creators: Ids of the n creators.
        told: What their reasons are made of.
    """
    row, at = told.cells()
    names = [signal.name for signal in told.definitions]
    long = pl.DataFrame(
        {
            "row": row,
            "signal": pl.Series(names, dtype=pl.String).gather(at),
            "family": pl.Series([signal.family.value for signal in told.definitions], dtype=pl.String).gather(at),
            "value": pl.Series(told.values[row, at], nan_to_null=True),
            "unit": pl.Series([signal.unit for signal in told.definitions], dtype=pl.String).gather(at),
            "percentile": pl.Series(told.percentiles[row, at], nan_to_null=True),
            "telling": pl.Series(told.telling(row, at)).set(pl.Series(np.isnan(told.values[row, at])), None),
            "evidence": _evidence_cells(told, row, at),
            "log_odds": told.explanation.log_odds[row, at],
            "points": told.explanation.points[row, at],
        }
    )
    lists = long.group_by("row", maintain_order=True).agg(reasons=pl.struct([field.name for field in REASON.fields]))
    return lists.select(creators.gather(lists["row"]).alias("creator_id"), pl.col("reasons").cast(pl.List(REASON)))


def _evidence_cells(told: Told, row: Places, at: Places) -> pl.Series:
    """For each cell a list of `EVIDENCE`: one piece that holds all its ids, or one piece a day or stretch of days."""
    evidence, definitions = told.evidence, told.definitions
    known = [signal for signal in definitions if signal.name in evidence.columns]
    nothing = pl.Series("ids", [[]], dtype=pl.List(pl.String))
    stacked = pl.concat([nothing, *(evidence[signal.name].alias("ids") for signal in known)])
    block = {signal.name: 1 + k * evidence.height for k, signal in enumerate(known)}
    first = np.array([block.get(signal.name, 0) for signal in definitions])[at]
    kinds = pl.Series([EVIDENCE_KINDS.get(signal.family, "") for signal in definitions])
    none_cited = (first == 0) | ~told.shown(row, at)
    cells = pl.DataFrame({"ids": stacked.gather(np.where(none_cited, 0, first + row)), "kind": kinds.gather(at)})
    none, no_day = pl.lit([], pl.List(pl.String)), pl.lit(None, pl.Date)
    ids = pl.col("ids").fill_null([])
    start, end = (pl.element().str.slice(at, DAY).str.to_date("%Y-%m-%d") for at in (0, -DAY))
    days = pl.when(pl.col("kind") == "days").then(ids).otherwise(none)
    one = pl.concat_list(pl.struct(kind=pl.col("kind"), ids=ids, start=no_day, end=no_day))
    return cells.select(
        evidence=pl.when(ids.list.len() == 0)
        .then(pl.lit([], EVIDENCE))
        .when(pl.col("kind") == "days")
        .then(days.list.eval(pl.struct(kind=pl.lit("days"), ids=none, start=start, end=end)).cast(EVIDENCE))
        .otherwise(one.cast(EVIDENCE))
    ).to_series()
