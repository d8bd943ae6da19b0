"""The same creators through a file, through HTTP and through training give the same signals and probabilities."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import features
from features.records import read
from models.scoring import score_frame
from tests.golden import make
from training.audits.dataset import training_frame

if TYPE_CHECKING:
    from httpx import Client

    from serving.champions.loaded import Loaded

RECORDS = [json.loads(line) for line in make.CREATORS.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def scores(loaded: Loaded) -> pl.DataFrame:
    """What `bonafide score --explain` writes for the golden creators."""
    return score_frame(loaded.fraud, read(make.CREATORS), explain=True)


def test_training_reads_the_signals_that_scoring_reads(loaded: Loaded) -> None:
    tables = read(make.CREATORS)
    trained_on = training_frame(tables, tables.creators.select("creator_id"), loaded.fraud.context)
    scored = loaded.fraud.signals(tables)
    names = ["creator_id", *features.SIGNAL_NAMES]
    assert_frame_equal(trained_on.select(names), scored.select(names), check_exact=True)


@pytest.mark.parametrize("place", range(len(RECORDS)))
def test_http_gives_what_a_file_gives(client: Client, scores: pl.DataFrame, loaded: Loaded, place: int) -> None:
    answer = client.post("/v1/score", json={"creator": RECORDS[place]}).json()
    row = scores.row(place, named=True)
    for name in ("creator_id", "state", "band", "decision", "missing_inputs"):
        assert answer[name] == row[name]
    for name in ("probability", "lo", "hi", "risk_score"):
        assert answer[name] == pytest.approx(row[name], abs=1e-9)
    values = {reason["signal"]: reason["value"] for reason in answer["reasons"]}
    assert values == {reason["signal"]: reason["value"] for reason in row["reasons"]}
    signals = loaded.fraud.signals(read(make.CREATORS)).row(place, named=True)
    assert values == {name: signals[name] for name in values}


def test_alone_in_a_batch_and_in_a_file_are_one(client: Client) -> None:
    batch = client.post("/v1/score_batch", json={"creators": RECORDS}).json()
    assert batch == [client.post("/v1/score", json={"creator": record}).json() for record in RECORDS]
