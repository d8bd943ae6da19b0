"""Creators of exactly one size, put together from simulated ones: a benchmark's figures are for a size."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache

import polars as pl

from features.records import RECORD_TABLES, Tables
from training.simulate import simulate

POSTS, COMMENTED, DAYS = 30, 100, 90
"""What a typical request holds, beside followers."""
LAST = datetime(2026, 6, 30, tzinfo=UTC)
"""When the simulation ends, and the newest comment may be of."""
SEASON = timedelta(days=90)
_SIMULATED, _SEED = 600, 99


def sized(
    creators: int,
    *,
    followers: int,
    posts: int = POSTS,
    comments: int = COMMENTED,
    days: int = DAYS,
    times_posts: int = 1,
    first: int = 0,
) -> Tables:
    """So many creators with 30 posts, 100 comments, 90 days of history and the given number of followers each.

    Profiles, posts and histories are those of simulated creators who have as many, the newest of them, in turn;
    comments and sampled followers are dealt out from those of all simulated creators.

    Args:
        creators: How many.
        followers: Sampled followers of each.
        posts: Posts of each.
        comments: Comments of each.
        days: Days of each one's history.
        times_posts: Each post stands so often, under ids of its own and a season apart.
        first: Number of the first creator, where several such tables are to go together.
    """
    whole = _simulated()
    posted, history = _newest(whole.posts, "posted_at", posts), _newest(whole.follower_history, "date", days)
    models = whole.creators.filter(pl.col("creator_id").is_in(posted["creator_id"].unique().implode()))
    models = models.filter(pl.col("creator_id").is_in(history["creator_id"].unique().implode()))["creator_id"]
    numbers = range(first, first + creators)
    named = pl.DataFrame({"number": numbers, "creator_id": [models[k % len(models)] for k in numbers]})
    frames = {
        "creators": _renamed(named, whole.creators),
        "posts": _repeated(_renamed(named, posted), times_posts),
        "follower_history": _renamed(named, history),
        "audience": _dealt(whole.audience, creators, followers, first),
    }
    dealt = _dealt(_by_others(whole), creators, comments, first)
    under = _under(frames["posts"], dealt, posts * times_posts)
    frames["comments"] = under.with_columns(pl.col("posted_at").clip(None, LAST))
    return Tables.from_frames(frames, labels=False)


@cache
def _simulated() -> Tables:
    return simulate(_SIMULATED, seed=_SEED).tables


def nested(tables: Tables) -> list[dict[str, object]]:
    """Creators as HTTP sends them: records with their tables nested in them."""
    records: dict[str, dict[str, object]] = {
        str(creator["creator_id"]): creator for creator in map(json.loads, tables.creators.write_ndjson().splitlines())
    }
    for table in RECORD_TABLES[1:]:
        rows: dict[str, list[object]] = {creator_id: [] for creator_id in records}
        for row in map(json.loads, tables[table.name].write_ndjson().splitlines()):
            rows[row.pop("creator_id")].append(row)
        for creator_id, record in records.items():
            record[table.name] = rows[creator_id]
    return list(records.values())


def _newest(frame: pl.DataFrame, time: str, rows: int) -> pl.DataFrame:
    """The newest rows of every creator who has so many."""
    newest = frame.sort("creator_id", time).group_by("creator_id", maintain_order=True).tail(rows)
    return newest.filter(pl.len().over("creator_id") == rows)


def _renamed(named: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    joined = named.join(frame, on="creator_id", maintain_order="left_right")
    return joined.with_columns(creator_id=_name("number")).drop("number")


def _name(number: str) -> pl.Expr:
    return pl.format("creator-{}", pl.col(number).cast(pl.String).str.zfill(7))


def _repeated(posts: pl.DataFrame, times: int) -> pl.DataFrame:
    """Each post so often, under ids of its own and a season earlier each time."""
    if times == 1:
        return posts
    copies = posts.join(pl.DataFrame({"copy": range(times)}), how="cross", maintain_order="left_right")
    return copies.with_columns(
        post_id=pl.format("{}-{}", "post_id", "copy"), posted_at=pl.col("posted_at") - pl.col("copy") * SEASON
    ).drop("copy")


def _dealt(frame: pl.DataFrame, creators: int, each: int, first: int) -> pl.DataFrame:
    """`each` rows for every creator, drawn from all rows, under new ids; the label columns stay behind."""
    key = frame.columns[1]
    drawn = frame.sample(creators * each, with_replacement=True, seed=_SEED + first)
    return (
        drawn.with_columns(number=first + pl.int_range(pl.len()) // each, place=pl.int_range(pl.len()) % each)
        .with_columns(creator_id=_name("number"), **{key: pl.format("{}-{}", pl.col(key), "place")})
        .drop("number", "place", "fake", "spam", strict=False)
    )


def _by_others(tables: Tables) -> pl.DataFrame:
    """Comments by others, each with how long after its post it came."""
    posted = tables.posts.select("creator_id", "post_id", post_at="posted_at")
    return (
        tables.comments.filter(pl.col("author_id") != pl.col("creator_id"))
        .join(posted, on=["creator_id", "post_id"])
        .with_columns(after=pl.col("posted_at") - pl.col("post_at"))
        .drop("post_at")
    )


def _under(posts: pl.DataFrame, comments: pl.DataFrame, many: int) -> pl.DataFrame:
    """The comments under the posts of their creators, one after the other."""
    place = pl.int_range(pl.len()).over("creator_id")
    posted = posts.select("creator_id", "post_id", post_at="posted_at", place=place)
    return (
        comments.drop("post_id")
        .with_columns(place=place % many)
        .join(posted, on=["creator_id", "place"], maintain_order="left")
        .with_columns(posted_at=pl.col("post_at") + pl.col("after"))
        .drop("place", "post_at", "after")
    )
