"""Posts under which people wish the same: a birthday, a birth, a loss, a holiday. Their comments look like a list."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from features.build import signals_over
from features.records.hashes import runs
from features.rows import comments as comment_rows
from features.signal import EVIDENCE_IDS
from models.boosters import booster as boosters
from models.reports.counterfactuals import risks_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features import Rows
    from models.fraud import FraudBundle

WISHES = "wishes"
"""The benign cause."""
LEAST_SHARE, FEWEST_ALIKE = 1 / 3, 3
"""Of a post's comments that are wishes, and of all wishes under such posts that repeat another one."""


def occasions(comments: pl.DataFrame) -> dict[str, tuple[str, ...]]:
    """The posts under which each creator's people wish the same, most wishes first; creators without any are left out.

    Args:
        comments: Rows of `features.rows.comments`.
    """
    wishes, posts, said = (comments[name].to_list() for name in ("wish", "post_id", "said"))
    found = {}
    for creator, rows in runs(comments["creator_id"]):
        wished = [place for place in range(rows.start, rows.stop) if wishes[place] and posts[place] is not None]
        if len(wished) <= FEWEST_ALIKE:
            continue
        many, all_of = Counter(posts[place] for place in wished), Counter(posts[rows])
        gathered = [post for post in sorted(many) if many[post] >= LEAST_SHARE * all_of[post]]
        alike = [said[place] for place in wished if posts[place] in gathered]
        if len(alike) - len(set(alike)) >= FEWEST_ALIKE:
            found[creator] = tuple(sorted(gathered, key=lambda post: -many[post])[:EVIDENCE_IDS])
    return found


def unwished_risks(bundle: FraudBundle, rows: Rows, signals: pl.DataFrame, creators: Sequence[str]) -> list[float]:
    """The risk score of these creators had wishes that are alike been copies of a list.

    Args:
        bundle: The model.
        rows: What was prepared of the creators' records.
        signals: Their signals.
        creators: Whose.
    """
    if not creators:
        return []
    place = {creator: k for k, creator in enumerate(signals["creator_id"])}
    own, whose = dict(runs(rows.comments["creator_id"])), [place[creator] for creator in creators]
    comments = comment_rows.unwished(pl.concat([rows.comments[own[creator]] for creator in creators]))
    made = replace(rows, creators=rows.creators[whose], comments=comments)
    found = signals_over(made, bundle.context, ("comments",))
    values = boosters.values(signals[whose], bundle.names)
    values[:, [bundle.names.index(name) for name in found.columns]] = boosters.values(found, found.columns)
    return risks_of(bundle, values)
