"""Of a whole column: what is left of it, its order, and what it comes to."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from features.alone.values import Values, both, holds, single, where

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from features.alone.elementwise import Step
    from features.alone.values import Single

    Data = NDArray[Any]


def filtered(values: Values, by: Values) -> Values:
    """The rows for which a flag holds."""
    keep = holds(by)
    return Values(values.data[keep], None if values.known is None else values.known[keep])


def dropped(values: Values) -> Values:
    """The values that are known."""
    return Values(values.there())


def length(values: Values) -> int:
    """How many there are, nulls too."""
    return len(values.data)


def count(values: Values) -> int:
    """How many are known."""
    return len(values.data) if values.known is None else int(np.count_nonzero(values.known))


def _exact(data: Data) -> int:
    """The sum of Booleans or whole numbers; that of others depends on the order of their terms."""
    if data.dtype == np.bool_:
        return int(np.count_nonzero(data))
    if data.dtype != np.int64:
        raise TypeError(f"sums of {data.dtype} are not exact; see features.exact")
    return int(data.sum())


def total(values: Values) -> int:
    """Of those that are known; 0 where there are none."""
    known = values.there()
    return _exact(known) if len(known) else 0


def mean(values: Values) -> float | None:
    """Of those that are known."""
    known = values.there()
    return _exact(known) / len(known) if len(known) else None


def _ordered(values: Values) -> list[Any]:
    known: list[Any] = np.sort(values.there()).tolist()
    return known


def median(values: Values) -> float | None:
    """Of those that are known; see `between`."""
    return between(values, 0.5)


def between(values: Values, quantile: float) -> float | None:
    """Linear interpolation; Polars counts its place from the first null, which rounds it."""
    known = _ordered(values)
    if not known:
        return None
    nulls = len(values.data) - len(known)
    at = (len(known) - 1) * quantile + nulls
    low, high = float(known[math.floor(at) - nulls]), float(known[math.ceil(at) - nulls])
    return low if low == high else (at - math.floor(at)) * (high - low) + low


def nearest(values: Values, quantile: float) -> float | None:
    """The value nearest to the place of a quantile, as `between` has it."""
    known = _ordered(values)
    if not known:
        return None
    nulls = len(values.data) - len(known)
    at = (len(known) - 1) * quantile + nulls
    return float(known[min(math.floor(at + 0.5) - nulls, len(known) - 1)])


def extreme(work: Callable[[Any], Any]) -> Step:
    """The least or the greatest of those that are known."""

    def step(values: Values) -> Single:
        known = values.there()
        return single(work(known)) if len(known) else None

    return step


def at(place: int) -> Step:
    """The value of one row, counted from either end."""

    def step(values: Values) -> Single:
        if not len(values.data) or (values.known is not None and not values.known[place]):
            return None
        return single(values.data[place])

    return step


def distinct(values: Values) -> int:
    """Null counts as one more."""
    known = values.there()
    return len(set(known.tolist())) + (len(known) < len(values.data))


def counts(values: Values) -> Values:
    """How often each value is there, and null, in any order."""
    known = values.there().tolist()
    nulls = len(values.data) - len(known)
    return Values(np.array([*Counter(known).values(), *([nulls] if nulls else [])], dtype=np.int64))


def in_order(values: Values) -> Values:
    """Nulls first."""
    known = np.sort(values.there())
    nulls = len(values.data) - len(known)
    if not nulls:
        return Values(known)
    return Values(np.concatenate([np.zeros(nulls, known.dtype), known]), np.arange(len(values.data)) >= nulls)


def in_order_of(values: Values, *keys: Values) -> Values:
    """By keys without nulls."""
    rows = list(zip(*(key.data.tolist() for key in keys), range(len(values.data)), strict=True))
    order = [row[-1] for row in sorted(rows)]
    return Values(values.data[order], None if values.known is None else values.known[order])


def part(values: Values, offset: int, many: int) -> Values:
    """So many rows from one on."""
    part = slice(offset, offset + many)
    return Values(values.data[part], None if values.known is None else values.known[part])


def shifted(values: Values, by: int) -> Values:
    """By so many rows down."""
    many = len(values.data)
    data, known = np.zeros(many, dtype=values.data.dtype), np.zeros(many, dtype=np.bool_)
    data[by:], known[by:] = values.data[: many - by], where(values)[: many - by]
    return Values(data, known)


def difference(values: Values, by: int) -> Values:
    """From the row so many before; null where there is none."""
    before = shifted(values, by)
    return Values(values.data - before.data, both(values, before))


def searched(ordered: Values, wanted: Values) -> Values:
    """Where each wanted value would stand, before those that are equal."""
    return Values(np.searchsorted(ordered.data, wanted.data).astype(np.int64))


def numbered(start: int, end: int) -> Values:
    """Whole numbers from one up to another."""
    return Values(np.arange(start, end))
