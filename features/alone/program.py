"""Expressions of Polars, worked out over the rows of one creator by NumPy.

A plan of Polars costs some microseconds for each of its nodes, however few the rows are: for the hundred rows of one
creator planning takes many times as long as the arithmetic. A `Program` reads the expressions once, keeps what they
share once, and then takes one step of NumPy a node. It is no second way of writing a signal: what it reads is what
Polars evaluates for many creators, and a test holds that the bits are the same. What it does not know how to read is
left to Polars.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from features.alone import steps, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import polars as pl

    from features.alone.values import Columns, Single, Values

    Step = Callable[..., Values]
    Node = Any


class _Unread(Exception):  # noqa: N818 - no error: a reason to leave it to Polars
    """An expression has a node that is not known here."""


class _Taken(NamedTuple):
    """One step: what is done, with the results of which earlier steps."""

    work: Step
    operands: tuple[int, ...]


class _Column(NamedTuple):
    """A step that takes up a column."""

    name: str


class _Literal(NamedTuple):
    """A step that is the same for all rows."""

    value: Single


_HEIGHT = _Column("")
"""How many rows there are."""


class _Way(NamedTuple):
    """Steps in order, by their places: the columns that are taken up, and what is done with them."""

    columns: list[tuple[int, _Column]]
    taken: list[tuple[int, Step, tuple[int, ...]]]


class Program:
    """Named expressions, ready to be worked out.

    Attributes:
        rest: Expressions that are left to Polars.
    """

    def __init__(self, expressions: Sequence[pl.Expr]) -> None:
        self.rest: list[pl.Expr] = []
        self._names: dict[str, int] = {}
        self._steps: list[_Taken | _Column | _Literal] = []
        self._places: dict[object, int] = {}
        for expression in expressions:
            before = len(self._steps), dict(self._places)
            try:
                place = self._read(json.loads(expression.meta.serialize(format="json")))
            except _Unread:
                del self._steps[before[0] :]
                self._places = before[1]
                self.rest.append(expression)
            else:
                self._names[expression.meta.output_name()] = place
        self._literals = [step.value if type(step) is _Literal else None for step in self._steps]
        self._whole = self._way(range(len(self._steps)))

    @property
    def names(self) -> list[str]:
        """Of the expressions that were read."""
        return list(self._names)

    @cached_property
    def nothing(self) -> dict[str, None]:
        """What all expressions come to where there is no row."""
        return dict.fromkeys([*self._names, *(expression.meta.output_name() for expression in self.rest)])

    def over(
        self, columns: Columns | Mapping[str, Single], names: Collection[str] | None = None
    ) -> dict[str, Values | Single]:
        """The expressions that were read, by name.

        Args:
            columns: The rows of one creator, or one row.
            names: Those that are wanted; all unless given.
        """
        wanted = self._names if names is None else {name: self._names[name] for name in names}
        way = self._whole if names is None else self._way(self._needed(wanted.values()))
        found: list[Any] = self._literals.copy()
        for place, column in way.columns:
            # One row is a mapping without a height, and what is asked of one row counts no rows.
            found[place] = columns.height if column is _HEIGHT else columns[column.name]  # type: ignore[union-attr]
        with np.errstate(all="ignore"):  # of what is not known anything may come
            for place, work, operands in way.taken:
                if len(operands) == 2:  # most have two or one, which take half of the time of any number
                    found[place] = work(found[operands[0]], found[operands[1]])
                elif len(operands) == 1:
                    found[place] = work(found[operands[0]])
                else:
                    found[place] = work(*[found[one] for one in operands])
        return {name: found[place] for name, place in wanted.items()}

    def _way(self, places: Iterable[int]) -> _Way:
        way = _Way([], [])
        for place in places:
            step = self._steps[place]
            if type(step) is _Column:
                way.columns.append((place, step))
            elif type(step) is _Taken:
                way.taken.append((place, step.work, step.operands))
        return way

    def _needed(self, places: Iterable[int]) -> list[int]:
        """The steps that lead to some of them, in order."""
        needed = set(places)
        for place in range(len(self._steps) - 1, -1, -1):  # operands stand before what is made of them
            step = self._steps[place]
            if place in needed and type(step) is _Taken:
                needed.update(step.operands)
        return sorted(needed)

    def _read(self, node: Node) -> int:
        """The place of a node's result."""
        if node == "Len":
            return self._placed("height", _HEIGHT)
        kind, inside = next(iter(node.items()))
        if kind == "Column":
            return self._placed(("column", inside), _Column(inside))
        if kind == "Literal":
            return self._placed(("literal", json.dumps(inside)), _literal(inside))
        if kind == "Alias":
            return self._read(inside[0])
        name, work, operands = _taken_apart(kind, inside)
        places = tuple(self._read(operand) for operand in operands)
        return self._placed((name, *places), _Taken(work, places))

    def _placed(self, key: object, step: _Taken | _Column | _Literal) -> int:
        if key not in self._places:
            self._places[key] = len(self._steps)
            self._steps.append(step)
        return self._places[key]


def _taken_apart(kind: str, inside: Node) -> tuple[str, Step, list[Node]]:
    """A node's name with what changes its meaning, what it does, and its operands."""
    if kind == "BinaryExpr":
        return _known(inside["op"], [inside["left"], inside["right"]])
    if kind == "Ternary":
        return _known(kind, [inside[part] for part in ("predicate", "truthy", "falsy")])
    if kind == "Filter":
        return _known(kind, [inside["input"], inside["by"]])
    if kind == "Slice":
        return _known(kind, [inside["input"], inside["offset"], inside["length"]])
    if kind == "Sort" and not inside["options"]["descending"] and inside["options"]["limit"] is None:
        return _known(kind, [inside["expr"]])
    if kind == "SortBy" and not any(inside["sort_options"]["descending"]):
        return _known(kind, [inside["expr"], *inside["by"]])
    if kind == "Cast":
        return _known(f"Cast {inside['dtype'].get('Literal')}", [inside["expr"]])
    if kind == "Agg":
        return _aggregate(*next(iter(inside.items())))
    if kind == "Function":
        return _function(json.dumps(inside["function"]).replace('"', ""), inside["input"])
    raise _Unread


def _function(name: str, operands: list[Node]) -> tuple[str, Step, list[Node]]:
    if "StringExpr" in name and not all("Literal" in one and _is_alike(one["Literal"]) for one in operands[1:]):
        raise _Unread
    return _known(name, operands)


def _is_alike(literal: Node) -> bool:
    return texts.is_alike(_literal(literal).value)


def _aggregate(kind: str, inside: Node) -> tuple[str, Step, list[Node]]:
    if kind == "Count" and inside["include_nulls"]:
        return _known("Len", [inside["input"]])
    return _known(kind, [inside.get("input", inside)])


def _known(name: str, operands: list[Node]) -> tuple[str, Step, list[Node]]:
    if name not in steps.STEPS:
        raise _Unread
    return name, steps.STEPS[name], operands


def _literal(inside: Node) -> _Literal:
    kind, value = next(iter(inside.items()))
    if kind == "Scalar":
        kind, value = next(iter(value.items()))
    if kind == "Null":
        return _Literal(None)
    if kind == "Dyn":
        return _Literal(next(iter(value.values())))
    if kind == "Duration" and value[1] == "Microseconds":
        return _Literal(np.timedelta64(value[0], "us"))
    if kind not in ("Boolean", "String", "Int32", "Int64", "Float64"):
        raise _Unread
    return _Literal(value)
