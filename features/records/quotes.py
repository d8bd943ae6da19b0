"""Quotes in CSV: around values, and twice within one. Some programs write `\\"` within values instead.

Polars takes such a quote for the end of the value, or for the beginning of one that holds the rows after it, and says
nothing.
"""

from __future__ import annotations

import csv
import io
from itertools import chain, count
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from features.csv_values import allow_values_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MISPLACED = "has a quote here that is neither around a value nor twice within one"

_CHUNK = 2**24
_QUOTE = ord('"')
_LINE_FEED = b"\n"


def misplaced(file: BinaryIO, separator: str) -> int | None:
    """The row, counted from 1, of the first quote that breaks off a value or is not closed; None where there is none.

    Quotes within a value that has none around it are left to whoever reads the values.

    Args:
        file: UTF-8 without a byte order mark, open where its rows begin.
        separator: Between values.
    """
    start = file.tell()
    if _all_apart(iter(lambda: file.read(_CHUNK), b""), separator):
        return None
    size = file.seek(0, io.SEEK_END)
    file.seek(start)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        return _first_odd(text, size, separator, bare=False)
    finally:
        text.detach()


def within(text: str, separator: str) -> int | None:
    """The row, counted from 1, of the first quote out of place, in a value without quotes too; None without one."""
    return _first_odd(io.StringIO(text, newline=""), len(text), separator, bare=True)


def _first_odd(lines: Iterable[str], longest: int, separator: str, *, bare: bool) -> int | None:
    """The row, counted from 1, of the first quote that a strict reader refuses; `bare`: or that stands in a value
    without quotes, which it takes for a part of that."""
    allow_values_of(longest)
    taken: list[str] = []
    rows = csv.reader(_noted(lines, taken), delimiter=separator, strict=True)
    for row in count(1):
        taken.clear()
        try:
            if next(rows, None) is None:
                return None
        except csv.Error:
            return row
        if bare and not _all_apart(["".join(taken).encode()], separator):
            return row
    return None


def _noted(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line


def _all_apart(chunks: Iterable[bytes], separator: str) -> bool:
    """Whether every quote begins or ends a value, or stands beside another one within it.

    Counted from 0, the even ones then begin a value or follow a quote, and the odd ones end one or precede a quote.
    Far quicker than reading the values.
    """
    beside = np.frombuffer(f'"\r\n{separator}'.encode(), dtype=np.uint8)
    odd = False
    held = _LINE_FEED  # before the next chunk; its last byte was not looked at, as what follows was not known
    for chunk in chain(chunks, [_LINE_FEED]):
        signs = np.frombuffer(held + chunk, dtype=np.uint8)
        quotes = np.flatnonzero(signs[1:-1] == _QUOTE) + 1
        beginning, end = quotes[odd::2], quotes[not odd :: 2]
        if not (np.isin(signs[beginning - 1], beside).all() and np.isin(signs[end + 1], beside).all()):
            return False
        odd ^= len(quotes) % 2 == 1
        held = signs[-2:].tobytes()
    return not odd
