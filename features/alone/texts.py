"""Of texts: their length and what patterns find in them; Polars takes long to prepare a pattern for a single text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from features.alone.values import Values, where

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.alone.elementwise import Part, Step

_ALIKE = re.compile(r"(?:[A-Za-z0-9:/?|()]|\\[.b]|\[0-9\])+")


def is_alike(pattern: object) -> bool:
    """Whether a pattern finds the same in ASCII for Python as for Polars: characters, choices and ends of words do."""
    return isinstance(pattern, str) and _ALIKE.fullmatch(pattern) is not None and re.search(pattern, "") is None


def of_each(work: Callable[..., Any]) -> Step:
    """Null stays null."""

    def step(texts: Part, *pattern: str) -> Part:
        if type(texts) is Values:
            each = zip(texts.data.tolist(), where(texts).tolist(), strict=True)
            return Values(np.array([work(text if known else "", *pattern) for text, known in each]), texts.known)
        return None if texts is None else work(texts, *pattern)

    return step


def contains(text: str, pattern: str) -> bool:
    """Whether a pattern is found; Polars is asked about texts beyond ASCII, where letters have other forms."""
    if text.isascii():
        return re.search(pattern, text) is not None
    return bool(pl.Series([text]).str.contains(pattern).item())


def count(text: str, pattern: str) -> int:
    """How often a pattern is found, as with `contains`."""
    if text.isascii():
        return sum(1 for _ in re.finditer(pattern, text))
    return int(pl.Series([text]).str.count_matches(pattern).item())
