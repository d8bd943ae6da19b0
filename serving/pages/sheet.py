"""The list of a batch as CSV, for whoever goes on with it in a spreadsheet."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from serving.pages.roster import Row

COLUMNS = (
    "creator_id",
    "name",
    "account",
    "decision",
    "band",
    "risk_score",
    "lo",
    "hi",
    "main_reason",
    "points",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula: names are strangers' texts."""


def address(rows: Iterable[Row]) -> str:
    """The list as an address that holds it (`data:`), so that nothing is scored or kept once more to download it."""
    return "data:text/csv;charset=utf-8;base64," + b64encode(content(rows).encode("utf-8-sig")).decode()


def content(rows: Iterable[Row]) -> str:
    """A line a creator, in the order of the list; empty where there is no answer."""
    text = io.StringIO(newline="")
    sheet = csv.writer(text)
    sheet.writerow(COLUMNS)
    for row in rows:
        lo, hi = row.interval or (None, None)
        reason, points = row.reason or (None, None)
        named = (_harmless(one) for one in (row.creator_id, row.name, row.about))
        sheet.writerow((*named, row.decision, row.band, row.risk_score, lo, hi, reason, points))
    return text.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
