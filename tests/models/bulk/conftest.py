"""A small corpus in both forms, and the scoring of it part by part."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from features import records
from features.records.sizes import Size
from models import bulk

if TYPE_CHECKING:
    from pathlib import Path

    from models.fraud import FraudBundle
    from training.fraud_model.fitting import FittedFraud
    from training.simulate import Simulation

SMALL = Size(creators=7, rows=2_000, text=200_000)
PLAIN = bulk.Asked()


@pytest.fixture(scope="module")
def bundle(fitted_fraud: FittedFraud) -> FraudBundle:
    return fitted_fraud.bundle


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, simulation: Simulation) -> Path:
    source = tmp_path_factory.mktemp("corpus") / "in"
    records.write(simulation.tables.select(simulation.tables.creators["creator_id"].head(40).to_list()), source)
    return source


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Path:
    tables = records.read(folder)
    nested = {row["creator_id"]: row for row in map(json.loads, tables.creators.write_ndjson().splitlines())}
    for table in records.RECORD_TABLES[1:]:
        for row in map(json.loads, tables[table.name].write_ndjson().splitlines()):
            nested[row.pop("creator_id")].setdefault(table.name, []).append(row)
    source = tmp_path_factory.mktemp("lines") / "in.ndjson"
    source.write_text("".join(json.dumps(record) + "\n" for record in nested.values()))
    return source


def run(place: Path, source: Path, bundle: FraudBundle, asked: bulk.Asked = PLAIN, workers: int = 1) -> bulk.Run:
    model = bulk.Model(bundle.folder)
    found = bulk.Run.open(place, source, model, asked, SMALL)
    found.work(model, workers)
    return found


def scores(found: bulk.Run) -> pl.DataFrame:
    return pl.concat(list(found.frames()))
