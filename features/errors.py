"""Every error that Bonafide raises on purpose.

```
BonafideError
├── RecordsError      the records handed in were refused; carries every problem found
├── ContractError     a model, context or index is damaged or does not match what it is used with
├── NotFoundError     a creator, model, alias or file that was asked for does not exist
├── RegistryError     the store of runs and models cannot be reached or read
├── UsageError        options that contradict each other
├── UnavailableError  the ledger's database does not answer; the same may be asked again later
├── RefusedError      the ledger's database cannot hold a row, however often it is asked
└── GateError         a limit or gate was not met

UserWarning
└── RecordsWarning    something in the records was left out that the contract does not have
```
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.nouns import number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_PROBLEMS_SHOWN = 20
MOST_ALIKE_SHOWN = 3
LONGEST_NAME = 80


class BonafideError(Exception):
    """The root: catch this to catch everything that Bonafide raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the records: where it is and what it is, never the value itself.

    `row` counts from 0 within the table as it was handed in; a row of a CSV file is named by its `line`
    in its place, counted from 1 with the header as spreadsheets do, which show a value of several lines in
    one. Where tables are nested in records, `row` counts within the record's own table
    and the record is named too: by `line` in a file, by `record`, counted from 0, in a list. `ids` holds
    the values of the table's key columns, where they could be read.
    """

    table: str
    message: str
    row: int | None = None
    column: str | None = None
    ids: tuple[str, ...] = ()
    line: int | None = None
    record: int | None = None

    def __str__(self) -> str:
        """Name the place first, then what is wrong there."""
        place = [self.table]
        if self.line is not None:
            place.append(f"line {self.line}")
        if self.record is not None:
            place.append(f"record {self.record}")
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column '{self.column}'")
        named = f" ({', '.join(map(printable, self.ids))})" if self.ids else ""
        return f"{', '.join(place)}{named}: {self.message}"


def printable(name: str) -> str:
    """A name as it may stand in a message: on one line and not long, whatever it holds."""
    text = "".join(character if character.isprintable() else "?" for character in name[:LONGEST_NAME])
    return text if len(name) <= LONGEST_NAME else f"{text}..."


class RecordsError(BonafideError):
    """The records were refused.

    `problems` holds what was found, in the order of the tables; `total` counts those too of which only
    the first were kept because they were all alike.
    """

    def __init__(self, problems: Sequence[Problem], *, total: int | None = None) -> None:
        self.problems = tuple(problems)
        self.total = len(self.problems) if total is None else total
        shown = _first_of_each_kind(self.problems)
        lines = [f"{number_of(self.total, 'problem')} in the records:"]
        lines += [f"  {problem}" for problem in shown]
        if self.total > len(shown):
            lines.append(f"  ... and {self.total - len(shown)} more")
        super().__init__("\n".join(lines))


def _first_of_each_kind(problems: Sequence[Problem]) -> list[Problem]:
    """The problems worth showing: a few of each kind, so that one bad column does not hide the next."""
    alike: Counter[tuple[str, str | None, str]] = Counter()
    shown = []
    for problem in problems:
        kind = (problem.table, problem.column, problem.message)
        alike[kind] += 1
        if alike[kind] <= MOST_ALIKE_SHOWN:
            shown.append(problem)
    return shown[:MOST_PROBLEMS_SHOWN]


class RecordsWarning(UserWarning):
    """Something in the records was left out because the contract does not have it."""


class ContractError(BonafideError):
    """A stored model, context or index is damaged or does not match what it is used with."""


class NotFoundError(BonafideError):
    """Something that was asked for by name does not exist."""


class RegistryError(BonafideError):
    """The store of runs and models cannot be reached or read."""


class UsageError(BonafideError):
    """Options that contradict each other or name something unknown."""


class UnavailableError(BonafideError):
    """The ledger's database does not answer; the same may be asked again later."""


class RefusedError(BonafideError):
    """The ledger's database cannot hold a row, however often it is asked."""


class GateError(BonafideError):
    """A limit or gate was not met."""
