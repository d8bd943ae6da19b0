"""The order of rows, the names of people and posts, and how a file is cut say nothing about anybody."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from typing import Any

import polars as pl
import pytest

from features.context import build
from features.records import RECORD_TABLES, Tables, read
from models.fraud import FraudBundle
from models.scoring import score_frame
from training.fraud_model.fitting import FittedFraud
from training.simulate import Simulation, simulate

IDS = ("creator_id", "post_id", "comment_id", "author_id", "follower_id")


@pytest.fixture(scope="module")
def bundle(fitted_fraud: FittedFraud) -> FraudBundle:
    return fitted_fraud.bundle


@pytest.fixture(scope="module")
def strangers() -> Tables:
    """Creators whose commenters nobody has met: the context knows people by their ids, as it should."""
    tables = simulate(60, seed=31).tables
    tables = tables.select(tables.creators["creator_id"].to_list())
    return _renamed(tables, "stranger")


def _renamed(tables: Tables, salt: str) -> Tables:
    """Everybody and everything under another name, in another alphabetical order."""

    def rename(name: str) -> str:
        return blake2b(f"{salt} {name}".encode(), digest_size=8).hexdigest()

    frames = {}
    for table in RECORD_TABLES:
        frame = tables[table.name]
        for column in (name for name in IDS if name in frame.columns):
            names = frame[column].unique().drop_nulls()
            known = dict(zip(names, map(rename, names), strict=True))
            frame = frame.with_columns(pl.col(column).replace(known))
        frames[table.name] = frame
    return Tables.from_frames(frames, labels=False)


def _answers(bundle: FraudBundle, tables: Tables) -> pl.DataFrame:
    return score_frame(bundle, tables, explain=True)


def _comparable(answers: pl.DataFrame) -> list[dict[str, Any]]:
    """Answers without names: of the evidence its kind, how much there is, and its days."""
    found = answers.drop("creator_id").to_dicts()
    for reason in (reason for answer in found for reason in answer["reasons"]):
        reason["evidence"] = [{**piece, "ids": len(piece["ids"] or ())} for piece in reason["evidence"] or ()]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_rows_give_the_same_answers(bundle: FraudBundle, strangers: Tables, seed: int) -> None:
    frames = {table.name: strangers[table.name] for table in RECORD_TABLES}
    mixed = {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in frames.items()}
    again = _answers(bundle, read(mixed))
    expected = _answers(bundle, strangers)
    assert again.sort("creator_id").equals(expected.sort("creator_id"))


@pytest.mark.parametrize("seed", range(3))
def test_tables_in_any_order_of_rows_give_the_same_answers(bundle: FraudBundle, strangers: Tables, seed: int) -> None:
    mixed = {
        table.name: strangers[table.name].sample(fraction=1, shuffle=True, seed=seed)
        for table in RECORD_TABLES
        if table.name != "creators"
    }
    assert bundle.signals(replace(strangers, **mixed)).equals(bundle.signals(strangers))


@pytest.mark.parametrize("salt", ["one", "another", "third"])
def test_renamed_ids_give_the_same_answers(bundle: FraudBundle, strangers: Tables, salt: str) -> None:
    expected, again = _answers(bundle, strangers), _answers(bundle, _renamed(strangers, salt))
    assert again.drop("creator_id", "reasons").equals(expected.drop("creator_id", "reasons"))
    assert _comparable(again) == _comparable(expected)


def test_a_corpus_under_other_names_makes_the_same_context(bundle: FraudBundle, simulation: Simulation) -> None:
    """Who comments where and who is in a pod with whom, recognised under the names of the corpus."""
    tables = simulation.tables.select(simulation.tables.creators["creator_id"][:200].to_list())
    renamed = _renamed(tables, "corpus")
    expected = _answers(bundle.with_context(build(tables)), tables)
    again = _answers(bundle.with_context(build(renamed)), renamed)
    assert again.drop("creator_id", "reasons").equals(expected.drop("creator_id", "reasons"))
    assert _comparable(again) == _comparable(expected)


@pytest.mark.parametrize("parts", [2, 7, 60])
def test_a_file_cut_into_parts_gives_the_same_answers(bundle: FraudBundle, strangers: Tables, parts: int) -> None:
    ids = strangers.creators["creator_id"].to_list()
    cut = [strangers.select(ids[part::parts]) for part in range(parts)]
    together = pl.concat([_answers(bundle, part) for part in cut])
    assert together.sort("creator_id").equals(_answers(bundle, strangers).sort("creator_id"))
