"""Figures of the posts: engagement over followers, views and periods, and posts whose views look bought."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from models.reports.facts import Engagement, Inflated
from models.reports.overview.lists import DAY, WINDOWS, known, middle, over, total_ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.reports.overview.lists import Number, Row, Signals

LEAST_POSTS = 3
"""Posts from which on a period, or posts with a sponsor, have an engagement of their own."""
INFLATED, DROP, POINTS = 1.5, 0.3, 25.0
"""CreatorDB's rule for a post with bought views, and its points."""

NO_LIKES = "no post has likes"
NO_COMMENTS = "no post has a count of comments"
NO_ENGAGEMENT = "no post has both likes and comments"
NO_VIEWS = "no posts have views"
NOT_BESIDE_VIEWS = "no post with views has the other counts"
NOBODY_COMMENTED = "there are no comments under the posts with likes"
NO_FOLLOWERS = "the record has no follower count, or one of 0"
FEW_LIKES = "too few posts have likes"
FEW_IN_ORDER = "too few posts have likes, comments and a time"
NO_TIMES = "too few posts have a time"
ONE_WEEK = "all posts are of less than a week"
NO_SPONSORS = "too few posts with, or without, a sponsor have likes and comments"
NOT_SAID = "no post says whether it has a sponsor"


def engagement(posts: Row, followers: int | None, signals: Signals) -> Engagement:
    """The block of one creator."""
    likes, comments, views = posts["likes"], posts["comments"], posts["views"]
    engaged, times = sums(posts), known(posts["posted_at"])
    usual_views, usual_comments = middle(views), middle(comments)
    figures: dict[str, object] = {
        "rate_by_followers": signals["engagement_rate"],
        "rate_by_views": signals["engagement_rate_by_views"],
        "volatility": signals["engagement_volatility"],
        "likes_spread": signals["likes_spread"],
        "likes_comments_ratio": total_ratio(likes, comments),
        "likes_views_ratio": total_ratio(likes, views),
        "comments_rate": over(usual_comments, followers),
        "views_followers_ratio": over(usual_views, followers),
        "likes": middle(likes),
        "comments": usual_comments,
        "views": usual_views,
        "posts_per_week": _per_week(times),
        "sponsored_share": signals["sponsored_share"],
        "paid_vs_organic": _paid_vs_organic(engaged, posts["sponsors"]),
    }
    lacks_engagement, lacks_views = not known(engaged), not any(known(views))
    unavailable = {
        "rate_by_followers": NO_ENGAGEMENT if lacks_engagement else NO_FOLLOWERS,
        "rate_by_views": NO_VIEWS if lacks_views else NOT_BESIDE_VIEWS,
        "volatility": FEW_IN_ORDER,
        "likes_spread": FEW_LIKES,
        "likes_comments_ratio": NO_ENGAGEMENT if lacks_engagement else NOBODY_COMMENTED,
        "likes_views_ratio": NO_VIEWS if lacks_views else NOT_BESIDE_VIEWS,
        "comments_rate": NO_COMMENTS if usual_comments is None else NO_FOLLOWERS,
        "views_followers_ratio": NO_VIEWS if usual_views is None else NO_FOLLOWERS,
        "likes": NO_LIKES,
        "comments": NO_COMMENTS,
        "views": NO_VIEWS,
        "posts_per_week": NO_TIMES if len(times) < LEAST_POSTS else ONE_WEEK,
        "sponsored_share": NOT_SAID,
        "paid_vs_organic": NO_SPONSORS,
    }
    return Engagement(
        **figures,
        rate_by_period=_rates(engaged, posts["posted_at"], followers),
        unavailable={name: reason for name, reason in unavailable.items() if figures[name] is None},
    )


def sums(posts: Row) -> list[Number]:
    """Likes and comments of each post, None where one of them is not known."""
    both = zip(posts["likes"], posts["comments"], strict=True)
    return [None if likes is None or comments is None else likes + comments for likes, comments in both]


def _rates(sums: Sequence[Number], times: Sequence[int | None], followers: int | None) -> dict[str, Number]:
    """Engagement of the posts of the last days over followers."""
    known = [(at, engaged) for at, engaged in zip(times, sums, strict=True) if at is not None and engaged is not None]
    if not known or not followers:
        return dict.fromkeys((name for name, _ in WINDOWS), None)
    newest = max(at for at, _ in known)
    found: dict[str, Number] = {}
    for name, days in WINDOWS:
        within = [engaged for at, engaged in known if at > newest - days * DAY]
        found[name] = median(within) / followers if len(within) >= LEAST_POSTS else None
    return found


def _per_week(times: Sequence[int]) -> Number:
    if len(times) < LEAST_POSTS or max(times) - min(times) < 7 * DAY:
        return None
    return (len(times) - 1) * 7 * DAY / (max(times) - min(times))


def _paid_vs_organic(sums: Sequence[Number], sponsors: Sequence[Sequence[str] | None]) -> Number:
    both = list(zip(sums, sponsors, strict=True))
    paid = [engaged for engaged, named in both if engaged is not None and named]
    others = [engaged for engaged, named in both if engaged is not None and named == []]
    if len(paid) < LEAST_POSTS or len(others) < LEAST_POSTS or not median(others):
        return None
    return median(paid) / median(others)


def inflated(posts: Row) -> tuple[Inflated, ...]:
    """The posts of which CreatorDB's rule says that views may be bought."""
    known = [
        (post, views, engaged / views)
        for post, views, engaged in zip(posts["post_id"], posts["views"], sums(posts), strict=True)
        if views and engaged is not None
    ]
    if len(known) < LEAST_POSTS:
        return ()
    views, rate = median(one[1] for one in known), median(one[2] for one in known)
    found = []
    for post, seen, own in known:
        inflation, drop = seen / views, 1.0 - own / rate if rate else 0.0
        if inflation >= INFLATED and drop >= DROP:
            points = min(100.0, POINTS * inflation * drop)
            found.append(Inflated(post_id=post, view_inflation=inflation, engagement_drop=drop, points=points))
    return tuple(found)


def captions(posts: Row) -> list[tuple[str, str]]:
    """Id and text of each post that has one: its caption and the description of its image."""
    both = zip(posts["post_id"], posts["caption"], posts["alt_text"], strict=True)
    texts = [(post, f"{caption or ''}\n{alt or ''}" if alt else caption) for post, caption, alt in both]
    return [(post, text) for post, text in texts if text]
