"""What each node of an expression does to the rows of one creator, as Polars does it: nulls, types and the last bits.

Operands are `Values`, a column, or one value that stands beside all rows, None where it is null.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING

import numpy as np

from features.alone import columns, elementwise, texts

if TYPE_CHECKING:
    from features.alone.elementwise import Step

STEPS: dict[str, Step] = {
    "Plus": elementwise.of_two(operator.add),
    "Minus": elementwise.of_two(operator.sub),
    "Multiply": elementwise.of_two(operator.mul),
    "TrueDivide": elementwise.of_two(elementwise.quotient),
    "Gt": elementwise.compared(elementwise.above),
    "GtEq": elementwise.compared(elementwise.at_least),
    "Lt": elementwise.compared(lambda left, right: elementwise.above(right, left)),
    "LtEq": elementwise.compared(lambda left, right: elementwise.at_least(right, left)),
    "Eq": elementwise.compared(elementwise.same),
    "NotEq": elementwise.compared(lambda left, right: elementwise.same(left, right) ^ True),
    "And": elementwise.conjunction,
    "Or": elementwise.disjunction,
    "Ternary": elementwise.ternary,
    "Filter": columns.filtered,
    "Slice": columns.part,
    "Sort": columns.in_order,
    "SortBy": columns.in_order_of,
    "Cast Date": elementwise.cast("M8[D]", lambda moment: moment.astype("M8[D]")),
    "Cast Int32": elementwise.cast(np.int64, int),
    "Cast Int64": elementwise.cast(np.int64, int),
    "Cast Float64": elementwise.cast(np.float64, float),
    "Cast String": elementwise.days_written,
    "Len": columns.length,
    "Count": columns.count,
    "Sum": columns.total,
    "Mean": columns.mean,
    "Median": columns.median,
    "Min": columns.extreme(np.fmin.reduce),  # what is not a number does not count
    "Max": columns.extreme(np.fmax.reduce),
    "First": columns.at(0),
    "Last": columns.at(-1),
    "NUnique": columns.distinct,
    "UniqueCounts": columns.counts,
    "DropNulls": columns.dropped,
    "FillNull": elementwise.filled,
    "Coalesce": elementwise.first_known,
    "Abs": elementwise.of_one(abs),
    "Negate": elementwise.of_one(operator.neg),
    "Log1p": elementwise.logarithms(math.log1p, -1.0),
    "Log": elementwise.logarithms(math.log, 0.0),
    "Shift": columns.shifted,
    "MaxHorizontal": elementwise.greatest,
    "MinHorizontal": elementwise.least,
    "{Boolean: IsNotNull}": elementwise.is_known,
    "{Boolean: IsNull}": lambda values: elementwise.negation(elementwise.is_known(values)),
    "{Boolean: Not}": elementwise.negation,
    "{Clip: {has_min: true, has_max: false}}": elementwise.raised,
    "{Clip: {has_min: false, has_max: true}}": elementwise.lowered,
    "{Clip: {has_min: true, has_max: true}}": lambda value, least, most: elementwise.lowered(
        elementwise.raised(value, least), most
    ),
    "{Diff: Ignore}": columns.difference,
    "{ListExpr: {Get: true}}": elementwise.got,
    "{Quantile: {method: Linear}}": columns.between,
    "{Quantile: {method: Nearest}}": columns.nearest,
    "{Range: {IntRange: {step: 1, dtype: {Literal: Int64}}}}": columns.numbered,
    "{Round: {decimals: 0, mode: HalfToEven}}": elementwise.rounded,
    "{SearchSorted: {side: Left, descending: false}}": columns.searched,
    "{StringExpr: LenChars}": texts.of_each(len),
    "{StringExpr: {CountMatches: false}}": texts.of_each(texts.count),
    "{StringExpr: {Contains: {literal: false, strict: true}}}": texts.of_each(texts.contains),
    "{SumHorizontal: {ignore_nulls: true}}": elementwise.added,
    "{TemporalExpr: Date}": elementwise.cast("M8[D]", lambda moment: moment.astype("M8[D]")),
    "{TemporalExpr: {TotalDays: {fractional: false}}}": elementwise.whole(np.timedelta64(1, "D")),
    "{TemporalExpr: {TotalMinutes: {fractional: false}}}": elementwise.whole(np.timedelta64(1, "m")),
    "{TemporalExpr: {TotalSeconds: {fractional: false}}}": elementwise.whole(np.timedelta64(1, "s")),
}
"""What is done, by the node's name as Polars writes it."""
