"""From records to what the fit model compares: the fitted text space, the niches and the norms, used as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features import Context
from models.matching.brand_topics import PastBrands
from models.matching.candidates import TRAITS, Candidates
from models.matching.pairs import Wish
from models.niches import Niches
from models.texts.creator_texts import CreatorTexts
from models.texts.documents import brand_text, brief_text, passages, texts
from models.texts.marks import creator_marks, text_marks
from models.texts.space import TextSpace
from models.texts.unwanted import wanted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from features.records import Tables
    from models.texts.documents import Brief
    from models.texts.space import TextVectors

    Singles = NDArray[np.float32]

TAG = r"(?:^|[^\w.@/])@\w[\w.]*"
"""An account that a text tags, with the character before it; in an address of e-mail that is a letter."""

NO_NAME = r"^[^@]?@"

SIGNALS_NEEDED = ("engagement_rate", "engagement_rate_by_views", "sponsored_share", "days_since_last_post")
"""The signals of `features.build` that a fit score reads."""


@dataclass(frozen=True, eq=False)
class Encoder:
    """What turns creators into `Candidates` and briefs into `Wish`es; a function of one record or brief at a time."""

    text: TextSpace
    niches: Niches
    context: Context
    past: PastBrands

    def candidates(self, tables: Tables, signals: pl.DataFrame, said: CreatorTexts | None = None) -> Candidates:
        """The creators of `tables`, in their order.

        Args:
            tables: The creators' records.
            signals: Their rows of `features.build`, in any order; `SIGNALS_NEEDED` are read.
            said: What they say, where that is there already.
        """
        said = CreatorTexts.of(tables) if said is None else said
        documents = said.creators
        vectors = self.text.of_words(said.of_creators, documents.height)
        hashtags = self.text.word_vectors(documents["hashtags"])
        niches = self.niches.said(vectors, creator_marks(tables)["marks"]).astype(np.float32)
        lengths = documents.select(
            "creator_id",
            text_length=pl.col("text").str.len_chars().cast(pl.Float64),
            hashtags=pl.col("hashtags").str.count_matches(r"\S+"),
            leaning=pl.Series(vectors.leaning[:, 0], nan_to_null=True),
            brand_talk=pl.Series(vectors.leaning[:, 1], nan_to_null=True),
        )
        return Candidates(
            traits(tables, signals, lengths, self.context),
            {
                "word_topics": vectors.word_topics,
                "gram_topics": vectors.gram_topics,
                "brand_topics": vectors.brand_topics,
                "niches": niches,
            },
            {"words": vectors.words, "grams": vectors.grams, "hashtags": hashtags},
        )

    def wishes(self, briefs: Sequence[Brief], known: Candidates) -> list[Wish]:
        """Rows of the table `briefs`, in order, without what their texts say is not wanted.

        Their example creators are those of `known`, others are left out.
        """
        read = [wanted(str(brief.get("text") or "")) for brief in briefs]
        briefs = [{**brief, "text": text} for brief, (text, _) in zip(briefs, read, strict=True)]
        count, cut = len(briefs), [passages(brief) for brief in briefs]
        starts = 2 * count + np.cumsum([0, *map(len, cut)])
        said = [brief_text(brief) for brief in briefs], [brand_text(brief) for brief in briefs]
        vectors = self.text.transform([*said[0], *said[1], *(passage for one in cut for passage in one)])
        return [
            self._wish(
                brief,
                vectors.row(k),
                vectors.row(count + k),
                vectors.gram_topics[starts[k] : starts[k + 1]],
                known,
                read[k][1],
            )
            for k, brief in enumerate(briefs)
        ]

    def _wish(
        self,
        brief: Brief,
        text: TextVectors,
        brand: TextVectors,
        parts: Singles,
        known: Candidates,
        unwanted: tuple[str, ...],
    ) -> Wish:
        wanted = set(texts(brief, "example_creators"))
        examples = np.flatnonzero([name in wanted for name in known.creator_ids] if wanted else [])
        niches = self.niches.named(texts(brief, "niches"))
        if not niches.any():
            niches = self.niches.said(text, text_marks([brief_text(brief)]))[0]
        others = self.past.names != str(brief.get("brand") or "").casefold().removeprefix("@")
        past = {"brand": self.past.names, "cosine": pl.Series(self.past.topics @ text.word_topics[0])}
        brands = pl.DataFrame({name: column.filter(others) for name, column in past.items()})
        return Wish(
            brief=brief,
            text=text,
            brand=brand,
            passages=parts,
            examples=known.dense["word_topics"][examples],
            niches=niches.astype(np.float32),
            past=brands if text.word_topics.any() else brands.clear(),
            unwanted=unwanted,
        )

    def save(self, folder: Path) -> None:
        """Write the four parts, a folder each."""
        self.text.save(folder / "text")
        self.niches.save(folder / "niches")
        self.context.save(folder / "context")
        self.past.save(folder / "brands")

    @classmethod
    def load(cls, folder: Path) -> Encoder:
        """Read what `save` wrote."""
        return cls(
            TextSpace.load(folder / "text"),
            Niches.load(folder / "niches"),
            Context.load(folder / "context"),
            PastBrands.load(folder / "brands"),
        )


def traits(tables: Tables, signals: pl.DataFrame, said: pl.DataFrame, context: Context) -> pl.DataFrame:
    """The creators' rows of `TRAITS`, in the order of `tables.creators`.

    Args:
        tables: The creators' records.
        signals: Their rows of `features.build`, in any order.
        said: creator_id, `text_length`, `hashtags`, `leaning` and `brand_talk`, in any order.
        context: The norms that engagement is held against.
    """
    rates = ("engagement_rate", "engagement_rate_by_views")
    shares = context.percentiles(signals, rates).select("creator_id", engagement=pl.coalesce(rates))
    posts = tables.posts.lazy().group_by("creator_id").agg(known_posts=pl.len())
    own = ("country", "language", "followers", "posts_count", "price")
    joined = tables.creators.lazy().select("creator_id", *own)
    for part in (signals.lazy(), shares.lazy(), said.lazy(), posts, past_brands(tables), audience_countries(tables)):
        joined = joined.join(part.drop(own, strict=False), on="creator_id", how="left", maintain_order="left")
    rate = pl.col("hashtags") / pl.col("known_posts")
    return (
        joined.with_columns(hashtag_rate=rate)
        .select(pl.col(name).cast(dtype) for name, dtype in TRAITS.items())
        .collect()
    )


def past_brands(tables: Tables) -> pl.LazyFrame:
    """The accounts that each creator tags or names as sponsors: creator_id, `brands` and `brand_posts` by name.

    Those that a caption tags count as those of `mentions`, which many sources leave empty: else a creator who thanks
    @nike would pass where nobody who worked for Nike may.
    """
    name = pl.element().str.replace(NO_NAME, "").str.strip_chars_end(".")
    said = pl.col("caption").str.extract_all(TAG).list.eval(name)
    tagged = pl.concat_list(pl.col("mentions", "sponsors").fill_null([]), said.fill_null([]))
    return (
        tables.posts.lazy()
        .select("creator_id", "posted_at", brand=tagged)
        .with_columns(pl.col("brand").list.eval(pl.element().str.to_lowercase().str.strip_prefix("@")).list.unique())
        .explode("brand")
        .drop_nulls("brand")
        .group_by("creator_id", "brand")
        .agg(posts=pl.len().cast(pl.Int64), last=pl.col("posted_at").max().dt.date())
        .sort("creator_id", "brand")
        .group_by("creator_id")
        .agg(brands="brand", brand_posts=pl.struct("brand", "posts", "last"))
    )


def audience_countries(tables: Tables) -> pl.LazyFrame:
    """Share of each country among the sampled followers whose country is known: creator_id, `audience_countries`."""
    return (
        tables.audience.lazy()
        .select("creator_id", pl.col("country").str.to_uppercase())
        .drop_nulls("country")
        .group_by("creator_id", "country")
        .agg(followers=pl.len())
        .sort("creator_id", "country")
        .group_by("creator_id")
        .agg(
            audience_countries=pl.struct(
                "country", share=pl.col("followers").cast(pl.Float64) / pl.col("followers").sum()
            )
        )
    )
