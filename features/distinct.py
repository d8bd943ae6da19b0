"""Whether values tell rows apart."""

from __future__ import annotations

import polars as pl

FEW = 4_000
"""Beyond this Polars is the quicker one: it hands even a few numbers out to threads."""


def all_differ(column: pl.Series) -> bool:
    """Whether no value is there twice, nulls included."""
    if len(column) > FEW:
        return column.n_unique() == len(column)
    values = column.cast(pl.Int64) if column.dtype.is_temporal() else column
    return len(set(values.to_list())) == len(column)
