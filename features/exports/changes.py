"""What a mapping may do to a value on its way into a column: a small closed set, no expression language."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from features.records import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.exports.mapping import Change, Source
    from features.records import Column

NUMBERS = (Kind.COUNT, Kind.SHARE, Kind.MONEY)
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
WRITTEN_DAY = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)
SHORTENED = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([kmb])", re.IGNORECASE)
THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+")
GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")
TIMES = {"k": 1_000, "m": 1_000_000, "b": 1_000_000_000}
NOTHING: tuple[object, ...] = (None, "", [])
"""What says nothing, as it is given or after all but that is cut off."""
NO_COUNT = -1
"""How sources write a count that is hidden."""
TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class Person(NamedTuple):
    """An id to be hashed once it is known under whose account, and on which platform, it was met."""

    name: str


class UnnamedError(ValueError):
    """The value has no name in the mapping."""


def changed(value: object, source: Source) -> object:
    """The value as the mapping wants it, None where nothing is left of it.

    Raises UnnamedError where the mapping lists names and the value is none of them.
    """
    value = _cut(value, source)
    if source.names is not None and value not in NOTHING:
        value = _named(value, source.names)
    if source.holds is not None and value not in NOTHING:
        value = _held(value, source.holds)
    if value in NOTHING:
        return False if source.change == "present" else None
    return value if source.change is None else CHANGES[source.change](value)


def _cut(value: object, source: Source) -> object:
    """The value without its beginning, in pieces or put together."""
    if source.without is not None and isinstance(value, str):
        value = value.removeprefix(source.without)
    if source.split is not None and isinstance(value, str):
        value = [piece.strip() for piece in value.split(source.split) if piece.strip()]
    if source.join is not None and isinstance(value, list):
        value = source.join.join(str(piece) for piece in value)
    return value


def _named(value: object, names: dict[str, str | bool | int | float]) -> object:
    key = str(value).lower() if isinstance(value, bool) else str(value)
    if key not in names:
        raise UnnamedError
    return names[key]


def _held(value: object, holds: dict[str, str | bool | int | float]) -> object:
    for part, name in holds.items():
        if part in str(value):
            return name
    raise UnnamedError


def fitted(value: object, column: Column) -> object:
    """The value in the kind of its column, as far as it says the same: "12" is a count, one text a list of one.

    What is of another kind stays as it is and is refused by the reader, which names the place.
    """
    if isinstance(value, str) and column.kind == Kind.COUNT and THOUSANDS.fullmatch(value) is not None:
        return value
    if isinstance(value, str) and column.kind in NUMBERS:
        value = _number(value)
    if column.kind == Kind.COUNT and value == NO_COUNT:
        return None
    if isinstance(value, str) and column.kind == Kind.FLAG:
        return TRUTHS.get(value.lower(), value)
    if isinstance(value, str) and column.kind == Kind.TEXTS:
        return [value]
    if isinstance(value, datetime) and column.kind == Kind.DATE:
        return value.date()
    if isinstance(value, int | float) and column.kind == Kind.TEXT and not isinstance(value, bool):
        return str(value)
    return value


def _number(text: str) -> object:
    """The number that a text is, or the text."""
    if NUMBER.fullmatch(text) is None:
        return text
    try:
        return int(text)
    except ValueError:  # a fraction, or thousands of digits, which are infinity and refused
        return float(text)


def _moment(value: object, per_second: int) -> object:
    number = _number(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        return value
    try:
        return datetime.fromtimestamp(number / per_second, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return value


def _written_day(value: object, *, day_first: bool) -> object:
    """A day as 31/12/2025, with a time or without, in the calendar's order; what is no such day stays as it is."""
    found = WRITTEN_DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return value
    one, _, other, year, *clock = found.groups()
    day, month = (one, other) if day_first else (other, one)
    hour, minute, second = (int(part or 0) for part in clock)
    try:
        return datetime(int(year), int(month), int(day), hour, minute, second, tzinfo=UTC)
    except ValueError:
        return value


def _short(value: object) -> object:
    """A count as 12.3k or 12,400; a comma that may stand for a point is left, and refused by the reader."""
    if not isinstance(value, str):
        return value
    if (found := SHORTENED.fullmatch(value.strip())) is not None:
        return round(float(found[1]) * TIMES[found[2].lower()])
    return value.replace(",", "") if GROUPED.fullmatch(value.strip()) else value


def _percent(value: object) -> object:
    number = _number(value.removesuffix("%").strip()) if isinstance(value, str) else value
    return number / 100 if isinstance(number, int | float) and not isinstance(number, bool) else value


def _digits(value: object) -> object:
    text = str(value)
    return sum(character.isdigit() for character in text) / len(text)


CHANGES: dict[Change, Callable[[object], object]] = {
    "seconds": lambda value: _moment(value, 1),
    "milliseconds": lambda value: _moment(value, 1000),
    "day": lambda value: value[:10] if isinstance(value, str) else value,
    "month": lambda value: f"{value[:7]}-01" if isinstance(value, str) else value,
    "day_first": lambda value: _written_day(value, day_first=True),
    "month_first": lambda value: _written_day(value, day_first=False),
    "short": _short,
    "percent": _percent,
    "hash": lambda value: Person(str(value)),
    "first": lambda value: value[0] if isinstance(value, list) else value,
    "present": bool,
    "length": lambda value: len(str(value)),
    "digits": _digits,
    "upper": lambda value: value.upper() if isinstance(value, str) else value,
}
