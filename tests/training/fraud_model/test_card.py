from __future__ import annotations

from dataclasses import replace

import pytest

from training.evaluation_tables import Table
from training.fraud_model.card import model_card
from training.fraud_model.fitting import FittedFraud


@pytest.fixture(scope="module")
def card(fitted_fraud: FittedFraud) -> str:
    bundle = fitted_fraud.bundle
    measured = Table("Injection", ("set", "auc"), [("likes", 0.91), ("views", None)], "Against themselves.")
    nothing = Table("Nobody", ("set", "auc"), [])
    return model_card(bundle, fitted_fraud.evaluation, bundle.explain(fitted_fraud.tested), [measured, nothing])


def test_every_table_is_in_the_card_with_its_note(card: str) -> None:
    assert (
        "### Injection\nAgainst themselves.\n\n| set | auc |\n| --- | --- |\n| likes | 0.91 |\n| views | – |\n" in card
    )


def test_an_empty_table_says_so(card: str) -> None:
    assert "### Nobody\n\nThere was too little to measure it on.\n" in card


def test_the_intervals_of_the_held_out_part_are_in_every_card(card: str, fitted_fraud: FittedFraud) -> None:
    bundle = fitted_fraud.bundle
    bare = model_card(bundle, fitted_fraud.evaluation, bundle.explain(fitted_fraud.tested))
    assert "### Intervals: summary" in bare
    assert "| mean width" in bare or "mean width |" in bare
    assert "### Injection" not in bare
    assert bare.splitlines()[0] == card.splitlines()[0] == f"# bonafide-fraud {bundle.contract.version}"


def test_a_split_by_time_is_told(fitted_fraud: FittedFraud) -> None:
    bundle = fitted_fraud.bundle
    training = {**bundle.contract.training, "split": "time"}
    dated = replace(bundle, contract=bundle.contract.model_copy(update={"training": training}))
    explanation = bundle.explain(fitted_fraud.tested)
    assert "held out by creator and agency" in model_card(bundle, fitted_fraud.evaluation, explanation)
    assert "On the creators audited last" in model_card(dated, fitted_fraud.evaluation, explanation)
