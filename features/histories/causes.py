"""What explains a block of followers: a post of the creator's own, press, or something that moved everybody."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from features.few import FEW_ROWS

if TYPE_CHECKING:
    from datetime import datetime

POST_COLUMNS = ("creator_id", "post_id", "posted_at", "reach", "viral_reach", "viral", "giveaway", "tagging")
"""What is read of the rows of posts."""
CAUSES = {"viral_post": 7, "giveaway": 10, "collaboration": 4}
"""For how many days a post of each kind brings followers: a giveaway runs for a week, a tag is forgotten in days."""
NEAR_DAYS = 3
LATE_DAYS = 1
"""A post may seem a day late where its time is in UTC and the count's day is not."""
BLURRED_DAYS = 3
"""The first day of a drip is known to within a few days, and its last one: what ends later, or lasts longer than the
post brings followers, the post did not bring."""
TAG_REACH = math.log(1.2)
"""A tag explains followers where the post reached this much more than usual (log), also by what follows a reach: bought
likes explain nothing ..."""
TAG_RARE = 0.4
"""... and no more than this share of the creator's posts has one."""
PRESS_GLOW = 1.0
"""Press fades over days: the week after a step brings at least as much again."""
PRESS_POSTS = 2
MONTH = 30
EVIDENCE_POSTS = 5


@dataclass(frozen=True)
class Block:
    """A surge of an account's followers, by its days: see `features.histories.surges.Surge`."""

    creator_id: str
    surge: str
    shared: bool
    start: date
    end: date
    surplus: float
    size: int
    glow: float | None
    attrition: float | None
    round: bool | None
    purge: bool

    def columns(self) -> tuple[object, ...]:
        """What the rows of history show of it."""
        return (
            self.surge, self.shared, self.start, self.surplus, self.size, self.glow, self.attrition, self.round,
        )  # fmt: skip


class Cause(NamedTuple):
    """What explains a block.

    Attributes:
        posts_known: Whether the posts that were handed in reach back that far; None where there are none.
        near_post: Whether a post stands within three days before it.
        explained_by: viral_post, giveaway, collaboration, press, purge, common, seasonal, or None.
        evidence: Ids of the posts that explain it, those with the most reach first.
    """

    posts_known: bool | None
    near_post: bool | None
    explained_by: str | None
    evidence: list[str]


def causes(blocks: list[Block], posts: pl.DataFrame | None) -> list[Cause]:
    """For each block what explains it, if anything does.

    Args:
        blocks: Blocks of any number of creators.
        posts: Rows of `features.rows.posts`, of these creators at least; None where they have none.
    """
    own = {} if posts is None else _posts(posts, {block.creator_id for block in blocks})
    return [_explained(block, own.get(block.creator_id, [])) for block in blocks]


class _Post(NamedTuple):
    id: str
    day: date
    reach: float | None
    viral_post: bool
    giveaway: bool
    collaboration: bool


def _posts(posts: pl.DataFrame, creators: set[str]) -> dict[str, list[_Post]]:
    """The dated posts of each of these creators, those with most reach first."""
    if posts.height > FEW_ROWS:
        posts = posts.filter(pl.col("creator_id").is_in(pl.Series(sorted(creators), dtype=pl.String).implode()))
    grouped: dict[str, list[tuple[str, datetime, float | None, float | None, bool, bool, bool]]] = {}
    for creator, post, posted_at, *rest in zip(*(posts[name].to_list() for name in POST_COLUMNS), strict=True):
        if posted_at is not None and creator in creators:
            grouped.setdefault(creator, []).append((post, posted_at, *rest))
    found = {}
    for creator, own in grouped.items():
        rare = sum(bool(tagging) for *_, tagging in own) <= TAG_RARE * len(own)
        found[creator] = [
            _Post(post, at.date(), reach, bool(viral), bool(giveaway), bool(tagging) and rare and _is_lively(above))
            for post, at, reach, above, viral, giveaway, tagging in own
        ]
        found[creator].sort(key=lambda post: (-(post.reach or 0), post.day, post.id))
    return found


def _is_lively(above: float | None) -> bool:
    return above is not None and above >= TAG_REACH


def _explained(block: Block, posts: list[_Post]) -> Cause:
    """What moved all accounts, else the strongest cause among the posts, and press where there is none."""
    if block.shared:
        fallen = "purge" if block.purge else "common"
        return Cause(None, None, {"step": "common", "drip": "seasonal", "drop": fallen}[block.surge], [])
    if block.surge == "drop" or not posts:
        return Cause(None, None, None, [])
    first = block.start + timedelta(days=1)
    latest = block.end + timedelta(days=LATE_DAYS) if block.surge == "step" else first + timedelta(days=BLURRED_DAYS)
    age = [(first - post.day).days if post.day <= latest else None for post in posts]
    near = any(days is not None and days <= NEAR_DAYS for days in age)
    known = min(post.day for post in posts) <= block.end
    for name, lasting in CAUSES.items():
        brought = lasting + BLURRED_DAYS
        cited = [
            post.id
            for post, days in zip(posts, age, strict=True)
            if getattr(post, name)
            and days is not None
            and days <= lasting
            and (block.end - min(post.day, block.start)).days <= brought
        ]
        if cited:
            return Cause(known, near, name, cited[:EVIDENCE_POSTS])
    return Cause(known, near, "press" if _is_press(block, posts) else None, [])


def _is_press(block: Block, posts: list[_Post]) -> bool:
    """A step that faded over days, whose followers stayed, after which posts reached at least as many as before."""
    if block.surge != "step" or block.glow is None or block.attrition is None:
        return False
    month = timedelta(days=MONTH)
    before = [post.reach for post in posts if post.reach is not None and block.start - month <= post.day <= block.start]
    after = [post.reach for post in posts if post.reach is not None and block.end < post.day <= block.end + month]
    enough = min(len(before), len(after)) >= PRESS_POSTS
    lasting = enough and median(after) >= median(before)
    return lasting and block.glow >= PRESS_GLOW and block.attrition <= 0
