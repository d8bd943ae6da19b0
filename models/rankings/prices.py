"""What a post costs by published norms, which are data: version, source and grade stand with them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from models.frozen import Frozen
from models.reports.facts import Pricing, Range

FILE = Path(__file__).parent / "norms" / "prices.toml"
NO_PLATFORM = "the norms have no prices of this platform"
NO_BRACKET = "the norms have no price for accounts of this size"
NO_FOLLOWERS = "the record has no follower count"
NOT_ASKED = "the record names no price"
NO_VIEWS = "no views are known"
NO_ENGAGEMENT = "no likes and comments are known"


class Bracket(Frozen):
    """The price of a post by accounts of a size."""

    least: int
    below: int | None = None
    lo: float
    hi: float | None = None


class _Price(Frozen):
    platform: str
    brackets: tuple[Bracket, ...]


class Norms(Frozen):
    """Published prices and where they come from."""

    version: str
    currency: Literal["USD"]
    grade: Literal["A", "B", "C"]
    source: str
    price: tuple[_Price, ...]

    def bracket(self, platform: str, followers: int | None) -> Bracket | str:
        """The bracket of an account, or why there is none."""
        brackets = [one for price in self.price if price.platform == platform for one in price.brackets]
        if not brackets:
            return NO_PLATFORM
        if followers is None:
            return NO_FOLLOWERS
        fits = (one for one in brackets if one.least <= followers and (one.below is None or followers < one.below))
        return next(fits, NO_BRACKET)


@cache
def norms() -> Norms:
    """The norms that come with this version."""
    return Norms.model_validate(tomllib.loads(FILE.read_text("utf-8")))


def pricing(
    platform: str, followers: int | None, asked: float | None, views: float | None, engagement: float | None
) -> Pricing:
    """The block of one creator.

    Args:
        platform: The account's.
        followers: The account's.
        asked: Price asked for a post, USD.
        views: Usual views of a post.
        engagement: Usual likes and comments of a post.
    """
    told = norms()
    found = told.bracket(platform, followers)
    post = None if isinstance(found, str) else Range(lo=found.lo, hi=found.hi)
    why = found if isinstance(found, str) else ""
    unavailable = {
        "post": why,
        "asked": "" if asked is not None else NOT_ASKED,
        "asked_stands": why or ("" if asked is not None else NOT_ASKED),
        "cpm": why or ("" if views else NO_VIEWS),
        "cpe": why or ("" if engagement else NO_ENGAGEMENT),
    }
    return Pricing(
        currency=told.currency,
        post=post,
        asked=asked,
        asked_stands=None if post is None or asked is None else _stands(asked, post),
        cpm=None if post is None or not views else _over(post, views / 1_000),
        cpe=None if post is None or not engagement else _over(post, engagement),
        norms_version=told.version,
        source=told.source,
        grade=told.grade,
        unavailable={name: reason for name, reason in unavailable.items() if reason},
    )


def _stands(asked: float, post: Range) -> Literal["below", "within", "above"]:
    if post.lo is not None and asked < post.lo:
        return "below"
    return "above" if post.hi is not None and asked > post.hi else "within"


def _over(post: Range, amount: float) -> Range:
    return Range(lo=None if post.lo is None else post.lo / amount, hi=None if post.hi is None else post.hi / amount)
