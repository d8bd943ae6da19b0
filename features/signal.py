"""What a signal is: one named expression with its family, unit, direction, sentence and needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl


class Family(StrEnum):
    """The five families of signals, each a module of its own."""

    PROFILE = "profile"
    ENGAGEMENT = "engagement"
    GROWTH = "growth"
    COMMENTS = "comments"
    AUDIENCE = "audience"


EVIDENCE_IDS = 5
"""As many ids or days as a reason cites."""

Direction = Literal[-1, 0, 1]
"""1: more of it makes fraud likelier whatever else holds; -1: less likely; 0: depends, both tails may count."""


@dataclass(frozen=True, eq=False)
class Signal:
    """One number about a creator.

    Attributes:
        name: Unique over all families; the name of its column.
        family: The family whose module defines it.
        unit: What the number counts: share, ratio, days, posts/week, ...
        direction: See `Direction`; the fraud model is constrained to it.
        sentence: What it means and why fraud moves it.
        needs: Columns it is computed from, as "table.column"; null where it cannot be told without one that is missing.
        expression: Evaluated once a creator, over the family's prepared rows; null where it cannot be known.
        evidence: Evaluated beside `expression`: the ids of the posts or comments, or the days, that made it so.
        supports: The kinds of fraud, or the benign cause, that a high contribution speaks for.
        end: Where `direction` is 0: whether high values (1), low ones (-1) or both (0) speak for what it supports.
        trust: How far what one corpus says of it carries over to another, 0 to 1: training counts the gain of a split
            on it by so much.
    """

    name: str
    family: Family
    unit: str
    direction: Direction
    sentence: str
    needs: tuple[str, ...]
    expression: pl.Expr
    evidence: pl.Expr | None = None
    supports: tuple[str, ...] = ()
    end: Direction = 0
    trust: float = 1.0


def define(
    family: Family,
    table: str,
    name: str,
    unit: str,
    direction: Direction,
    sentence: str,
    needs: tuple[str, ...],
    expression: pl.Expr,
    *,
    evidence: pl.Expr | None = None,
    supports: tuple[str, ...] = (),
    end: Direction = 0,
) -> Signal:
    """A signal whose `needs` are columns of the family's own table unless they name another one."""
    columns = tuple(need if "." in need else f"{table}.{need}" for need in needs)
    return Signal(name, family, unit, direction, sentence, columns, expression, evidence, supports, end)
