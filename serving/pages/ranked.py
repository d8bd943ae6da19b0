"""The ranking for a brief: from the form to what ranking is asked, and from its answer to rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from features.records import PLATFORMS
from features.tiers import TIER_NAMES
from serving.api.bodies import parse
from serving.api.requests import RankRequest
from serving.pages.carried import nested
from serving.pages.given import given, is_given

if TYPE_CHECKING:
    from features.records import Tables
    from models.rankings.ranking import Ranking, Rankings
    from serving.pages.forms import Form

LISTS = ("niches", "countries", "languages", "audience_countries", "exclude_brands")
NUMBERS = {"max_risk": "The highest risk", "budget": "The budget"}
BOUNDS = {"min_followers": "The fewest followers", "max_followers": "The most followers"}
SHOWN_REASONS = 3
"""Named in the row; all of them are folded below."""
BRIEF_ID = "brief"
TOP = 50

CHOICES = {"platforms": PLATFORMS, "tiers": TIER_NAMES}
"""What a brief may choose from."""


@dataclass(frozen=True)
class Placed:
    """A creator in its place, under the name that the records have."""

    ranking: Ranking
    name: str


def candidates(form: Form) -> Tables | None:
    """The records to rank; None where the index is to be searched."""
    return given(form).tables if is_given(form) else None


def asked(form: Form, tables: Tables | None) -> RankRequest:
    """What the form asks; RequestError naming the fields at fault."""
    brief: dict[str, object] = {"brief_id": BRIEF_ID}
    brief |= {name: form.text(name) for name in ("brand", "text") if form.text(name)}
    brief |= {name: found for name in LISTS if (found := form.words(name))}
    brief |= {name: found for name in CHOICES if (found := form.many(name))}
    brief |= _numbers(form, NUMBERS)
    body: dict[str, object] = {"brief": brief, "top": TOP, "reasons": TOP, "filters": _numbers(form, BOUNDS)}
    if tables is not None:
        body["candidates"] = nested(tables)
    return parse(RankRequest, orjson.dumps(body))


def _numbers(form: Form, labels: dict[str, str]) -> dict[str, float]:
    found = {name: form.number(name, label) for name, label in labels.items()}
    return {name: number for name, number in found.items() if number is not None}


def placed(answer: Rankings, tables: Tables | None) -> list[Placed]:
    """The creators in their places."""
    names: dict[str, str] = {}
    if tables is not None:
        rows = tables.creators.select("creator_id", "display_name", "handle").iter_rows()
        names = {creator_id: display or handle or creator_id for creator_id, display, handle in rows}
    return [Placed(one, names.get(one.creator_id, one.creator_id)) for one in answer.results]
