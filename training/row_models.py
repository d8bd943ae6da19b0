"""How well the follower and comment models that a fraud bundle carries do on labelled rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from training.evaluation_tables import Table
from training.metrics import classification_metrics

if TYPE_CHECKING:
    from features.records import Tables

_ROWS = (
    ("followers", "audience", "fake_probability", "fake"),
    ("comments", "comments", "inauthentic_probability", "spam"),
)


def rows_judged(tables: Tables, title: str) -> Table:
    """One row a platform and kind of rows: probabilities of labelled followers, and of comments by others.

    Args:
        tables: Records with labels to which the models have added their columns; without these there are no rows.
        title: The table's; says whose rows these are.
    """
    platforms = tables.creators.select("creator_id", "platform")
    rows: list[tuple[object, ...]] = []
    for name, table, probability, label in _ROWS:
        frame = tables[table]
        if not {probability, label} <= set(frame.columns):
            continue
        if name == "comments":
            frame = frame.filter(pl.col("author_id").ne_missing(pl.col("creator_id")))
        judged = frame.join(platforms, on="creator_id").select("platform", label=label, probability=probability)
        rows.append((f"{name}, all", *_figures(judged)))
        for (platform,), part in judged.sort("platform").group_by("platform", maintain_order=True):
            rows.append((f"{name}, {platform}", *_figures(part)))
    columns = ("rows of", "rows", "judged", "labelled share", "auc", "mean of the genuine", "mean of the others")
    return Table(title, columns, rows, "Labels are the simulator's: fake followers; bought, pod and spam comments.")


def _figures(rows: pl.DataFrame) -> tuple[object, ...]:
    known = rows.drop_nulls().with_columns(pl.col("label").cast(pl.Float64))
    if known.is_empty():
        return (rows.height, 0.0, None, None, None, None)
    figures = classification_metrics(known["label"].to_numpy(), known["probability"].to_numpy())
    means = [known.filter(pl.col("label") == value)["probability"].mean() for value in (0, 1)]
    return (rows.height, known.height / rows.height, figures["fraud_rate"], figures.get("auc"), *means)
