"""The same answers at less cost where there is one creator: Polars' fixed costs are all that one request takes.

Joins, groups and the search for a better plan pay off over many creators. For one of them each takes longer than the
work itself, so this is the one place that goes without; a test holds that the bits are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

FEW_ROWS = 4_000
"""Fewer rows are done before a better plan is found."""
_AS_WRITTEN = pl.QueryOptFlags.none()


def collected(plan: pl.LazyFrame, rows: int) -> pl.DataFrame:
    """The plan's frame.

    Args:
        plan: Over frames in memory.
        rows: How many rows it starts from.
    """
    if rows <= FEW_ROWS:
        return plan.collect(engine="in-memory", optimizations=_AS_WRITTEN)
    return plan.collect(engine="in-memory")


def beside(frame: pl.LazyFrame, creators: pl.DataFrame, columns: Sequence[str]) -> pl.LazyFrame:
    """The rows, in their order, with these columns of their creators; rows of no creator are not there."""
    if creators.height == 1:
        return frame.with_columns(
            pl.lit(creators[name].item(), dtype=creators.schema[name]).alias(name) for name in columns
        )
    return frame.join(
        creators.lazy().select("creator_id", *columns), on="creator_id", how="inner", maintain_order="left"
    )


def in_order(creators: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """What was found of some of the creators, one row for each in their order; null for those of whom nothing was."""
    if creators.height == 1 and found.height == 1:
        return found
    return creators.select("creator_id").join(found, on="creator_id", how="left", maintain_order="left")


def aggregated(
    frame: pl.DataFrame, creators: pl.DataFrame, expressions: Sequence[pl.Expr], *, lists: bool = False
) -> pl.DataFrame:
    """The creators with aggregates of their rows beside their own columns; null for those who have no row.

    Args:
        frame: Rows of any number of creators.
        creators: One row a creator.
        expressions: What to make of each creator's rows.
        lists: Whether that is any number of values, which are put into a list, rather than one.
    """
    if creators.height == 1 and frame.height:
        own = [expression.implode() for expression in expressions] if lists else expressions
        return creators.hstack(collected(frame.lazy().select(own), frame.height))
    found = collected(frame.lazy().group_by("creator_id").agg(expressions), frame.height)
    return creators.join(found, on="creator_id", how="left", maintain_order="left")
