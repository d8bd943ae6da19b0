"""What each node of an expression does to the rows of one creator, as Polars does it: nulls, types and the last bits.

Operands are `Values`, a column, or one value that stands beside all rows, None where it is null.
"""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from features.alone.values import Single, Values, single

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from features.alone.values import Flags

    Data = NDArray[Any]

Part = Any
"""`Values` or a `Single`."""
Plain = Any
"""The data of a column, or one value that is known."""
Step = Callable[..., Part]


def _where(values: Values) -> Flags:
    """Which values are known, one a value."""
    return np.ones(len(values.data), dtype=np.bool_) if values.known is None else values.known


def _unknown(like: Values) -> Values:
    """A column of nulls."""
    return Values(like.data, np.zeros(len(like.data), dtype=np.bool_))


def _both(left: Values, right: Values) -> Flags | None:
    if left.known is None:
        return right.known
    return left.known if right.known is None else left.known & right.known


def _above(left: Plain, right: Plain) -> Plain:
    """For Polars what is not a number is above every number, and equal to itself."""
    return (left > right) | ((left != left) & (right == right))


def _same(left: Plain, right: Plain) -> Plain:
    return (left == right) | ((left != left) & (right != right))


def _compared(work: Callable[[Any, Any], Any]) -> Step:
    """Null where one of the two is."""
    two = _of_two(work)

    def step(left: Part, right: Part) -> Part:
        found = two(left, right)
        if type(found) is Values and found.data.dtype != np.bool_:  # beside a null nothing is compared
            return Values(np.zeros(len(found.data), dtype=np.bool_), found.known)
        return found

    return step


def _of_two(work: Callable[[Any, Any], Any]) -> Step:
    """Null where one of the two is."""

    def step(left: Part, right: Part) -> Part:
        if type(left) is Values:
            if type(right) is Values:
                return Values(work(left.data, right.data), _both(left, right))
            return _unknown(left) if right is None else Values(work(left.data, right), left.known)
        if type(right) is Values:
            return _unknown(right) if left is None else Values(work(left, right.data), right.known)
        return None if left is None or right is None else work(left, right)

    return step


def _quotient(left: Data | float, right: Data | float) -> Data | float:
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


def _and(left: Part, right: Part) -> Part:
    """False and null is false."""
    if type(left) is not Values or type(right) is not Values:
        return _and_single(left, right)
    if left.known is None and right.known is None:
        return Values(left.data & right.data)
    a, b = _where(left), _where(right)
    yes = left.data & a & right.data & b
    return Values(yes, yes | (a & ~left.data) | (b & ~right.data))


def _and_single(left: Part, right: Part) -> Part:
    if type(left) is Values or type(right) is Values:
        column, value = (left, right) if type(left) is Values else (right, left)
        return _and(column, _column(value, column))
    if left is None or right is None:
        return False if left is False or right is False else None
    return left and right


def _column(value: Single, like: Values) -> Values:
    """One Boolean beside every row."""
    flags = np.full(len(like.data), bool(value))
    return Values(flags) if value is not None else _unknown(Values(flags))


def _or(left: Part, right: Part) -> Part:
    """True or null is true."""
    return _not(_and(_not(left), _not(right)))


def _not(flag: Part) -> Part:
    if type(flag) is Values:
        return Values(~flag.data, flag.known)
    return None if flag is None else not flag


def _holds(flag: Values) -> Flags:
    """Null counts as false."""
    return flag.data if flag.known is None else flag.data & flag.known


def _ternary(flag: Part, then: Part, otherwise: Part) -> Part:
    if type(flag) is not Values:
        return then if flag else otherwise
    holds = _holds(flag)
    if otherwise is None:
        own = then.data if type(then) is Values else np.full(len(holds), then)
        return Values(own, holds if type(then) is not Values or then.known is None else holds & then.known)
    if then is None:
        return _ternary(Values(~holds), otherwise, None)
    yes, no = (one.data if type(one) is Values else one for one in (then, otherwise))
    known = [_where(one) if type(one) is Values else np.True_ for one in (then, otherwise)]
    return Values(np.where(holds, yes, no), np.where(holds, known[0], known[1]))


def _filtered(values: Values, by: Values) -> Values:
    keep = _holds(by)
    return Values(values.data[keep], None if values.known is None else values.known[keep])


def _dropped(values: Values) -> Values:
    return Values(values.there())


def _filled(values: Part, other: Part) -> Part:
    if type(values) is not Values:
        return other if values is None else values
    if values.known is None or other is None:
        return values
    if type(other) is not Values:
        return Values(np.where(values.known, values.data, other))
    known = None if other.known is None else values.known | other.known
    return Values(np.where(values.known, values.data, other.data), known)


def _length(values: Values) -> int:
    """How many there are, nulls too."""
    return len(values.data)


def _count(values: Values) -> int:
    return len(values.data) if values.known is None else int(np.count_nonzero(values.known))


def _exact(data: Data) -> int:
    """The sum of Booleans or whole numbers; that of others depends on the order of their terms."""
    if data.dtype == np.bool_:
        return int(np.count_nonzero(data))
    if data.dtype != np.int64:
        raise TypeError(f"sums of {data.dtype} are not exact; see features.exact")
    return int(data.sum())


