"""Fraud injected into records that are taken as they are: what the same account looks like after buying something.

Every function takes tables and gives new ones; nothing else of an account is touched. What is bought is drawn from
hashes of the seed and the ids of the rows, so that one creator's draw is the same alone, among thousands and in any
order of rows, and doses are nested: whatever is bought at a dose is also bought at any higher one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from features.histories.rounding import units
from training.draws import names, picked, places
from training.real_accounts.praise import EMOJI, PRAISE, SENTENCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.records import Tables

    Generator = Literal["praise", "multilingual", "sentences", "varied"]

POSTS_BOUGHT = 0.3
"""Share of the posts under which `DOSED` buys likes and views."""
BEFORE_PURCHASE = 3
"""Days of history that stay before a purchase begins."""
SHOWN_DIGITS = 3
"""Of a count that a page shortens; counts that are all the same do not tell how many."""
SELLERS, SELLER_ACCOUNTS = 40, 25
"""Sellers of comments, and how many accounts of one write under one creator's posts."""
HURRY_MINUTES = (2, 90)
"""When bought comments appear after the post, as those of a seller who delivers at once do."""

_PROFILE = (
    "followers", "following", "posts_count", "has_picture", "private", "verified", "business", "bio_length",
    "handle_length", "handle_digit_ratio", "has_url", "country", "language", "created_at",
)  # fmt: skip


def bought_likes(tables: Tables, share_of_posts: float, factor: float, seed: int) -> Tables:
    """Likes times `factor` under a random share of the posts whose likes are known, rounded to whole likes.

    Of n such posts `picked` takes the nearest whole number to `share_of_posts` x n, one at least.
    """
    return _multiplied(tables, "likes", share_of_posts, factor, seed)


def bought_likes_in_proportion(tables: Tables, factor: float) -> Tables:
    """Likes times `factor` under every post: the evasion that leaves their spread as it was."""
    return _multiplied(tables, "likes", 1.0, factor, 0)


def bought_views(tables: Tables, share_of_posts: float, factor: float, seed: int) -> Tables:
    """Views times `factor` under a random share of the posts whose views are known; likes stay as they are."""
    return _multiplied(tables, "views", share_of_posts, factor, seed)


def bought_followers(tables: Tables, dose: float, days: int, seed: int, *, fakes: pl.DataFrame | None = None) -> Tables:
    """Add `dose` x the followers an account had, in equal parts over `days` days (1 a step, 14 a drip), and keep them.

    The history rises from the day of `purchases` on and stays as rounded as it was; `creators.followers` rises by the
    same number, or by `dose` of itself where there is no history. The bought ones' share of all, dose / (1 + dose), of
    the audience sample is replaced by profiles drawn from `fakes` (columns of `audience`), one block in the order of
    following where that order is known; without `fakes` the sample stays as it is.
    """
    bought = purchases(tables, dose, days, seed)
    # The share of the delivery that was there at the end of each day.
    ago = (pl.col("date") - pl.col("start")).dt.total_days() + 1
    added = (pl.col("bought") * ago.clip(0, days)) // days
    shown = tables.follower_history.with_columns(unit=_units(tables.follower_history))
    history = shown.join(bought, on="creator_id", how="left", maintain_order="left").with_columns(
        (pl.col("followers") + added.fill_null(0)) // pl.col("unit") * pl.col("unit")
    )
    creators = tables.creators.join(bought, on="creator_id", how="left", maintain_order="left").with_columns(
        pl.col("followers") + pl.col("bought").fill_null((pl.col("followers") * dose).round().cast(pl.Int64))
    )
    return replace(
        tables,
        creators=creators.select(tables.creators.columns),
        follower_history=history.select(tables.follower_history.columns),
        audience=tables.audience if fakes is None else _with_fakes(tables.audience, dose / (1 + dose), fakes, seed),
    )


