"""All comments and posts of a creator that stand out by what reasons cite a few of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from features.families.engagement import STANDING_OUT
from features.few import aggregated
from features.records.hashes import runs
from features.rows.pods import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from features import Rows

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Standing:
    """Ids of one creator's comments and posts.

    Attributes:
        anywhere: Comments of praise, emoji, promotion or sentences that could stand under any post.
        podded: Comments that are a pod's work.
        wished: Wishes, which are alike without being copied.
        out: By signal of `engagement`, all posts that stand out by it.
    """

    anywhere: frozenset[str] = NONE
    podded: frozenset[str] = NONE
    wished: frozenset[str] = NONE
    out: Mapping[str, Sequence[str]] = field(default_factory=dict)


NOTHING = Standing()


def standing_of(rows: Rows, creators: Sequence[str]) -> dict[str, Standing]:
    """What stands out of each of these creators.

    Args:
        rows: What was prepared, of others too.
        creators: Whose.
    """
    if not creators:
        return {}
    comments, out = rows.comments, _out(rows, creators)
    anywhere = _by_creator(comments, comments["hollow"] | comments["topic_free"])
    podded, wished = _by_creator(comments, comments["pod"] > NOWHERE), _by_creator(comments, comments["wish"])
    return {
        name: Standing(anywhere.get(name, NONE), podded.get(name, NONE), wished.get(name, NONE), out.get(name, {}))
        for name in creators
    }


def _by_creator(comments: pl.DataFrame, which: pl.Series) -> dict[str, frozenset[str]]:
    """Ids by creator, of columns alone: a plan over all of them costs more."""
    flags = which.fill_null(value=False)
    ids = comments["comment_id"].filter(flags).to_list()
    return {creator: frozenset(ids[rows]) for creator, rows in runs(comments["creator_id"].filter(flags))}


def _out(rows: Rows, creators: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    asked, posts = rows.creators, rows.posts
    if asked.height > 1:
        asked = asked.filter(pl.col("creator_id").is_in(pl.Series(creators, dtype=pl.String).implode()))
        posts = posts.join(asked, on="creator_id", how="semi")
    flagged = [pl.col("post_id").filter(flag).alias(name) for name, flag in STANDING_OUT.items()]
    found = aggregated(posts, asked.select("creator_id"), flagged, lists=True).to_dicts()
    return {row.pop("creator_id"): {name: ids or [] for name, ids in row.items()} for row in found}
