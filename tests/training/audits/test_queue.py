from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from ledger import Ledger, read_scores
from models.verdicts.decision import ENOUGH
from training.audits.queue import COLUMNS, audit_queue, from_scores
from training.fraud_model.fitting import FittedFraud

if TYPE_CHECKING:
    from pathlib import Path

NONE = pl.DataFrame(schema={"creator_id": pl.String, "requests": pl.Int64})


@pytest.fixture(scope="module")
def parts(fitted_fraud: FittedFraud) -> tuple[pl.DataFrame, pl.DataFrame]:
    signals = fitted_fraud.tested
    return signals.head(30), signals.tail(signals.height - 30)


def test_worth_is_the_product_of_its_three_parts(fitted_fraud: FittedFraud, parts) -> None:
    audited, waiting = parts
    found = audit_queue(fitted_fraud.bundle, waiting, NONE, audited, 10)
    assert found.columns == list(COLUMNS)
    assert found.height == 10
    product = found["uncertainty"] * found["traffic"] * found["novelty"]
    assert np.allclose(found["worth"], product)
    assert found.select(pl.col("uncertainty", "traffic", "novelty").min()).min_horizontal().item() >= 0.0
    assert found.select(pl.col("uncertainty", "traffic", "novelty").max()).max_horizontal().item() <= 1.0


def test_what_is_asked_for_often_moves_up(fitted_fraud: FittedFraud, parts) -> None:
    audited, waiting = parts
    everyone = audit_queue(fitted_fraud.bundle, waiting, NONE, audited, waiting.height)
    last = everyone["creator_id"][everyone.height // 2]
    asked = pl.DataFrame({"creator_id": [last], "requests": [5_000]})
    assert audit_queue(fitted_fraud.bundle, waiting, asked, audited, 1)["creator_id"].to_list() == [last]


def test_a_twin_of_an_audited_account_is_not_novel(fitted_fraud: FittedFraud, parts) -> None:
    audited, waiting = parts
    twin = audited.head(1).with_columns(creator_id=pl.lit("twin"))
    found = audit_queue(fitted_fraud.bundle, pl.concat([waiting, twin]), NONE, audited, waiting.height + 1)
    assert found["creator_id"][-1] == "twin"
    assert found["novelty"][-1] == 0.0


def test_twins_do_not_stand_one_after_the_other(fitted_fraud: FittedFraud, parts) -> None:
    audited, waiting = parts
    first = audit_queue(fitted_fraud.bundle, waiting, NONE, audited, 1)["creator_id"][0]
    twin = waiting.filter(pl.col("creator_id") == first).with_columns(creator_id=pl.lit("twin"))
    found = audit_queue(fitted_fraud.bundle, pl.concat([waiting, twin]), NONE, audited, 2)["creator_id"].to_list()
    assert set(found) != {first, "twin"}


def test_served_scores_say_who_waits_how_often_and_who_is_done(fitted_fraud: FittedFraud) -> None:
    served = fitted_fraud.tested.head(3)
    scores = pl.concat([served, served.head(1)]).drop(fitted_fraud.bundle.names[0])
    ids = served["creator_id"].to_list()
    waiting, requests, done = from_scores(scores, fitted_fraud.bundle.names, pl.Series([ids[2], "someone else"]))
    assert sorted(waiting["creator_id"]) == sorted(ids[:2])
    assert done["creator_id"].to_list() == [ids[2]]
    assert dict(requests.iter_rows())[ids[0]] == 2
    assert waiting[fitted_fraud.bundle.names[0]].null_count() == 2


def test_whoever_has_no_answer_does_not_wait(fitted_fraud: FittedFraud, parts) -> None:
    audited, waiting = parts
    unseen = waiting.head(2).with_columns(pl.lit(0, waiting.schema[name]).alias(name) for name in ENOUGH)
    both = pl.concat([unseen, waiting.tail(3)])
    found = audit_queue(fitted_fraud.bundle, both, NONE, audited, 5)
    assert set(found["creator_id"]) == set(waiting["creator_id"].tail(3))
    assert audit_queue(fitted_fraud.bundle, both.head(2), NONE, audited, 5).is_empty()


def test_nothing_waits_where_nothing_is_known(fitted_fraud: FittedFraud, parts) -> None:
    audited, waiting = parts
    assert audit_queue(fitted_fraud.bundle, waiting.clear(), NONE, audited, 5).is_empty()


def test_nobody_waits_in_a_ledger_without_a_score(fitted_fraud: FittedFraud, tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path)
    scores = read_scores(ledger)
    ledger.close()
    parts = from_scores(scores, fitted_fraud.bundle.names, pl.Series([], dtype=pl.String))
    assert audit_queue(fitted_fraud.bundle, *parts, 5).columns == list(COLUMNS)
