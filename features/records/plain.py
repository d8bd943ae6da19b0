"""Any Python value as the plain one that it stands for: what pandas, numpy and JSON parsers hand over."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

import orjson

from features.records.contract import Kind

MOST_EXACT = 2**53
"""The largest number that a float holds exactly; no count of a platform comes near it."""


class _Broken:
    """The type of `BROKEN`."""


BROKEN: Final = _Broken()
"""Stands for a value that no column can hold."""


def plain(value: object, kind: Kind) -> object:
    """The value as None, bool, int, float, str, list of str or naive UTC datetime; BROKEN where it is none of these."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _number(int(value), kind)
    if isinstance(value, float | Decimal):
        return _fractional(value, kind)
    if isinstance(value, str):
        return _text(value, kind)
    if isinstance(value, date):
        return _moment(value)
    if isinstance(value, dict):
        return (canonical_weights(value) or BROKEN) if kind == Kind.WEIGHTS else BROKEN
    if hasattr(value, "tolist"):  # numpy's arrays and scalars
        return plain(value.tolist(), kind)
    if isinstance(value, list | tuple):
        return _list(value, kind)
    return BROKEN


def _number(number: int, kind: Kind) -> int | float | str:
    """The number; of an unsigned id of 64 bits its digits; beyond, a float, which all kinds but money refuse."""
    if -(2**63) <= number < 2**63:
        return number
    if kind == Kind.ID and 0 < number < 2**64:
        return str(number)
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _fractional(number: float | Decimal, kind: Kind) -> str | float:
    """The number as a float; of a whole decimal that is an id its digits, of which a float would lose some."""
    if isinstance(number, Decimal) and kind == Kind.ID and number.is_finite() and number == number.to_integral_value():
        return f"{number:.0f}"
    return float(number)


def _text(text: str, kind: Kind) -> object:
    """The text; half characters become the replacement character in texts and are refused in names and ids."""
    text = str.__str__(text)
    try:
        text.encode()
    except UnicodeEncodeError:
        if kind not in (Kind.TEXT, Kind.TEXTS):
            return BROKEN
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _moment(value: date) -> object:
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    if value.tzinfo is not None:
        try:
            value = value.astimezone(UTC)
        except OverflowError:  # beyond the years that there are
            return BROKEN
    return datetime(value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond)


def _list(values: list[object] | tuple[object, ...], kind: Kind) -> object:
    """Lists in lists are not looked into, however deep they go."""
    pieces = [BROKEN if isinstance(value, list | tuple) else plain(value, kind) for value in values]
    return pieces if all(isinstance(piece, str) for piece in pieces) else BROKEN


def canonical_weights(value: object) -> str | None:
    """A mapping of names to finite numbers, or its JSON, as JSON with sorted names; None where it is something else."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return None
    if not isinstance(value, dict):
        return None
    try:
        weights = {name: float(weight) for name, weight in value.items() if weight is not None and _is_number(weight)}
        if len(weights) < sum(weight is not None for weight in value.values()):
            return None
        if not all(map(math.isfinite, weights.values())):
            return None
        return orjson.dumps(weights, option=orjson.OPT_SORT_KEYS).decode()
    except (OverflowError, TypeError):  # a number beyond floats, a name that is not text
        return None


def _is_number(weight: object) -> bool:
    return isinstance(weight, int | float) and not isinstance(weight, bool)
