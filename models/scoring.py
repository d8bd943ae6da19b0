"""From a bundle and records to one frame, a row a creator: all that a file of creators asks for.

Reports hold much more (`models.reporting`), and their types take as long to load as a small model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

import features
from models.boosters import booster as boosters
from models.reports.reasons import REASON, Told, cited, reason_lists
from models.verdicts.verdict import explained

if TYPE_CHECKING:
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

    from features import Rows
    from features.records import Tables
    from models.fraud import FraudBundle


def score_frame(
    bundle: FraudBundle, tables: Tables, *, explain: bool = False, as_of: date | None = None
) -> pl.DataFrame:
    """One row a creator, in the order of `tables.creators`, with the columns that `score` writes.

    Args:
        bundle: The model.
        tables: The creators' records.
        explain: Adds `reasons`, a list of `models.reports.reasons.REASON`; see `models.reports.reasons.Told.cells` for
            their order.
        as_of: The day at which the accounts are looked at; each record's newest observation unless given.
    """
    return score_with_signals(bundle, tables, explain=explain, as_of=as_of)[0]


def score_with_signals(
    bundle: FraudBundle, tables: Tables, *, explain: bool = False, as_of: date | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What `score_frame` gives, and the signals that it was made of, row by row."""
    rows = features.prepare(bundle.scored(tables), bundle.context, as_of=as_of)
    signals = bundle.signals(tables, as_of, rows=rows)
    verdict = bundle.verdict(signals)
    if not explain:
        return verdict, signals
    answered = verdict["probability"].is_not_null()
    told = told_of(bundle, rows, signals, boosters.values(signals, bundle.names), answered.to_numpy())
    lists = reason_lists(signals["creator_id"].filter(answered), told)
    joined = verdict.join(lists, on="creator_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("reasons").fill_null(pl.lit([], pl.List(REASON)))), signals


def told_of(
    bundle: FraudBundle, rows: Rows, signals: pl.DataFrame, values: NDArray[np.float64], answered: NDArray[np.bool_]
) -> Told:
    """What the reasons of the answered creators are made of."""
    known = values[answered]
    explanation = explained(bundle, known)
    evidence = features.evidence(rows, cited(bundle.definitions, explanation))
    places = bundle.context.places(rows_of(signals, answered), known)
    return Told(bundle.definitions, known, places, explanation, rows_of(evidence, answered))


def rows_of(frame: pl.DataFrame, answered: NDArray[np.bool_]) -> pl.DataFrame:
    """The rows of the answered creators, who are nearly always all of them."""
    return frame if answered.all() else frame.filter(answered)