def _sum(values: Values) -> int:
    known = values.there()
    return _exact(known) if len(known) else 0


def _mean(values: Values) -> float | None:
    known = values.there()
    return _exact(known) / len(known) if len(known) else None


def _ordered(values: Values) -> list[Any]:
    known: list[Any] = np.sort(values.there()).tolist()
    return known


def _median(values: Values) -> float | None:
    return _between(values, 0.5)


def _between(values: Values, quantile: float) -> float | None:
    """Linear interpolation; Polars counts its place from the first null, which rounds it."""
    known = _ordered(values)
    if not known:
        return None
    nulls = len(values.data) - len(known)
    at = (len(known) - 1) * quantile + nulls
    low, high = float(known[math.floor(at) - nulls]), float(known[math.ceil(at) - nulls])
    return low if low == high else (at - math.floor(at)) * (high - low) + low


def _nearest(values: Values, quantile: float) -> float | None:
    known = _ordered(values)
    if not known:
        return None
    nulls = len(values.data) - len(known)
    at = (len(known) - 1) * quantile + nulls
    return float(known[min(math.floor(at + 0.5) - nulls, len(known) - 1)])


def _extreme(work: Callable[[Any], Any]) -> Step:
    def step(values: Values) -> Single:
        known = values.there()
        return single(work(known)) if len(known) else None

    return step


def _at(place: int) -> Step:
    def step(values: Values) -> Single:
        if not len(values.data) or (values.known is not None and not values.known[place]):
            return None
        return single(values.data[place])

    return step


def _distinct(values: Values) -> int:
    """Null counts as one more."""
    known = values.there()
    return len(set(known.tolist())) + (len(known) < len(values.data))


def _counts(values: Values) -> Values:
    """How often each value is there, and null, in any order."""
    known = values.there().tolist()
    nulls = len(values.data) - len(known)
    return Values(np.array([*Counter(known).values(), *([nulls] if nulls else [])], dtype=np.int64))


def _sorted(values: Values) -> Values:
    """Nulls first."""
    known = np.sort(values.there())
    nulls = len(values.data) - len(known)
    if not nulls:
        return Values(known)
    return Values(np.concatenate([np.zeros(nulls, known.dtype), known]), np.arange(len(values.data)) >= nulls)


def _sorted_by(values: Values, *keys: Values) -> Values:
    """By keys without nulls."""
    rows = list(zip(*(key.data.tolist() for key in keys), range(len(values.data)), strict=True))
    order = [row[-1] for row in sorted(rows)]
    return Values(values.data[order], None if values.known is None else values.known[order])


def _slice(values: Values, offset: int, many: int) -> Values:
    part = slice(offset, offset + many)
    return Values(values.data[part], None if values.known is None else values.known[part])


def _shifted(values: Values, by: int) -> Values:
    """By so many rows down."""
    many = len(values.data)
    data, known = np.zeros(many, dtype=values.data.dtype), np.zeros(many, dtype=np.bool_)
    data[by:], known[by:] = values.data[: many - by], _where(values)[: many - by]
    return Values(data, known)


def _difference(values: Values, by: int) -> Values:
    before = _shifted(values, by)
    return Values(values.data - before.data, _both(values, before))


def _raised(value: Part, least: Single) -> Part:
    """Held to a least value."""
    if type(value) is Values:
        return Values(np.where(value.data < least, least, value.data), value.known)
    return None if value is None else (least if value < least else value)


def _lowered(value: Part, most: Single) -> Part:
    """Held to a greatest value."""
    if type(value) is Values:
        return Values(np.where(value.data > most, most, value.data), value.known)
    return None if value is None else (most if value > most else value)


def _logarithms(work: Callable[[float], float], least: float) -> Step:
    """By the C library, as Polars has them: NumPy's own may differ in the last bit."""

    def one(value: float) -> float:
        if value > least:
            return work(value)
        return -math.inf if value == least else math.nan

    def step(values: Part, *_base: Single) -> Part:
        if type(values) is not Values:
            return None if values is None else one(float(values))
        return Values(np.array([*map(one, values.data.astype(np.float64).tolist())], dtype=np.float64), values.known)

    return step


def _rounded(values: Part) -> Part:
    """Half to even."""
    if type(values) is Values:
        return Values(np.rint(values.data), values.known) if values.data.dtype == np.float64 else values
    return None if values is None else type(values)(round(values))


def _total(*parts: Part) -> Part:
    """Nulls count as nothing."""
    whole: Any = sum(one for one in parts if type(one) is not Values and one is not None)
    columns = [np.where(_where(one), one.data, np.False_) for one in parts if type(one) is Values]
    for column in columns:
        whole = whole + (column.astype(np.int64) if column.dtype == np.bool_ else column)
    return Values(whole) if columns else whole


def _least(*parts: Part) -> Part:
    """Nulls do not count."""
    if not any(type(one) is Values for one in parts):
        return min((one for one in parts if one is not None), default=None)
    data = [np.where(_where(one), one.data, np.inf) for one in parts]
    return Values(reduce(np.fmin, data), reduce(np.logical_or, map(_where, parts)))


