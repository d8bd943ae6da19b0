"""What a creator and a brief say, as plain text: the documents that the text space is fitted on and compares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from features.records import Tables

MOST_CHARACTERS = 20_000  # of one document; about a hundred captions, newest first
MOST_CHARACTERS_OF_A_POST = 5_000
HASHTAG = r"#[\w]+"

LEAST_OF_A_PASSAGE = 200  # characters, unless the text ends before
MOST_PASSAGES = 20

Brief = Mapping[str, object]
"""One row of the table `briefs`."""


def creator_documents(tables: Tables) -> pl.DataFrame:
    """One row a creator in the order of `tables.creators`: creator_id, text, hashtags; empty where nothing is said.

    The text is bio, names and category, then captions and alt texts, newest post first; `hashtags` repeats the tags
    of the captions and the bio without the sign.
    """
    return with_documents(tables, newest_first(tables))


def newest_first(tables: Tables) -> pl.DataFrame:
    """The posts by creator, newest first: creator_id, post_id, posted_at, `said` (caption and alt text, or null)."""
    return (
        tables.posts.lazy()
        .sort("creator_id", "posted_at", "post_id", descending=[False, True, False], nulls_last=True)
        .select(
            "creator_id",
            "post_id",
            "posted_at",
            said=_joined("caption", "alt_text").str.slice(0, MOST_CHARACTERS_OF_A_POST),
        )
        .collect()
    )


def with_documents(tables: Tables, posts: pl.DataFrame) -> pl.DataFrame:
    """`creator_documents` of these creators, whose posts are `newest_first` already."""
    said = posts.lazy().group_by("creator_id").agg(pl.col("said").str.join("\n"))
    text = pl.concat_str(about(), "said", separator="\n", ignore_nulls=True).str.slice(0, MOST_CHARACTERS)
    return (
        tables.creators.lazy()
        .join(said, on="creator_id", how="left", maintain_order="left")
        .select("creator_id", text=text.fill_null("").str.strip_chars())
        .with_columns(hashtags=pl.col("text").str.extract_all(HASHTAG).list.join(" ").str.replace_all("#", ""))
        .collect()
    )


def about() -> pl.Expr:
    """What a row of `creators` says of itself: bio, names and category."""
    return _joined("bio", "display_name", "handle", "category").str.slice(0, MOST_CHARACTERS_OF_A_POST)


def brief_text(brief: Brief) -> str:
    """What the brief asks for in words: its text and niches; its brand's posts where it has neither."""
    said = "\n".join([str(brief.get("text") or ""), *texts(brief, "niches")]).strip()
    return (said or brand_text(brief))[:MOST_CHARACTERS]


def brand_text(brief: Brief) -> str:
    """The captions of the brand's own posts; empty where none are given."""
    return "\n".join(texts(brief, "brand_posts"))[:MOST_CHARACTERS]


def passages(brief: Brief) -> list[str]:
    """What the brief says, cut at line ends into the first `MOST_PASSAGES` parts of some lines each.

    >>> passages({"text": "short\\nlines"})
    ['short\\nlines']
    """
    found, gathered = [], ""
    for line in brief_text(brief).splitlines():
        gathered = f"{gathered}\n{line}".strip()
        if len(gathered) >= LEAST_OF_A_PASSAGE:
            found.append(gathered)
            gathered = ""
    return [*found, *([gathered] if gathered else [])][:MOST_PASSAGES]


def texts(brief: Brief, column: str) -> list[str]:
    """The strings of a list column of a brief; empty where the list is null."""
    value = brief.get(column)
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _joined(*columns: str) -> pl.Expr:
    return pl.concat_str(*columns, separator="\n", ignore_nulls=True)
