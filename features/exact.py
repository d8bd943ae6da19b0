"""Aggregates whose result does not depend on the order of the rows or on how a frame is split.

Floating-point sums change in the last bits with the order of their terms, and Polars chooses that order by itself.
Signals are therefore built from counts, sums of integers and order statistics alone: one creator sent by itself
and the same creator among millions then give the same bits.
"""

from __future__ import annotations

import polars as pl

MAD_TO_SD = 1.4826
"""Median absolute deviation to standard deviation, for a normal distribution."""


MILLION = 1_000_000
LIKELY = MILLION // 2
"""Of a probability in millionths: what is above it is likelier than not."""
EVEN = LIKELY / MILLION
"""The same of a probability as models give it, which has six decimals: signals count what is above it, not at it."""


def millionths(values: pl.Expr) -> pl.Expr:
    """Fractions as whole numbers, whose sums are exact."""
    return (values * MILLION).round().cast(pl.Int64)


def share(flag: pl.Expr) -> pl.Expr:
    """Share of the rows, among those where `flag` is known, in which it is true; null where it never is known.

    The mean of a Boolean is a sum of ones over a count, exact in any order, and one step to plan where there is one
    creator.
    """
    return flag.mean()


def ratio(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Quotient that is null where the denominator is 0."""
    return numerator / _nonzero(denominator)


def per(values: pl.Expr, constant: pl.Expr) -> pl.Expr:
    """Values over a number that is the same for all rows of a creator.

    Polars divides by a column that holds one value through its reciprocal and by any other column directly, which
    differ in the last bit; this takes the reciprocal always.
    """
    return values * (1.0 / constant)


def robust_sd(values: pl.Expr) -> pl.Expr:
    """Spread as 1.4826 x the median absolute deviation: one viral post does not move it."""
    return (values - values.median()).abs().median() * MAD_TO_SD


def known(expression: pl.Expr, *, of: pl.Expr, least: int) -> pl.Expr:
    """The expression where at least `least` values of `of` are known, else null."""
    return pl.when(of.count() >= least).then(expression)


def _nonzero(expression: pl.Expr) -> pl.Expr:
    return pl.when(expression != 0).then(expression)
