"""One row a comment by others than the creator, in order of time under each post, with what its text shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from features import phrases
from features.exact import ratio

if TYPE_CHECKING:
    from features.records import Tables

ALIKE_LETTERS = 12
"""Shorter comments are alike by chance."""
MOST_TEXT = 2_000
"""Characters of a comment that are looked at: the longest real one has 2,195, and patterns cost time by length."""


def rows(tables: Tables, creators: pl.LazyFrame) -> pl.LazyFrame:
    """Comments by others; a comment whose author is unknown counts as one by others."""
    posts = tables.posts.lazy().select("creator_id", "post_id", post_at=pl.col("posted_at"))
    return (
        tables.comments.lazy()
        .join(creators.select("creator_id"), on="creator_id", how="semi")
        .filter(pl.col("text").is_not_null() | pl.col("author_id").is_not_null() | pl.col("posted_at").is_not_null())
        .join(posts, on=["creator_id", "post_id"], how="left")
        .with_columns(own=(pl.col("author_id") == pl.col("creator_id")).fill_null(value=False))
        .with_columns(_owner_share())
        .filter(~pl.col("own"))
        .sort("creator_id", "post_id", "posted_at", "comment_id")
        .with_columns(lower=pl.col("text").str.slice(0, MOST_TEXT).str.strip_chars().str.to_lowercase())
        .with_columns(lower=pl.when(pl.col("lower") != "").then(pl.col("lower")))
        .with_columns(words=pl.col("lower").str.extract_all(phrases.WORD))
        .with_columns(**_flags(), **_times(), author_posts=_author_posts(), script=_script(), key=_key())
        .with_columns(alike=_again("key"), exact=_again("lower"))
    )


def _again(column: str) -> pl.Expr:
    """Whether the same stands under the creator more than once; null for texts too short to tell."""
    return pl.when(pl.col("key").is_not_null()).then(pl.len().over("creator_id", column) > 1)


def _owner_share() -> pl.Expr:
    known_author = pl.col("author_id").is_not_null()
    return ratio(pl.col("own").sum(), known_author.sum()).over("creator_id").alias("owner_share")


def _flags() -> dict[str, pl.Expr]:
    lower = pl.col("lower")
    return {
        "wordless": lower.str.contains(phrases.WORDLESS),
        "mention_only": lower.str.contains(phrases.MENTIONS),
        "mentioning": lower.str.contains("@", literal=True),
        "promotion": lower.str.contains_any(phrases.PROMOTION_PHRASES)
        | lower.str.contains(phrases.LINK)
        | _words(phrases.PROMOTION_WORDS).list.any(),
        "generic": _words(phrases.PRAISE).list.all()
        & pl.col("words").list.len().is_between(1, phrases.MOST_GENERIC_WORDS)
        & ~lower.str.contains("@", literal=True),
        "length": lower.str.len_chars(),
    }


def _words(among: frozenset[str]) -> pl.Expr:
    return pl.col("words").list.eval(pl.element().is_in(sorted(among)))


def _times() -> dict[str, pl.Expr]:
    """Hours after the post, and seconds since the comment before it under the same post; rows are in that order."""
    seconds = pl.col("posted_at").diff().over("creator_id", "post_id").dt.total_milliseconds() / 1_000
    return {
        "hours": (pl.col("posted_at") - pl.col("post_at")).dt.total_seconds() / 3_600,
        "gap_seconds": pl.when(pl.col("post_id").is_not_null()).then(seconds),
    }


def _author_posts() -> pl.Expr:
    """How many of the creator's posts the author commented on; null where author or post is unknown."""
    named = pl.col("author_id").is_not_null() & pl.col("post_id").is_not_null()
    return pl.when(named).then(pl.col("post_id").n_unique().over("creator_id", "author_id"))


def _script() -> pl.Expr:
    script = pl.lit(None, dtype=pl.String)
    for name, character in phrases.SCRIPTS.items():
        script = pl.when(pl.col("lower").str.contains(character)).then(pl.lit(name)).otherwise(script)
    return script


def _key() -> pl.Expr:
    """The distinct words in order of the alphabet: equal for texts that differ in order, emoji and punctuation."""
    key = pl.col("words").list.unique().list.sort().list.join(" ")
    return pl.when(key.str.len_chars() >= ALIKE_LETTERS).then(key)
