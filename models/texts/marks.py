"""Marks: what a creator's posts hold beside plain words, each a term of its own.

| mark | from | as |
|---|---|---|
| emoji | captions, bio | `🐶` |
| hashtags | captions, bio | `#dogsofinstagram` |
| accounts | mentions, sponsors, captions, bio | `@dogfood` |
| what a picture shows | phrases of the alt text, cut at punctuation | `=dog and outdoor` |

They need no language, so they carry over between scripts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from models.texts.few_texts import without_marks
from models.texts.terms import plain, told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.records import Tables

IN_TEXT = r"\p{Extended_Pictographic}|#\w+|@\w[\w.]*\w"
PHRASE = r"[^,:;.\n]+"
MOST_LETTERS = 60  # of one mark


def creator_marks(tables: Tables) -> pl.DataFrame:
    """One row a creator in the order of `tables.creators`: creator_id, marks (a list, as often as they occur)."""
    posts = tables.posts.lazy().select(
        "creator_id",
        marks=pl.concat_list(
            _of_text("caption"), _of_pictures("alt_text"), _of_accounts("mentions"), _of_accounts("sponsors")
        ),
    )
    about = tables.creators.lazy().select("creator_id", marks=_of_text("bio"))
    marks = pl.concat([about, posts]).explode("marks").drop_nulls().group_by("creator_id").agg(pl.col("marks").sort())
    return (
        tables.creators.lazy()
        .select("creator_id")
        .join(marks, on="creator_id", how="left", maintain_order="left")
        .with_columns(pl.col("marks").fill_null([]))
        .collect()
    )


def text_marks(texts: Sequence[str]) -> pl.Series:
    """The marks of plain texts, a list each."""
    if without_marks(texts):  # most briefs
        return pl.Series([[]] * len(texts), dtype=pl.List(pl.String))
    return pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)}).select(_of_text("text"))["text"]


def told_marks(marks: pl.Series) -> pl.DataFrame:
    """Rows `document` (its place), `term`: every mark of a series of lists."""
    return told(pl.LazyFrame({"terms": marks}))


def _plain(column: str) -> pl.Expr:
    return plain(pl.col(column).fill_null(""))


def _of_text(column: str) -> pl.Expr:
    return _plain(column).str.extract_all(IN_TEXT).list.eval(pl.element().str.slice(0, MOST_LETTERS))


def _of_pictures(column: str) -> pl.Expr:
    phrase = pl.element().str.strip_chars().str.slice(0, MOST_LETTERS)
    return _plain(column).str.extract_all(PHRASE).list.eval(("=" + phrase).filter(phrase != ""))


def _of_accounts(column: str) -> pl.Expr:
    name = pl.element().str.to_lowercase().str.strip_chars(" @").str.slice(0, MOST_LETTERS)
    return pl.col(column).fill_null([]).list.eval(("@" + name).filter(name != ""))
