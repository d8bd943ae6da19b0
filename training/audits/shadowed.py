"""What a challenger in shadow said of live traffic, beside what the champion answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np
import polars as pl

from features.errors import NotFoundError
from models.reports.report import Decision
from models.verdicts.decision import DEFAULT_PROFILE
from training.audits.last_verdicts import last_verdicts
from training.comparisons.paired import average_precision
from training.evaluation_tables import Table
from training.metrics import FEWEST_OF_EITHER

if TYPE_CHECKING:
    from collections.abc import Sequence

PAIR = ("request_id", "position")
DECISIONS = get_args(Decision)
FIGURES = (
    "scored by both",
    "mean change",
    "mean absolute change",
    "rank correlation",
    "newly flagged",
    "no longer flagged",
)
SHOWN = 10


def shadowed(scores: pl.DataFrame, audited: pl.DataFrame) -> list[Table]:
    """Compare both on every request that both scored, a table a question; for each version of the challenger.

    Args:
        scores: Both roles' scores: `ledger.read_scores(..., role=None)`.
        audited: `ledger.audited_scores`, of which `training.audits.last_verdicts` count.

    Raises:
        NotFoundError: No challenger scored anything that is in the ledger.
    """
    both = _pairs(scores)
    if both.is_empty():
        raise NotFoundError("no challenger has scored live traffic yet; `bonafide serve --shadow URI` has one do so")
    parts = [(f"{a} → {b}", part) for (a, b), part in both.group_by("champion", "challenger", maintain_order=True)]
    return [_overall(parts, audited), _by_platform(parts), _decisions(parts), _furthest(parts)]


def _pairs(scores: pl.DataFrame) -> pl.DataFrame:
    facts = ("model_version", "probability", "decision")
    challenger = scores.filter(pl.col("role") == "challenger").select(*PAIR, *facts)
    champion = scores.filter(pl.col("role") == "champion").select(
        *PAIR, "creator_id", "input_hash", "platform", "scored_at", *facts
    )
    joined = champion.join(challenger, on=PAIR, how="inner", suffix="_new")
    return joined.rename({"model_version": "champion", "model_version_new": "challenger"})


def _overall(parts: Sequence[tuple[str, pl.DataFrame]], audited: pl.DataFrame) -> Table:
    rows = [(name, *_figures(part), *_judged(part, audited)) for name, part in parts]
    columns = ("models", *FIGURES, "with a verdict", "ap champion", "ap challenger")
    note = (
        f"Flagged: a probability of {DEFAULT_PROFILE.review:g} or more. Of a creator the last verdict in the ledger "
        "counts, none where that is unsure."
    )
    return Table("Shadow: overall", columns, rows, note)


def _by_platform(parts: Sequence[tuple[str, pl.DataFrame]]) -> Table:
    rows = [
        (f"{name}: {platform}", *_figures(own))
        for name, part in parts
        for (platform,), own in part.sort("platform").group_by("platform", maintain_order=True)
    ]
    return Table("Shadow: by platform", ("slice", *FIGURES), rows)


def _decisions(parts: Sequence[tuple[str, pl.DataFrame]]) -> Table:
    rows: list[tuple[object, ...]] = []
    for name, part in parts:
        for was in DECISIONS:
            own = part.filter(pl.col("decision") == was)
            if own.height:
                rows.append(
                    (f"{name}: {was}", *(own.filter(pl.col("decision_new") == now).height for now in DECISIONS))
                )
    return Table(
        "Shadow: decisions of the champion, and what the challenger would decide", ("champion", *DECISIONS), rows
    )


def _furthest(parts: Sequence[tuple[str, pl.DataFrame]]) -> Table:
    rows: list[tuple[object, ...]] = [
        (row["creator_id"], name, f"{row['scored_at']:%Y-%m-%d %H:%M}", row["probability"], row["probability_new"])
        for name, part in parts
        for row in part.drop_nulls(["probability", "probability_new"])
        .sort((pl.col("probability_new") - pl.col("probability")).abs(), descending=True)
        .unique("creator_id", keep="first", maintain_order=True)
        .head(SHOWN)
        .iter_rows(named=True)
    ]
    return Table("Shadow: furthest apart", ("creator", "models", "scored", "champion", "challenger"), rows)


def _figures(part: pl.DataFrame) -> tuple[object, ...]:
    known = part.drop_nulls(["probability", "probability_new"])
    if known.is_empty():
        return (part.height, *[None] * 5)
    before, now = known["probability"].to_numpy(), known["probability_new"].to_numpy()
    flagged, flags = before >= DEFAULT_PROFILE.review, now >= DEFAULT_PROFILE.review
    alike = known.select(pl.corr("probability", "probability_new", method="spearman")).item()
    change = now - before
    return (
        part.height,
        float(change.mean()),
        float(np.abs(change).mean()),
        alike if known.height > 1 else None,
        int((flags & ~flagged).sum()),
        int((flagged & ~flags).sum()),
    )


def _judged(part: pl.DataFrame, audited: pl.DataFrame) -> tuple[object, ...]:
    verdicts = last_verdicts(audited).select("creator_id", "label")
    newest = part.drop_nulls(["probability", "probability_new"]).unique("creator_id", keep="last", maintain_order=True)
    judged = newest.join(verdicts, on="creator_id", how="inner")
    fraud = int(judged["label"].sum())
    if min(fraud, judged.height - fraud) < FEWEST_OF_EITHER:
        return (judged.height, None, None)
    label = judged["label"].to_numpy()
    return (
        judged.height,
        average_precision(label, judged["probability"].to_numpy()),
        average_precision(label, judged["probability_new"].to_numpy()),
    )