def _units(history: pl.DataFrame) -> pl.Series:
    """One unit of the rounding of each count, of three digits at the most; 1 where there is no count."""
    found = np.ones(history.height, dtype=np.int64)
    known = history.with_row_index("row").drop_nulls("followers").group_by("creator_id").agg("row", "followers")
    for rows, followers in known.select("row", "followers").iter_rows():
        counts = np.array(followers, dtype=np.int64)
        digits = np.floor(np.log10(np.maximum(counts, 1))).astype(np.int64) + 1
        found[rows] = np.minimum(units(counts), 10 ** np.maximum(digits - SHOWN_DIGITS, 0))
    return pl.Series(found)


def purchases(tables: Tables, dose: float, days: int, seed: int) -> pl.DataFrame:
    """When `bought_followers` buys and how many: `creator_id`, `start`, `end` (days) and `bought`, a row a creator.

    The first day is any but the first `BEFORE_PURCHASE` and those too late for the whole delivery; of a history
    too short for that, the middle one. The dose is of the followers on the day before.
    """
    known = tables.follower_history.drop_nulls("followers").sort("creator_id", "date")
    series = known.group_by("creator_id", maintain_order=True).agg("date", "followers")
    series = series.filter(pl.col("date").list.len() >= 2)
    latest = pl.col("date").list.len().cast(pl.Int64) - days
    earliest = pl.min_horizontal(pl.lit(BEFORE_PURCHASE), pl.col("date").list.len().cast(pl.Int64) // 2)
    room = (latest - earliest + 1).clip(1)
    place = places(series, ("creator_id",), f"purchase:{seed}")
    return (
        series.with_columns(first=(earliest + (place * room).floor().cast(pl.Int64)))
        .with_columns(start=pl.col("date").list.get(pl.col("first")))
        .select(
            "creator_id",
            "start",
            end=pl.col("start").dt.offset_by(f"{days - 1}d"),
            bought=(pl.col("followers").list.get(pl.col("first") - 1) * dose).round().cast(pl.Int64),
        )
    )


def bought_comments(
    tables: Tables,
    share: float,
    generator: Generator,
    seed: int,
    *,
    hurried: bool = True,
    accounts: int | None = SELLER_ACCOUNTS,
) -> Tables:
    """Replace a share of each creator's comments by others, text and author, by bought ones under the same posts.

    Args:
        tables: The records; a label column `spam`, where there is one, becomes true for what is bought.
        share: The share of others' comments, to the nearest whole comment, one at least.
        generator: `praise`, a list in English; `multilingual`, praise in the creator's language where it is in the
            records and known to the list, with emoji; `sentences`, longer praise in that language; `varied`, copies of
            comments under other creators of the tables, which no text by itself gives away.
        seed: Decides which comments, texts and accounts.
        hurried: Bought comments come within `HURRY_MINUTES` of the post where both times are known; else they keep
            the times of the comments that they replace.
        accounts: How many accounts of its seller write under one creator; None gives each comment its own.
    """
    others = pl.col("author_id").ne_missing(pl.col("creator_id"))
    comments = tables.comments.with_columns(bought=picked(tables.comments, others, share, f"comments:{seed}"))
    hired = comments.filter("bought").select("creator_id", "comment_id", "post_id")
    hired = hired.with_columns(
        new_text=_TEXTS[generator](hired, tables, seed),
        new_author=_sellers_accounts(hired, accounts, seed),
        new_time=_soon_after(hired, tables, seed) if hurried else pl.lit(None, pl.Datetime("us", "UTC")),
    ).drop("post_id")
    joined = comments.join(hired, on=("creator_id", "comment_id"), how="left", maintain_order="left")
    timed = pl.col("bought") & pl.col("posted_at").is_not_null() & pl.col("new_time").is_not_null()
    nothing = {"likes": 0, "is_reply": False, "author_verified": False, "spam": True}
    changed = [
        pl.when("bought").then("new_text").otherwise("text").alias("text"),
        pl.when("bought").then("new_author").otherwise("author_id").alias("author_id"),
        pl.when(timed).then("new_time").otherwise("posted_at").alias("posted_at"),
        *(
            pl.when(pl.col("bought") & pl.col(name).is_not_null()).then(value).otherwise(name).alias(name)
            for name, value in nothing.items()
            if name in comments.columns
        ),
    ]
    return replace(tables, comments=joined.with_columns(changed).select(tables.comments.columns))


def _factor(dose: float) -> float:
    """Times what a bought post has to rise so that `dose` is the bought share of all, were posts alike."""
    return 1 + dose / ((1 - dose) * POSTS_BOUGHT)


DOSED: dict[str, Callable[[Tables, float, int], Tables]] = {
    "bought_likes": lambda tables, dose, seed: bought_likes(tables, POSTS_BOUGHT, _factor(dose), seed),
    "bought_views": lambda tables, dose, seed: bought_views(tables, POSTS_BOUGHT, _factor(dose), seed),
    "bought_followers": lambda tables, dose, seed: bought_followers(
        tables, dose / (1 - dose), 1, seed, fakes=labelled_fakes(tables)
    ),
    "dripped_followers": lambda tables, dose, seed: bought_followers(
        tables, dose / (1 - dose), 14, seed, fakes=labelled_fakes(tables)
    ),
    "bought_comments": lambda tables, dose, seed: bought_comments(tables, dose, "multilingual", seed),
}
"""Kinds of fraud by dose, 0 to below 1: the share of likes, views, followers or comments that was bought in the end.

A dose of 0 is for the caller to leave out: it buys the smallest package.
"""


def labelled_fakes(tables: Tables) -> pl.DataFrame | None:
    """The profiles of the audience that are labelled fake, to draw from; None where there are none."""
    if "fake" not in tables.audience.columns:
        return None
    fakes = tables.audience.filter(pl.col("fake"))
    return fakes if fakes.height else None


def _multiplied(tables: Tables, column: str, share: float, factor: float, seed: int) -> Tables:
    posts = tables.posts
    bought = picked(posts, pl.col(column).is_not_null(), share, f"{column}:{seed}")
    more = (pl.col(column) * factor).round().cast(pl.Int64)
    return replace(tables, posts=posts.with_columns(pl.when(bought).then(more).otherwise(column).alias(column)))


def _with_fakes(audience: pl.DataFrame, share: float, fakes: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The sample with a block of the followers, in the order of following where it is known, drawn from `fakes`."""
    place = places(audience, ("creator_id", "follower_id"), f"audience:{seed}")
    first = places(audience, ("creator_id",), f"block:{seed}")
    size = pl.len().over("creator_id").cast(pl.Int64)
    rank = pl.struct("followed_rank", "place").rank("ordinal").over("creator_id").cast(pl.Int64) - 1
    start = (pl.col("first") * size).floor().cast(pl.Int64)
    many = (share * size).round().clip(1).cast(pl.Int64)
    drawn = (place * fakes.height).floor().cast(pl.Int64)
    columns = [name for name in _PROFILE if name in fakes.columns]
    new = fakes.select(columns).select(pl.all().name.prefix("new_"))[drawn]
    beside = pl.concat([audience.with_columns(place=place, first=first), new], how="horizontal")
    bought = (rank - start + size) % size < many
    labels = (
        [pl.when("bought").then(pl.lit(True)).otherwise("fake").alias("fake")] if "fake" in audience.columns else []
    )
    changed = [pl.when("bought").then(f"new_{name}").otherwise(name).alias(name) for name in columns]
    return beside.with_columns(bought=bought).with_columns(*changed, *labels).select(audience.columns)


def _sellers_accounts(hired: pl.DataFrame, accounts: int | None, seed: int) -> pl.Series:
    """Ids of the seller's accounts; sellers serve several creators with much the same ones."""
    seller = (places(hired, ("creator_id",), f"seller:{seed}") * SELLERS).floor().cast(pl.Int64)
    place = places(hired, ("creator_id", "comment_id"), f"account:{seed}")
    number = (place * (accounts or 2**40)).floor().cast(pl.Int64)
    return names(pl.DataFrame({"seller": seller, "number": number}), ("seller", "number"), f"name:{seed}")


def _soon_after(hired: pl.DataFrame, tables: Tables, seed: int) -> pl.Series:
    """A moment within `HURRY_MINUTES` of each comment's post; null where the post or its time is not known."""
    posted = tables.posts.select("creator_id", "post_id", at="posted_at")
    at = hired.join(posted, on=("creator_id", "post_id"), how="left", maintain_order="left")["at"]
    soonest, latest = (minutes * 60_000_000 for minutes in HURRY_MINUTES)
    place = places(hired, ("creator_id", "comment_id"), f"time:{seed}")
    return at + (soonest + place * (latest - soonest)).cast(pl.Int64).cast(pl.Duration("us"))


def _praise(hired: pl.DataFrame, tables: Tables, seed: int) -> pl.Series:  # noqa: ARG001 - one form for every generator
    place = places(hired, ("creator_id", "comment_id"), f"text:{seed}")
    return pl.Series(PRAISE["en"]).gather((place * len(PRAISE["en"])).floor().cast(pl.Int64))


def _multilingual(hired: pl.DataFrame, tables: Tables, seed: int) -> pl.Series:
    """Praise in the creator's language, English where that is not known; most with emoji, some nothing but emoji."""
    rolls = [
        places(hired, ("creator_id", "comment_id"), f"{what}:{seed}") for what in ("text", "emoji", "many", "bare")
    ]
    texts = []
    for language, text, emoji, many, bare in zip(_languages(hired, tables), *rolls, strict=True):
        phrases = PRAISE.get(language or "en", PRAISE["en"])
        run = EMOJI[int(emoji * len(EMOJI))] * int(many * 4)
        texts.append(run or EMOJI[0] if bare < 0.2 else f"{phrases[int(text * len(phrases))]} {run}".rstrip())
    return pl.Series(texts, dtype=pl.String)


def _sentences(hired: pl.DataFrame, tables: Tables, seed: int) -> pl.Series:
    """Sentences that fit any post, in the creator's language, English where that is not known."""
    place = places(hired, ("creator_id", "comment_id"), f"text:{seed}")
    lists = [SENTENCES.get(language or "en", SENTENCES["en"]) for language in _languages(hired, tables)]
    return pl.Series([own[int(part * len(own))] for own, part in zip(lists, place, strict=True)], dtype=pl.String)


def _languages(hired: pl.DataFrame, tables: Tables) -> pl.Series:
    """Of each comment's creator, as the records have it."""
    spoken = tables.creators.select("creator_id", "language")
    return hired.join(spoken, on="creator_id", how="left", maintain_order="left")["language"]


def _varied(hired: pl.DataFrame, tables: Tables, seed: int) -> pl.Series:
    """Comments by others under other creators of the tables; one's own stays where there is no other creator."""
    corpus = tables.comments.filter(pl.col("author_id").ne_missing(pl.col("creator_id"))).drop_nulls("text")
    corpus = corpus.sort("creator_id", "comment_id").with_row_index("row")
    if corpus.is_empty():
        return pl.Series([None] * hired.height, dtype=pl.String)
    spans = corpus.group_by("creator_id").agg(first=pl.col("row").min().cast(pl.Int64), size=pl.len().cast(pl.Int64))
    own = hired.join(spans, on="creator_id", how="left", maintain_order="left").fill_null(0)
    place = places(hired, ("creator_id", "comment_id"), f"text:{seed}")
    beyond = own["first"] + own["size"] + (place * (corpus.height - own["size"])).floor().cast(pl.Int64)
    return corpus["text"].gather(beyond % corpus.height)


_TEXTS: dict[str, Callable[[pl.DataFrame, Tables, int], pl.Series]] = {
    "praise": _praise,
    "multilingual": _multilingual,
    "sentences": _sentences,
    "varied": _varied,
}
