"""The expressions of the signals over the rows of one creator, without a plan of Polars."""

from features.alone.program import Program
from features.alone.values import Columns, Single, Values, given, singles, taken, where

__all__ = ["Columns", "Program", "Single", "Values", "given", "singles", "taken", "where"]
