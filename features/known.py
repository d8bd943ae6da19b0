"""What is known of the records on a day: what was there by then, and counts that count something."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import polars as pl

from features.few import Windowed, collected
from features.placeholders import without_placeholders

if TYPE_CHECKING:
    from datetime import date

    from features.few import Within
    from features.records import Tables

HIDDEN_LIKES, NO_VIEWS = (0, 3), (0,)
"""How sources deliver likes that are hidden (Instagram's own interface says 3), and views that were not counted."""
NOTICED = 10
"""Comments under posts with such likes, or likes and comments under posts without views, from which on these counts are
none, where they are more than the counts say. A few comments may be one's own."""
USUAL = 10
"""Where the posts with more likes, or views, have fewer than this as their median, those may be such small numbers."""


def known_on(tables: Tables, as_of: date | None) -> Tables:
    """The tables as far as they were there on that day, with null in place of counts that are none.

    Likes of 0 or 3 and views of 0 are null where other counts tell that they were not counted, and what all sampled
    followers have alike, see `features.placeholders`. Asked again, nothing changes.

    Args:
        tables: Records as `features.records.read` gives them.
        as_of: The day, rows without a time stay; all rows unless given.
    """
    known = _with_counts(_until(tables, as_of))
    audience = without_placeholders(known.audience)
    return known if audience is known.audience else replace(known, audience=audience)


def _until(tables: Tables, as_of: date | None) -> Tables:
    if as_of is None:
        return tables
    until = pl.lit(as_of)

    def before(column: str) -> pl.Expr:
        day = pl.col(column).cast(pl.Date)
        return day.is_null() | (day <= until)

    return replace(
        tables,
        posts=tables.posts.filter(before("posted_at")),
        comments=tables.comments.filter(before("posted_at")),
        follower_history=tables.follower_history.filter(before("date")),
    )


def _with_counts(tables: Tables) -> Tables:
    """The tables with null in place of likes of 0 or 3 and views of 0 where other counts tell that they are none."""
    posts = tables.posts
    likes, views, comments = (posts[name] for name in ("likes", "views", "comments"))
    hidden, uncounted = _any_of(likes, HIDDEN_LIKES), _any_of(views, NO_VIEWS)
    beside = (comments.filter(hidden), comments.filter(uncounted).append(likes.filter(uncounted)))
    if all(int(one.sum()) < NOTICED for one in beside):  # of all creators: to plan costs more than to look
        return tables
    known = posts.lazy().with_columns(_COUNTED.over(tables.creators))
    return replace(tables, posts=collected(known, posts.height))


def _any_of(counts: pl.Series, values: tuple[int, ...]) -> pl.Series:
    """Whether each count is one of the values; `is_in` has Polars plan, which takes longer than all of this."""
    first, *others = (counts == value for value in values)
    return reduce(or_, others, first)


def _counted(column: str, values: tuple[int, ...], others: tuple[str, ...], within: Within) -> pl.Expr:
    """The count, null where it is one of `values` and people did more than that under the creator's posts of it, and
    posts with more have many."""
    count = pl.col(column)
    known = count
    for value in values:
        here = count == value
        did, told = (within(pl.when(here).then(one).sum()) for one in (pl.sum_horizontal(others), count))
        many = (within(pl.when(count > value).then(count).median()) >= USUAL).fill_null(value=True)
        known = pl.when(~(here & (did >= NOTICED) & (did > told) & many)).then(known)
    return known.alias(column)


_COUNTED = Windowed.of(
    lambda within: (
        _counted("likes", HIDDEN_LIKES, ("comments",), within),
        _counted("views", NO_VIEWS, ("likes", "comments"), within),
    )
)
