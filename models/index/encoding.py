"""From records to what an index holds of creators: vectors, traits, risk and details, a piece at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

import features
from features.records import RECORD_TABLES
from models.index.creators import Creators
from models.matching.encoder import SIGNALS_NEEDED
from models.rankings.details import details
from models.rankings.pool import RISK
from models.texts.creator_texts import CreatorTexts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from features.records import Tables
    from models.fit import FitBundle
    from models.fraud import FraudBundle
    from models.matching.encoder import Encoder

PIECE = 2_048
"""Creators encoded at a time."""


def pieces(tables: Tables, most: int = PIECE) -> Iterator[Tables]:
    """The records of `most` creators at a time, by their ids in order; labels and briefs are left out."""
    ids = tables.creators["creator_id"].sort()
    ordered = replace(tables, creators=tables.creators.sort("creator_id"))
    for start in range(0, len(ids), most):
        first, last = ids[start], ids[min(start + most, len(ids)) - 1]
        cut = {}
        for table in RECORD_TABLES:
            frame = ordered[table.name]
            owners = frame["creator_id"]
            low, high = owners.search_sorted(first, "left"), owners.search_sorted(last, "right")
            cut[table.name] = frame.slice(low, high - low)
        yield replace(ordered, **{name: cut[name] if name in cut else frame.clear() for name, frame in ordered.items()})


def creators_of(tables: Tables, encoder: Encoder, fraud: FraudBundle | None, scores: pl.DataFrame | None) -> Creators:
    """The creators of `tables` as an index holds them.

    Args:
        tables: Their records.
        encoder: That of the fit model, which gives the vectors.
        fraud: Gives the risks where there are no `scores`.
        scores: `creator_id`, `risk_score` and `band` of creators whose risk is known already.
    """
    signals, scores = _signals(tables, fraud, scores)
    ids = tables.creators.select("creator_id")
    risk = (
        ids.with_columns(risk_score=None, band=None)
        if scores is None
        else ids.join(scores.select(RISK.names()), on="creator_id", how="left", maintain_order="left")
    )
    said = CreatorTexts.of(tables)
    return Creators(
        encoder.candidates(tables, signals, said),
        risk.select(pl.col(name).cast(dtype) for name, dtype in RISK.items()),
        details(tables, encoder.text, said),
    )


def _signals(
    tables: Tables, fraud: FraudBundle | None, scores: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """The signals that a fit score reads, and the risks.

    Those signals need no context (`models.matching.encoder.SIGNALS_NEEDED`): the fraud model's serve the fit model too.
    """
    if fraud is None or scores is not None:
        return features.signals_of_posts(tables, SIGNALS_NEEDED), scores
    signals = features.build(fraud.scored(tables), fraud.context)
    return signals, fraud.risk(signals)


def encoded(
    found: Iterable[Tables], fit: FitBundle, fraud: FraudBundle, scores: pl.DataFrame | None
) -> Iterator[Creators]:
    """The creators of every piece, in their order."""
    return (creators_of(tables, fit.encoder, fraud, scores) for tables in found)
