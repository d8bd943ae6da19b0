"""Collecting what is wrong with the records, so that all of it is reported at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from features.errors import Problem, RecordsError
from features.records.contract import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_ALIKE = 100
"""Problems kept of one message in one column; more are only counted, or a bad column of millions would fill memory."""
MOST_KEPT = 10_000
"""Of all kinds together: of fields that the contract does not have, each name is a kind of its own."""


@dataclass
class Problems:
    """Every problem found so far.

    `most_alike` None keeps all of them, as skipping rows needs. `unreadable` says that a table could not be
    read as a whole, so that no row of it can be skipped.
    """

    most_alike: int | None = MOST_ALIKE
    total: int = 0
    unreadable: bool = False
    _found: list[Problem] = field(default_factory=list)
    _alike: Counter[tuple[str, str | None, str]] = field(default_factory=Counter)

    @property
    def full(self) -> bool:
        """Whether more are only counted."""
        return self.most_alike is not None and len(self._found) >= MOST_KEPT

    def add(self, problem: Problem) -> None:
        """Take one problem with a row or a line."""
        self.total += 1
        if self.full:
            return
        kind = (problem.table, problem.column, problem.message)
        self._alike[kind] += 1
        if self.most_alike is None or self._alike[kind] <= self.most_alike:
            self._found.append(problem)

    def add_alike(self, problems: Iterable[Problem], count: int) -> None:
        """Take `count` problems of one kind; no more of them are built than are kept."""
        for problem, _ in zip(problems, range(count if self.most_alike is None else self.most_alike), strict=False):
            self.add(problem)
            count -= 1
        self.total += count

    def add_unreadable(self, problem: Problem) -> None:
        """Take one problem that leaves nothing of its table to read."""
        self.unreadable = True
        self.add(problem)

    def in_order(self) -> list[Problem]:
        """The problems kept, in the order of the tables and of the rows within them."""
        return sorted(self._found, key=_order)

    def error(self) -> RecordsError:
        """The error that names them all."""
        return RecordsError(self.in_order(), total=self.total)


def _order(problem: Problem) -> tuple[int, int, int]:
    tables = list(TABLES)
    table = tables.index(problem.table) if problem.table in TABLES else len(tables)
    record = problem.line if problem.record is None else problem.record
    return table, -1 if record is None else record, -1 if problem.row is None else problem.row
