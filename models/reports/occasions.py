"""Posts under which people wish the same: a birthday, a birth, a loss, a holiday. Their comments look like a list."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from features.records.hashes import runs
from features.rows import comments as comment_rows
from features.signal import EVIDENCE_IDS
from models.reports.rescoring import risks_of_changed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features import Rows
    from models.fraud import FraudBundle

WISHES = "wishes"
"""The benign cause."""
LEAST_SHARE = 1 / 3
"""Of a post's comments that are wishes: where people wish, some talk of other things too. Stated, not fitted."""
FEWEST_ALIKE = 3
"""Wishes under such posts that repeat another one; fewer make no list. Stated, not fitted."""


def occasions(comments: pl.DataFrame) -> dict[str, tuple[str, ...]]:
    """The posts under which each creator's people wish the same, most wishes first; creators without any are left out.

    Args:
        comments: Rows of `features.rows.comments`.
    """
    if comments["wish"].sum() <= FEWEST_ALIKE:  # as of most: the texts need not be handed out
        return {}
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
    return risks_of_changed(bundle, made, "comments", signals[whose])
