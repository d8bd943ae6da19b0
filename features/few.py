"""The same answers at less cost where there is one creator: Polars' fixed costs are all that one request takes.

Joins, groups and the search for a better plan pay off over many creators. For one of them each takes longer than the
work itself, so that here, and in `features.alone`, they are done without. Tests hold that the bits are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol

import numpy as np
import polars as pl

from features.alone import Columns, Program, given
from features.distinct import all_differ

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from features.records import Tables

_Given = ParamSpec("_Given")

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


def widened(plan: pl.LazyFrame, expressions: Sequence[pl.Expr], creators: int, rows: int) -> pl.LazyFrame:
    """The plan with further columns, those of one creator worked out one after the other by the thread that asks.

    To wake others takes longer than the work on few rows, and many times as long where processors are busy.

    Args:
        plan: Over frames in memory.
        expressions: Two or more: one alone Polars hands out to others all the same.
        creators: Of how many its rows are.
        rows: How many rows it starts from.
    """
    alone = creators == 1 and rows <= FEW_ROWS
    return plan.with_columns_seq(expressions) if alone else plan.with_columns(expressions)


def empty_once(
    table: str,
) -> Callable[
    [Callable[Concatenate[Tables, _Given], pl.DataFrame]], Callable[Concatenate[Tables, _Given], pl.DataFrame]
]:
    """Prepares a table without rows once for each set of its columns: few records hold every table."""

    def of(
        prepare: Callable[Concatenate[Tables, _Given], pl.DataFrame],
    ) -> Callable[Concatenate[Tables, _Given], pl.DataFrame]:
        made: dict[tuple[str, ...], pl.DataFrame] = {}

        def rows(tables: Tables, /, *given: _Given.args, **named: _Given.kwargs) -> pl.DataFrame:
            frame = tables[table]
            if frame.height:
                return prepare(tables, *given, **named)
            columns = tuple(frame.columns)
            if columns not in made:
                made[columns] = prepare(tables, *given, **named)
            return made[columns].clone()

        return rows

    return of


def beside(frame: pl.DataFrame, creators: pl.DataFrame, columns: Sequence[str] = (), **renamed: str) -> pl.LazyFrame:
    """The rows, in their order, with these columns of their creators; rows of no creator are not there.

    Args:
        frame: Rows of any number of creators.
        creators: One row a creator.
        columns: Columns that keep their name.
        renamed: Columns by the name that they get.
    """
    named = {**{name: name for name in columns}, **renamed}
    if creators.height == 1:
        own = [creators[old].alias(new).new_from_index(0, frame.height) for new, old in named.items()]
        return frame.hstack(own).lazy()
    wanted = creators.lazy().select("creator_id", *(pl.col(old).alias(new) for new, old in named.items()))
    return frame.lazy().join(wanted, on="creator_id", how="inner", maintain_order="left")


def tells_apart(column: pl.Series, creators: pl.DataFrame) -> bool:
    """Whether the column alone tells all rows of one creator apart, so that nothing else is needed to sort them."""
    return creators.height == 1 and all_differ(column)


class Within(Protocol):
    """Makes an expression one over each creator's own rows, or over those of the creator that are alike in columns."""

    def __call__(self, expression: pl.Expr, *alike: str) -> pl.Expr:
        """The expression with its window."""


@dataclass(frozen=True)
class Windowed:
    """Expressions over each creator's own rows, written once: the rows of one creator need no window for it."""

    among_many: tuple[pl.Expr, ...]
    alone: tuple[pl.Expr, ...]

    @classmethod
    def of(cls, written: Callable[[Within], tuple[pl.Expr, ...]]) -> Windowed:
        """What was written for any window."""
        return cls(written(_over_creators), written(_over_all))

    def over(self, creators: pl.DataFrame) -> tuple[pl.Expr, ...]:
        """The expressions for rows of these creators."""
        return self.alone if creators.height == 1 else self.among_many

    def beside(self, frame: pl.DataFrame, creators: pl.DataFrame) -> pl.DataFrame:
        """The rows of these creators with the expressions as further columns."""
        return _worked_out(self._program, frame) if creators.height == 1 else frame.with_columns(self.among_many)

    @cached_property
    def _program(self) -> Program:
        return Program(self.alone)


def _over_creators(expression: pl.Expr, *alike: str) -> pl.Expr:
    return expression.over("creator_id", *alike)


def _over_all(expression: pl.Expr, *alike: str) -> pl.Expr:
    return expression.over(*alike) if alike else expression


def key_of(creators: pl.DataFrame, *key: str) -> tuple[str, ...]:
    """A key that is unique within each creator, made unique among all."""
    return key if creators.height == 1 else ("creator_id", *key)


def numbers(frame: pl.DataFrame) -> NDArray[np.float64]:
    """The frame's numbers, rows x columns, with NaN for null: Polars hands even one row out to threads."""
    if frame.height == 1:
        return np.array([frame.row(0)], dtype=np.float64)
    return np.ascontiguousarray(frame.to_numpy(), dtype=np.float64)


def named(frame: pl.DataFrame, names: Sequence[str], rows: NDArray[np.int64] | None = None) -> list[dict[str, Any]]:
    """The named columns of each row, or of some rows, by their names: a frame of these costs more than its values."""
    columns = ((frame[name] if rows is None else frame[name][rows]).to_list() for name in names)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def in_order(creators: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """What was found of some of the creators, one row for each in their order; null for those of whom nothing was."""
    if creators.height == 1 and found.height == 1:
        return found
    return creators.select("creator_id").join(found, on="creator_id", how="left", maintain_order="left")


@dataclass(frozen=True, eq=False)
class Rowwise:
    """Expressions that are made of the columns of their own row alone."""

    expressions: tuple[pl.Expr, ...]

    def beside(self, frame: pl.DataFrame, creators: pl.DataFrame) -> pl.DataFrame:
        """The rows of these creators with the expressions as further columns."""
        return _worked_out(self._program, frame) if creators.height == 1 else frame.with_columns(self.expressions)

    @cached_property
    def _program(self) -> Program:
        return Program(self.expressions)


def _worked_out(program: Program, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of one creator with what a program makes of them as further columns."""
    found = program.over(Columns(frame))
    frame = frame.hstack([given(values).alias(name) for name, values in found.items()])
    return frame.with_columns(program.rest) if program.rest else frame


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