def _greatest(*parts: Single) -> Single:
    """Nulls do not count."""
    return max((one for one in parts if one is not None), default=None)


def _first_known(*parts: Part) -> Part:
    return reduce(_filled, parts)


def _got(own: list[Any] | None, at: int | None) -> Single:
    """The element of a list; null beyond its end."""
    return own[at] if own is not None and at is not None and -len(own) <= at < len(own) else None


def _searched(ordered: Values, wanted: Values) -> Values:
    return Values(np.searchsorted(ordered.data, wanted.data).astype(np.int64))


def _range(start: int, end: int) -> Values:
    return Values(np.arange(start, end))


def _whole(unit: np.timedelta64) -> Step:
    """Whole units of a span of time, towards 0."""

    def step(value: Part) -> Part:
        if type(value) is Values:
            return Values(np.trunc(value.data / unit).astype(np.int64), value.known)
        return None if value is None else int(value / unit)

    return step


def _cast(column: DTypeLike, value: Callable[[Any], Any]) -> Step:
    def step(values: Part) -> Part:
        if type(values) is Values:
            return Values(values.data.astype(column), values.known)
        return None if values is None else value(values)

    return step


def _days_written(days: Values) -> Values:
    if days.data.dtype != "M8[D]":
        raise TypeError("only days are written out")
    return Values(days.data.astype(str).astype(object), days.known)


def _of_one(work: Callable[[Any], Any]) -> Step:
    def step(values: Part) -> Part:
        if type(values) is Values:
            return Values(work(values.data), values.known)
        return None if values is None else work(values)

    return step


def _is_known(values: Part) -> Part:
    return Values(_where(values)) if type(values) is Values else values is not None


STEPS: dict[str, Step] = {
    "Plus": _of_two(operator.add),
    "Minus": _of_two(operator.sub),
    "Multiply": _of_two(operator.mul),
    "TrueDivide": _of_two(_quotient),
    "Gt": _compared(_above),
    "GtEq": _compared(lambda left, right: _above(left, right) | _same(left, right)),
    "Lt": _compared(lambda left, right: _above(right, left)),
    "LtEq": _compared(lambda left, right: _above(right, left) | _same(left, right)),
    "Eq": _compared(_same),
    "NotEq": _compared(lambda left, right: _same(left, right) ^ True),
    "And": _and,
    "Or": _or,
    "Ternary": _ternary,
    "Filter": _filtered,
    "Slice": _slice,
    "Sort": _sorted,
    "SortBy": _sorted_by,
    "Cast Date": _cast("M8[D]", lambda moment: moment.astype("M8[D]")),
    "Cast Int32": _cast(np.int64, int),
    "Cast Int64": _cast(np.int64, int),
    "Cast Float64": _cast(np.float64, float),
    "Cast String": _days_written,
    "Len": _length,
    "Count": _count,
    "Sum": _sum,
    "Mean": _mean,
    "Median": _median,
    "Min": _extreme(np.fmin.reduce),  # what is not a number does not count
    "Max": _extreme(np.fmax.reduce),
    "First": _at(0),
    "Last": _at(-1),
    "NUnique": _distinct,
    "UniqueCounts": _counts,
    "DropNulls": _dropped,
    "FillNull": _filled,
    "Coalesce": _first_known,
    "Abs": _of_one(abs),
    "Negate": _of_one(operator.neg),
    "Log1p": _logarithms(math.log1p, -1.0),
    "Log": _logarithms(math.log, 0.0),
    "Shift": _shifted,
    "MaxHorizontal": _greatest,
    "MinHorizontal": _least,
    "{Boolean: IsNotNull}": _is_known,
    "{Boolean: IsNull}": lambda values: _not(_is_known(values)),
    "{Boolean: Not}": _not,
    "{Clip: {has_min: true, has_max: false}}": _raised,
    "{Clip: {has_min: false, has_max: true}}": _lowered,
    "{Clip: {has_min: true, has_max: true}}": lambda value, least, most: _lowered(_raised(value, least), most),
    "{Diff: Ignore}": _difference,
    "{ListExpr: {Get: true}}": _got,
    "{Quantile: {method: Linear}}": _between,
    "{Quantile: {method: Nearest}}": _nearest,
    "{Range: {IntRange: {step: 1, dtype: {Literal: Int64}}}}": _range,
    "{Round: {decimals: 0, mode: HalfToEven}}": _rounded,
    "{SearchSorted: {side: Left, descending: false}}": _searched,
    "{SumHorizontal: {ignore_nulls: true}}": _total,
    "{TemporalExpr: Date}": _cast("M8[D]", lambda moment: moment.astype("M8[D]")),
    "{TemporalExpr: {TotalDays: {fractional: false}}}": _whole(np.timedelta64(1, "D")),
    "{TemporalExpr: {TotalMinutes: {fractional: false}}}": _whole(np.timedelta64(1, "m")),
    "{TemporalExpr: {TotalSeconds: {fractional: false}}}": _whole(np.timedelta64(1, "s")),
}
"""What is done, by the node's name as Polars writes it."""
