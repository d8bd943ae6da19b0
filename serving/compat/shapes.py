"""Answers in the shape of another service, so that a caller can switch without rewriting.

What is told is ours, under the field names and in the units (percent, mostly) of the other service; fields that have no
counterpart are absent, figures that cannot be known are null. The whole report stands beside it under `report`.
Ethnicity, income, education and marital status, which some services return, are told by none of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import orjson

from serving.compat.hypeauditor import hypeauditor
from serving.compat.insightiq import insightiq
from serving.compat.modash import modash
from serving.compat.told import told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from features import Context
    from features.records import Tables
    from models.reports.report import Report
    from serving.compat.told import Json, Told

Compat = Literal["hypeauditor", "insightiq", "modash"]
SERVICES: tuple[Compat, ...] = get_args(Compat)


def answers(service: Compat, reports: Sequence[Report], tables: Tables, context: Context) -> list[Json]:
    """The reports in the shape of a service.

    Args:
        service: Whose shape.
        reports: With explanations, as the blocks come with them.
        tables: The creators' records.
        context: For the peers' medians.
    """
    history = tables.follower_history.partition_by("creator_id", as_dict=True)
    found = []
    for report in reports:
        frame = history.get((report.creator_id,))
        days = [] if frame is None else frame.select("date", "followers", "following").rows()
        found.append(_SHAPES[service](told(report, days, context)) | {"report": orjson.Fragment(_json(report))})
    return found


def _json(report: Report) -> bytes:
    return report.model_dump_json().encode()


_SHAPES: dict[Compat, Callable[[Told], Json]] = {
    "hypeauditor": hypeauditor,
    "insightiq": insightiq,
    "modash": modash,
}
