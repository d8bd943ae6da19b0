"""What the page shows of a creator's records: profile, follower counts, posts and the comments to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from features.exact import EVEN
from features.known import known_on
from features.rows.comments import INAUTHENTIC
from features.rows.followers import FAKE
from serving.pages.charts import Dot

if TYPE_CHECKING:
    from datetime import date

    from features.records import Tables
    from models.reports.report import Report

MOST_POSTS = 200  # drawn, the newest
MOST_COMMENTS = 16  # quoted


@dataclass(frozen=True)
class Record:
    """One creator's rows of every table."""

    creator_id: str
    profile: dict[str, object]
    posts: pl.DataFrame
    history: pl.DataFrame
    comments: pl.DataFrame
    audience: pl.DataFrame


@dataclass(frozen=True)
class Quote:
    """A comment to look at, the signals that cite it, and how likely the comment model finds it inauthentic."""

    author_id: str | None
    text: str | None
    probability: float | None
    signals: tuple[str, ...]

    @property
    def inauthentic(self) -> bool:
        """Whether the comment model takes it for inauthentic, as the signals count it."""
        return self.probability is not None and self.probability > EVEN

    @property
    def marked(self) -> bool:
        """Whether anything speaks against it."""
        return self.inauthentic or bool(self.signals)


@dataclass(frozen=True)
class CommentsFound:
    """Counts of the comments handed in, those that are marked, and which to look at."""

    total: int
    own: int
    authors: int
    repeated: int
    marked: int
    quotes: tuple[Quote, ...]


def record(tables: Tables, creator_id: str) -> Record:
    """The rows of one creator; `tables` may hold others."""
    own = known_on(tables.select([creator_id]), None)
    profile = own.creators.row(0, named=True) if own.creators.height else {}
    return Record(creator_id, profile, own.posts, own.follower_history, own.comments, own.audience)


def history(found: Record) -> list[tuple[date, int]]:
    """Follower counts by day, oldest first, days without a count left out."""
    return found.history.select("date", "followers").drop_nulls().sort("date").rows()


def dots(found: Record, column: str, cited: frozenset[str]) -> list[Dot]:
    """A count of the newest posts, oldest first; empty where no post with a time has one."""
    shown = found.posts.filter(pl.col("posted_at").is_not_null()).sort("posted_at", "post_id").tail(MOST_POSTS)
    if shown[column].null_count() == shown.height:
        return []
    rows = shown.select("posted_at", column, "post_id").rows()
    return [Dot(when, number, post_id in cited) for when, number, post_id in rows]


def first_post(found: Record) -> date | None:
    """Day of the oldest post with a time."""
    times = found.posts["posted_at"].drop_nulls()
    return times.dt.date().min() if len(times) else None  # type: ignore[return-value]


def left_out(found: Record) -> int:
    """Posts that no chart draws: those without a time, and older ones."""
    timed = found.posts["posted_at"].count()
    return found.posts.height - min(timed, MOST_POSTS)


def counts_known(found: Record) -> bool:
    """Whether any post, with a time or without, has likes, views or comments."""
    return any(found.posts[name].count() for name in ("likes", "views", "comments"))


def typed(found: Record) -> int:
    """Sampled followers of whom all is known that tells their type."""
    known = [name for name in ("followers", "following", FAKE) if name in found.audience.columns]
    return found.audience.drop_nulls(known).height


def reachable(found: Record) -> int:
    """Sampled followers of whom it is known how many accounts they follow."""
    return found.audience["following"].count()


def cited(report: Report, kind: str) -> dict[str, tuple[str, ...]]:
    """Ids of this kind that the raising reasons cite, each with the signals that do, the strongest first."""
    found: dict[str, list[str]] = {}
    for reason in sorted(report.reasons, key=lambda reason: -reason.points):
        if reason.points > 0:
            for name in (name for item in reason.evidence if item.kind == kind for name in item.ids):
                found.setdefault(name, []).append(reason.signal)
    return {name: tuple(dict.fromkeys(signals)) for name, signals in found.items()}


def comments(found: Record, report: Report) -> CommentsFound:
    """Counts over the creator's comments, and the first to look at: cited ones, then by the comment model's doubt."""
    own = (pl.col("author_id") == found.creator_id).fill_null(value=False)
    others = found.comments.filter(~own)
    texts = others["text"].drop_nulls()
    flagged = cited(report, "comments")
    quotes = [
        Quote(row["author_id"], row["text"], row.get(INAUTHENTIC), flagged.get(row["comment_id"], ()))
        for row in others.to_dicts()
        if row["text"] is not None or row["comment_id"] in flagged
    ]
    return CommentsFound(
        total=found.comments.height,
        own=found.comments.height - others.height,
        authors=others["author_id"].drop_nulls().n_unique(),
        repeated=int(texts.is_duplicated().sum()),
        marked=sum(quote.marked for quote in quotes),
        quotes=tuple(sorted(quotes, key=_to_look_at)[:MOST_COMMENTS]),
    )


def _to_look_at(quote: Quote) -> tuple[bool, float]:
    return not quote.signals, -(quote.probability or 0.0)
