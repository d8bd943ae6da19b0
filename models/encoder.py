"""From records to what the fit model compares: the fitted text space, the niches and the norms, used as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features import Context
from models.documents import brand_text, brief_text, creator_documents, texts
from models.niches import Niches
from models.pairs import TRAITS, Candidates, Wish
from models.text import TextSpace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from features.records import Tables
    from models.documents import Brief
    from models.text import TextVectors

SIGNALS_NEEDED = ("engagement_rate", "engagement_rate_by_views", "sponsored_share", "days_since_last_post")
"""The signals of `features.build` that a fit score reads."""


@dataclass(frozen=True, eq=False)
class Encoder:
    """What turns creators into `Candidates` and briefs into `Wish`es; a function of one record or brief at a time."""

    text: TextSpace
    niches: Niches
    context: Context

    def candidates(self, tables: Tables, signals: pl.DataFrame) -> Candidates:
        """The creators of `tables`, in their order.

        Args:
            tables: The creators' records.
            signals: Their rows of `features.build`, in any order; `SIGNALS_NEEDED` are read.
        """
        documents = creator_documents(tables)
        vectors = self.text.transform(documents["text"])
        hashtags = self.text.word_vectors(documents["hashtags"])
        return Candidates(self._traits(tables, signals), vectors, hashtags, self.niches.weights(vectors.topics))

    def wishes(self, briefs: Sequence[Brief], known: Candidates) -> list[Wish]:
        """Rows of the table `briefs`, in order; their example creators are those of `known`, others are left out."""
        asked = self.text.transform([brief_text(brief) for brief in briefs])
        brands = self.text.transform([brand_text(brief) for brief in briefs])
        rows = [np.array([row]) for row in range(len(briefs))]
        parts = ((brief, asked.take(row), brands.take(row)) for brief, row in zip(briefs, rows, strict=True))
        return [self._wish(brief, text, brand, known) for brief, text, brand in parts]

    def _wish(self, brief: Brief, text: TextVectors, brand: TextVectors, known: Candidates) -> Wish:
        wanted = texts(brief, "example_creators")
        examples = known.traits["creator_id"].is_in(wanted).arg_true().to_numpy().astype(np.int64)
        niches = self.niches.named(texts(brief, "niches"))
        if not niches.any():
            niches = self.niches.weights(text.topics)[0]
        return Wish(brief, text, brand, known.vectors.take(examples), niches)

    def save(self, folder: Path) -> None:
        """Write the three parts, a folder each."""
        self.text.save(folder / "text")
        self.niches.save(folder / "niches")
        self.context.save(folder / "context")

    @classmethod
    def load(cls, folder: Path) -> Encoder:
        """Read what `save` wrote."""
        return cls(TextSpace.load(folder / "text"), Niches.load(folder / "niches"), Context.load(folder / "context"))

    def _traits(self, tables: Tables, signals: pl.DataFrame) -> pl.DataFrame:
        shares = self.context.percentiles(signals).select(
            "creator_id", engagement=pl.coalesce("engagement_rate", "engagement_rate_by_views")
        )
        brands = (
            tables.posts.lazy()
            .select("creator_id", brands=pl.concat_list(pl.col("mentions", "sponsors").fill_null([])))
            .explode("brands")
            .drop_nulls("brands")
            .group_by("creator_id")
            .agg(pl.col("brands").str.to_lowercase().str.strip_prefix("@").unique().sort())
        )
        return (
            tables.creators.lazy()
            .select("creator_id", "country", "language")
            .join(signals.lazy(), on="creator_id", how="left", maintain_order="left")
            .join(shares.lazy(), on="creator_id", how="left", maintain_order="left")
            .join(brands, on="creator_id", how="left", maintain_order="left")
            .select(pl.col(name).cast(dtype) for name, dtype in TRAITS.items())
            .collect()
        )
