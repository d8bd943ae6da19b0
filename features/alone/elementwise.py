"""Row by row: arithmetic, comparison, logic and choice, of columns and of single values."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from features.alone.values import Values, both, holds, unknown, where

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from features.alone.values import Flags, Single

    Data = NDArray[Any]

Part = Any
"""`Values` or a `Single`."""
Plain = Any
"""The data of a column, or one value that is known."""
Step = Callable[..., Part]


def above(left: Plain, right: Plain) -> Plain:
    """For Polars what is not a number is above every number, and equal to itself."""
    more = left > right
    if not _may_be_no_number(left):
        return more
    return more | ((left != left) & (right == right) if _may_be_no_number(right) else left != left)


def same(left: Plain, right: Plain) -> Plain:
    """Whether equal; what is not a number is equal to itself."""
    equal = left == right
    if not (_may_be_no_number(left) and _may_be_no_number(right)):
        return equal
    return equal | ((left != left) & (right != right))


def at_least(left: Plain, right: Plain) -> Plain:
    """Whether above or equal, as what is not a number is to everything."""
    return (left >= right) | (left != left) if _may_be_no_number(left) else left >= right


def _may_be_no_number(value: Plain) -> bool:
    """Whether it is, or there may be, what is not a number."""
    return bool(value.dtype.kind == "f") if type(value) is np.ndarray else bool(value != value)


def compared(work: Callable[[Any, Any], Any]) -> Step:
    """Null where one of the two is."""
    return of_two(work, beside_null=_undecided)


def _undecided(like: Values) -> Values:
    """Beside a null nothing is compared."""
    nothing = np.zeros(len(like.data), dtype=np.bool_)
    return Values(nothing, nothing)


def of_two(work: Callable[[Any, Any], Any], beside_null: Callable[[Values], Values] = unknown) -> Step:
    """Null where one of the two is."""

    def step(left: Part, right: Part) -> Part:
        if type(left) is Values:
            if type(right) is Values:
                return Values(work(left.data, right.data), both(left, right))
            return beside_null(left) if right is None else Values(work(left.data, right), left.known)
        if type(right) is Values:
            return beside_null(right) if left is None else Values(work(left, right.data), right.known)
        return None if left is None or right is None else work(left, right)

    return step


def quotient(left: Data | float, right: Data | float) -> Data | float:
    """Polars divides a column by one value through its reciprocal."""
    if isinstance(left, np.ndarray):
        if isinstance(right, np.ndarray) or len(left) == 1:
            return left / right
        return left.astype(np.float64) * _over(1.0, right)
    return left / right if isinstance(right, np.ndarray) else _over(left, right)


def _over(part: float, whole: float) -> float:
    if whole:
        return part / whole
    return math.nan if not part or math.isnan(part) else math.copysign(math.inf, part) * math.copysign(1.0, whole)


def conjunction(left: Part, right: Part) -> Part:
    """False and null is false."""
    if type(left) is not Values or type(right) is not Values:
        return _conjunction_of_one(left, right)
    return Values(left.data & right.data, _decided(left, ~left.data, right, ~right.data))


def _decided(left: Values, left_decides: Data, right: Values, right_decides: Data) -> Flags | None:
    """Where a flag of two is known: where both are, and where one of them decides by itself."""
    if right.known is None:
        return None if left.known is None else left.known | right_decides
    if left.known is None:
        return right.known | left_decides
    return (left.known & (right.known | left_decides)) | (right.known & right_decides)


def _conjunction_of_one(left: Part, right: Part) -> Part:
    if type(left) is Values or type(right) is Values:
        column, value = (left, right) if type(left) is Values else (right, left)
        return conjunction(column, _column(value, column))
    if left is None or right is None:
        return False if left is False or right is False else None
    return left and right


def _column(value: Single, like: Values) -> Values:
    """One Boolean beside every row."""
    flags = np.full(len(like.data), bool(value))
    return Values(flags) if value is not None else unknown(Values(flags))


def disjunction(left: Part, right: Part) -> Part:
    """True or null is true."""
    if type(left) is not Values or type(right) is not Values:
        return negation(conjunction(negation(left), negation(right)))
    return Values(left.data | right.data, _decided(left, left.data, right, right.data))


def negation(flag: Part) -> Part:
    """Null stays null."""
    if type(flag) is Values:
        return Values(~flag.data, flag.known)
    return None if flag is None else not flag


def ternary(flag: Part, then: Part, otherwise: Part) -> Part:
    """One where the flag holds, else the other."""
    if type(flag) is not Values:
        return then if flag else otherwise
    chosen = holds(flag)
    if otherwise is None:
        own = then.data if type(then) is Values else np.full(len(chosen), then)
        return Values(own, chosen if type(then) is not Values or then.known is None else chosen & then.known)
    if then is None:
        return ternary(Values(~chosen), otherwise, None)
    yes, no = (one.data if type(one) is Values else one for one in (then, otherwise))
    known = [where(one) if type(one) is Values else np.True_ for one in (then, otherwise)]
    return Values(np.where(chosen, yes, no), np.where(chosen, known[0], known[1]))


def filled(values: Part, other: Part) -> Part:
    """The other value where there is none."""
    if type(values) is not Values:
        return other if values is None else values
    if values.known is None or other is None:
        return values
    if type(other) is not Values:
        return Values(np.where(values.known, values.data, other))
    known = None if other.known is None else values.known | other.known
    return Values(np.where(values.known, values.data, other.data), known)


def raised(value: Part, least: Single) -> Part:
    """Held to a least value."""
    if type(value) is Values:
        return Values(np.where(value.data < least, least, value.data), value.known)
    return None if value is None else (least if value < least else value)


def lowered(value: Part, most: Single) -> Part:
    """Held to a greatest value."""
    if type(value) is Values:
        return Values(np.where(value.data > most, most, value.data), value.known)
    return None if value is None else (most if value > most else value)


def logarithms(work: Callable[[float], float], least: float) -> Step:
    """By the C library, as Polars has them: NumPy's own may differ in the last bit."""

    def one(value: float) -> float:
        if value > least:
            return work(value)
        return -math.inf if value == least else math.nan

    def step(values: Part, *_base: Single) -> Part:
        if type(values) is not Values:
            return None if values is None else one(float(values))
        found = [work(value) if value > least else one(value) for value in values.data.astype(np.float64).tolist()]
        return Values(np.array(found, dtype=np.float64), values.known)

    return step


