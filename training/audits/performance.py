"""How the models in service did, as far as people have judged what they scored, and how long their verdicts take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from training.audits.last_verdicts import last_verdicts
from training.evaluation_tables import Table
from training.metrics import FEWEST_OF_EITHER, classification_metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = (
    "scored",
    "with a verdict",
    "share",
    "days to it",
    "90 % within",
    "fraud",
    "ap",
    "brier",
    "precision at high",
)


@dataclass(frozen=True)
class Performance:
    """What the verdicts say.

    Attributes:
        table: One row a week of scoring, then all of them.
        delays: Days from score to verdict, one a verdict.
    """

    table: Table
    delays: tuple[float, ...]


def performance(scores: pl.DataFrame, audited: pl.DataFrame) -> Performance:
    """Join verdicts to the scores that they were about.

    Args:
        scores: What was served: `ledger.read_scores`.
        audited: `ledger.audited_scores`, of which `training.audits.last_verdicts` count. Bands are those that were
            served.
    """
    judged = last_verdicts(audited).with_columns(
        days=(pl.col("audited_at") - pl.col("scored_at")).dt.total_seconds() / 86_400, week=_week()
    )
    weeks = scores.with_columns(week=_week())
    rows: list[tuple[object, ...]] = [
        (f"{start:%Y-%m-%d}", *_row(part, judged.filter(pl.col("week") == start)))
        for (start,), part in weeks.group_by("week", maintain_order=True)
    ]
    rows.append(("all", *_row(weeks, judged)))
    note = (
        "By the week of the score, as it was served by whatever model was in service then; of a creator the last "
        "verdict counts, none where that is unsure or an objection was upheld. Recent weeks have few verdicts yet, and "
        "not of creators drawn at random: figures are early, and those of the audited alone."
    )
    return Performance(Table("Performance as verdicts come in", ("week", *COLUMNS), rows, note), tuple(judged["days"]))


def _week() -> pl.Expr:
    return pl.col("scored_at").dt.truncate("1w")


def _row(scored: pl.DataFrame, judged: pl.DataFrame) -> Sequence[object]:
    creators = scored["creator_id"].n_unique()
    counts = (creators, judged.height, judged.height / creators if creators else None)
    answered = judged.drop_nulls("probability")
    if answered.is_empty():
        return (*counts, *_delay(judged), *[None] * 4)
    figures = classification_metrics(answered["label"].to_numpy(), answered["probability"].to_numpy())
    fraud = int(answered["label"].sum())
    enough = min(fraud, answered.height - fraud) >= FEWEST_OF_EITHER
    return (
        *counts,
        *_delay(judged),
        figures["fraud_rate"],
        figures.get("ap") if enough else None,
        figures["brier"],
        answered.filter(pl.col("band") == "high")["label"].mean(),
    )


def _delay(judged: pl.DataFrame) -> tuple[float | None, float | None]:
    days = judged["days"].to_numpy()
    return (None, None) if not len(days) else (float(np.median(days)), float(np.quantile(days, 0.9)))
