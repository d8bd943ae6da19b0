"""The list of a batch, and a ranking, as CSV, for whoever goes on with it in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from serving.pages.ranked import Placed
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
RANKED = (
    "rank",
    "creator_id",
    "name",
    "platform",
    "followers",
    "country",
    "fit_score",
    "fit_before_risk",
    "risk_score",
    "band",
    "failed_filters",
    "reasons",
)
FORMULA = re.compile("(^|[;\\t\\r\\n])(?=[=+\\-@\\t\\r＝＋－＠])")
"""Before what a spreadsheet takes for the beginning of a formula: names are strangers' texts. Many countries' take a
semicolon within a value for its end."""


def address(content: str) -> str:
    """CSV as an address that holds it (`data:`), so that nothing is scored or kept once more to download it."""
    return "data:text/csv;charset=utf-8;base64," + b64encode(content.encode("utf-8-sig")).decode()


def listed(rows: Iterable[Row]) -> str:
    """A line a creator, in the order of the list; empty where there is no answer."""
    return _written(COLUMNS, map(_list_line, rows))


def ranked(placed: Iterable[Placed]) -> str:
    """A line a creator, in the order of the ranking; what is not known is empty."""
    return _written(RANKED, map(_rank_line, placed))


def _list_line(row: Row) -> tuple[object, ...]:
    lo, hi = row.interval or (None, None)
    reason, points = row.reason or (None, None)
    return (row.creator_id, row.name, row.about, row.decision, row.band, row.risk_score, lo, hi, reason, points)


def _rank_line(one: Placed) -> tuple[object, ...]:
    found, traits = one.ranking, one.ranking.traits
    who = (found.rank, found.creator_id, one.name, traits.platform, traits.followers, traits.country)
    scores = (found.fit_score, found.fit_before_risk, found.risk_score, found.band)
    reasons = "; ".join(f"{reason.signal} {reason.points:+.1f}" for reason in found.reasons)
    return (*who, *scores, "; ".join(found.failed_filters), reasons)


def _written(columns: tuple[str, ...], lines: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO(newline="")
    sheet = csv.writer(text)
    sheet.writerow(columns)
    sheet.writerows([_harmless(value) for value in line] for line in lines)
    return text.getvalue()


def _harmless(value: object) -> object:
    return FORMULA.sub(r"\1'", value) if isinstance(value, str) else value
