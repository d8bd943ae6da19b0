"""What creators say, with its words looked for once: the words of a creator are those of its posts and its profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.texts.documents import MOST_CHARACTERS, about, newest_first, with_documents
from models.texts.terms import told_words

if TYPE_CHECKING:
    from features.records import Tables


@dataclass(frozen=True, eq=False)
class CreatorTexts:
    """Texts of creators.

    Attributes:
        creators: `models.texts.documents.creator_documents`.
        posts: `models.texts.documents.newest_first`.
        of_creators: Words of each creator's text: rows `document` (the creator's place), `term`.
        of_posts: The same of the posts.
    """

    creators: pl.DataFrame
    posts: pl.DataFrame
    of_creators: pl.DataFrame
    of_posts: pl.DataFrame

    @classmethod
    def of(cls, tables: Tables) -> CreatorTexts:
        """Look for the words of these creators."""
        posts = newest_first(tables)
        posts = posts.filter(posts["creator_id"].is_in(tables.creators["creator_id"].implode()))  # those of nobody go
        creators = with_documents(tables, posts)
        of_posts = told_words(posts["said"].fill_null(""))
        return cls(creators, posts, _of_creators(tables, creators, posts, of_posts), of_posts)


def _of_creators(tables: Tables, creators: pl.DataFrame, posts: pl.DataFrame, of_posts: pl.DataFrame) -> pl.DataFrame:
    """Words of the posts and the profile; a text that may have been cut at its end is looked through itself."""
    profiles = tables.creators.select(about().fill_null("").alias("about"))["about"]
    places = creators.select("creator_id", document=pl.int_range(pl.len(), dtype=pl.Int64))
    owner = posts.select("creator_id").join(places, on="creator_id", how="left", maintain_order="left")["document"]
    joined = pl.concat([of_posts.with_columns(document=owner.gather(of_posts["document"])), told_words(profiles)])
    lengths = profiles.str.len_chars().to_numpy().astype(np.int64)
    np.add.at(lengths, owner.to_numpy(), 1 + posts["said"].str.len_chars().fill_null(0).to_numpy())
    cut = lengths > MOST_CHARACTERS
    if not cut.any():
        return joined
    own = told_words(creators["text"].filter(pl.Series(cut)))
    own = own.with_columns(document=pl.Series(np.flatnonzero(cut)).gather(own["document"]))
    return pl.concat([joined.filter(pl.Series(~cut).gather(joined["document"])), own])