def rounded(values: Part) -> Part:
    """Half to even."""
    if type(values) is Values:
        return Values(np.rint(values.data), values.known) if values.data.dtype == np.float64 else values
    return None if values is None else type(values)(round(values))


def added(*parts: Part) -> Part:
    """Nulls count as nothing."""
    whole: Any = sum(one for one in parts if type(one) is not Values and one is not None)
    columns = [np.where(where(one), one.data, np.False_) for one in parts if type(one) is Values]
    for column in columns:
        whole = whole + (column.astype(np.int64) if column.dtype == np.bool_ else column)
    return Values(whole) if columns else whole


def least(*parts: Part) -> Part:
    """Nulls do not count."""
    if not any(type(one) is Values for one in parts):
        return min((one for one in parts if one is not None), default=None)
    data = [np.where(where(one), one.data, np.inf) for one in parts]
    return Values(reduce(np.fmin, data), reduce(np.logical_or, map(where, parts)))


def greatest(*parts: Single) -> Single:
    """Nulls do not count."""
    return max((one for one in parts if one is not None), default=None)


def first_known(*parts: Part) -> Part:
    """The first that is known."""
    return reduce(filled, parts)


def got(own: list[Any] | None, at: int | None) -> Single:
    """The element of a list; null beyond its end."""
    return own[at] if own is not None and at is not None and -len(own) <= at < len(own) else None


def whole(unit: np.timedelta64) -> Step:
    """Whole units of a span of time, towards 0."""

    def step(value: Part) -> Part:
        if type(value) is Values:
            return Values(np.trunc(value.data / unit).astype(np.int64), value.known)
        return None if value is None else int(value / unit)

    return step


def cast(column: DTypeLike, value: Callable[[Any], Any]) -> Step:
    """As another type, of a column or of one value."""

    def step(values: Part) -> Part:
        if type(values) is Values:
            return Values(values.data.astype(column), values.known)
        return None if values is None else value(values)

    return step


def days_written(days: Values) -> Values:
    """As ISO 8601 writes them."""
    if days.data.dtype != "M8[D]":
        raise TypeError("only days are written out")
    return Values(days.data.astype(str).astype(object), days.known)


def of_one(work: Callable[[Any], Any]) -> Step:
    """Null stays null."""

    def step(values: Part) -> Part:
        if type(values) is Values:
            return Values(work(values.data), values.known)
        return None if values is None else work(values)

    return step


def is_known(values: Part) -> Part:
    """Whether there is a value."""
    return Values(where(values)) if type(values) is Values else values is not None
