"""Comments bought in place of others under the same posts, and what their sellers write."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import polars as pl

from training.draws import names, picked, places
from training.injection.praise import EMOJI, PRAISE, SENTENCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.records import Tables

    Generator = Literal["praise", "multilingual", "sentences", "varied"]

SELLERS, SELLER_ACCOUNTS = 40, 25
"""Sellers of comments, and how many accounts of one write under one creator's posts."""
HURRY_MINUTES = (2, 90)
"""When bought comments appear after the post, as those of a seller who delivers at once do."""


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
