"""What is told of a creator's niches: weights, how specialised it is, and whether it drifts from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.rankings.profiles import specialisations
from models.texts.documents import creator_documents
from models.texts.marks import creator_marks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from features.records import Tables
    from models.matching.encoder import Encoder

    Floats = NDArray[np.float64]

UNKNOWN = "unknown"
FEWEST_POSTS = 10
"""Dated posts of either part under which drift is not told: halves of fewer differ by chance."""


@dataclass(frozen=True)
class NicheProfile:
    """A creator's niches.

    Attributes:
        weights: Of every niche by name, summing to 1.
        unknown: Whether its text is too thin for the weights to mean anything.
        specialisation: 1 - H / log(n), with H the entropy of the weights over n niches: 1 one niche alone, 0 all
            alike; None where unknown.
        drift: Total variation distance, half the sum of |new - old| over the niches, between the weights of the newer
            half of its dated posts and those of the older: 0 nothing moved, 1 everything; None where either half
            has fewer than `FEWEST_POSTS` posts or is unknown by itself.
    """

    creator_id: str
    weights: Mapping[str, float]
    unknown: bool
    specialisation: float | None
    drift: float | None


def niche_weights(encoder: Encoder, tables: Tables) -> pl.DataFrame:
    """One row a creator in the order of `tables.creators`: creator_id, a float column a niche, and `unknown`."""
    ids, weights, unknown = _weights(encoder, tables)
    columns = {name: weights[:, k] for k, name in enumerate(encoder.niches.names)}
    return pl.DataFrame({"creator_id": ids, **columns, UNKNOWN: unknown})


def niche_profiles(encoder: Encoder, tables: Tables) -> list[NicheProfile]:
    """The creators' profiles, in the order of `tables.creators`; empty where the encoder knows no niches."""
    names = encoder.niches.names
    if not names:
        return []
    ids, weights, unknown = _weights(encoder, tables)
    parts = zip(
        ids,
        weights.tolist(),
        unknown.tolist(),
        specialisations(weights.astype(np.float32)),
        drift(encoder, tables),
        strict=True,
    )
    return [
        NicheProfile(creator_id, dict(zip(names, row, strict=True)), thin, None if thin else special, moved)
        for creator_id, row, thin, special, moved in parts
    ]


def drift(encoder: Encoder, tables: Tables) -> list[float | None]:
    """How far each creator's niches moved; see `NicheProfile.drift`."""
    place = pl.struct("posted_at", "post_id").rank("ordinal").over("creator_id")
    dated = tables.posts.drop_nulls("posted_at").with_columns(newer=2 * place > pl.len().over("creator_id"))
    creators = tables.creators.select("creator_id", "platform")
    halves = []
    for newer in (False, True):
        posts = dated.filter(pl.col("newer") == newer).drop("newer")
        half = tables.from_frames({"creators": creators, "posts": posts})
        _, weights, unknown = _weights(encoder, half)
        many = creators.join(posts.group_by("creator_id").len(), on="creator_id", how="left", maintain_order="left")
        enough = many["len"].fill_null(0).to_numpy() >= FEWEST_POSTS
        halves.append((weights, enough & ~unknown))
    (old, of_old), (new, of_new) = halves
    moved = (np.abs(new - old).sum(axis=1) / 2).tolist()
    return [one if told else None for one, told in zip(moved, (of_old & of_new).tolist(), strict=True)]


def _weights(encoder: Encoder, tables: Tables) -> tuple[pl.Series, Floats, NDArray[np.bool_]]:
    documents = creator_documents(tables)
    vectors, marks = encoder.text.transform(documents["text"]), creator_marks(tables)["marks"]
    niches = encoder.niches
    return documents["creator_id"], niches.weights(vectors, marks), niches.unknown(vectors, marks)
