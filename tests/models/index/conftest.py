"""A small index of simulated creators, and what makes others like it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.records import Tables
from models.fit import FitBundle
from models.fraud import FraudBundle
from models.index import Index, Manifest, add, build, pieces
from models.index.retrieval import DEPTH
from models.rankings.filters import NO_LIMITS
from models.rankings.rank import rank
from training.fit import FittedFit
from training.fraud_model.fitting import FittedFraud
from training.simulate import Simulation

FEW = 60
"""Creators of the indexes that are built again and again."""


@dataclass(frozen=True)
class Maker:
    """The models, some creators and their scores: what an index is made of."""

    fit: FitBundle
    fraud: FraudBundle
    tables: Tables
    scores: pl.DataFrame

    @property
    def ids(self) -> list[str]:
        """The creators."""
        return self.tables.creators["creator_id"].to_list()

    def some(self, creator_ids: Sequence[str]) -> list[Tables]:
        """The pieces of these creators."""
        return list(pieces(self.tables.select(creator_ids), 16))

    def build(self, out: Path, creator_ids: Sequence[str] | None = None) -> Manifest:
        """An index of these creators, of all unless given."""
        chosen = self.ids if creator_ids is None else creator_ids
        return build(self.some(chosen), self.fit, self.fraud, out, scores=self.scores)

    def add(self, out: Path, creator_ids: Sequence[str]) -> Manifest:
        """These creators added."""
        return add(self.some(creator_ids), self.fit, self.fraud, out, scores=self.scores)

    def answers(self, index: Index, depth: int = 20, briefs: int = 6) -> bytes:
        """What an index says to some briefs, all of it but its own version."""
        told = []
        for row in self.tables.briefs.head(briefs).to_dicts():
            [wish] = self.fit.encoder.wishes([row], index.candidates([]))
            found = index.pool(self.fit, wish, limits=NO_LIMITS, depth=depth)
            told.append(rank(self.fit, wish, found, top=None).model_dump_json(exclude={"model"}))
        return "\n".join(told).encode()


def scores_of(creator_ids: Sequence[str]) -> pl.DataFrame:
    """A risk for each creator but every seventh."""
    risk = np.random.default_rng(0).uniform(0, 100, len(creator_ids))
    known = np.arange(len(creator_ids)) % 7 > 0
    rows = pl.DataFrame({"creator_id": creator_ids, "risk_score": risk}).filter(pl.Series(known))
    band = pl.when(pl.col("risk_score") > 50).then(pl.lit("high")).otherwise(pl.lit("low"))
    return rows.with_columns(band=band)


@pytest.fixture(scope="session")
def maker(simulation: Simulation, fitted_fit: FittedFit, fitted_fraud: FittedFraud) -> Maker:
    """All of the simulated creators."""
    tables = simulation.tables
    return Maker(fitted_fit.bundle, fitted_fraud.bundle, tables, scores_of(tables.creators["creator_id"].to_list()))


@pytest.fixture(scope="session")
def few(maker: Maker) -> Maker:
    """The first of them, so that an index is made at once."""
    ids = maker.ids[:FEW]
    chosen = maker.tables.select(ids)
    return replace(maker, tables=replace(chosen, briefs=maker.tables.briefs))


@pytest.fixture(scope="session")
def whole(maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> Index:
    """An index of all; its folder must not be changed."""
    folder = tmp_path_factory.mktemp("index") / "whole"
    maker.build(folder)
    return Index.open(folder)


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of a few creators."""
    monkeypatch.setattr("models.index.writer.MOST_CREATORS", 16)
    monkeypatch.setattr("models.index.segment.MOST_CREATORS", 16)


Bytes = Callable[[Path], bytes]


@pytest.fixture
def bytes_of() -> Bytes:
    """Everything that lies in a folder, as one string of bytes."""
    return lambda folder: b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


assert DEPTH > FEW
