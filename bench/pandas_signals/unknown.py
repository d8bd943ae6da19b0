"""Quotients and flags where something is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def ratio(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    """Quotient, NaN where the denominator is 0."""
    return numerator / denominator.where(denominator != 0)


def flag(value: pd.Series, known: pd.Series) -> pd.Series:
    """The flag where something is known: where `known` has a value, or is itself true."""
    return value.astype("boolean").where(known if known.dtype == bool else known.notna())


def either(first: pd.Series, first_known: pd.Series, second: pd.Series, second_known: pd.Series) -> pd.Series:
    """True where one is, missing where both are unknown."""
    return (first | second).astype("boolean").where(first_known.notna() | second_known.notna())
