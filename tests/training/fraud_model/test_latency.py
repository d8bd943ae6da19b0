from __future__ import annotations

from training.fraud_model.boosting import MOST_TREES, PARAMETERS
from training.fraud_model.latency import explain_microseconds, most_trees
from training.fraud_model.recipe import EXPLAIN_BUDGET


def test_no_more_trees_than_are_explained_in_the_budget() -> None:
    most = most_trees(PARAMETERS, 400.0)
    size = int(str(PARAMETERS["num_leaves"])), int(str(PARAMETERS["max_depth"]))
    assert explain_microseconds(most, *size) <= 400.0 < explain_microseconds(most + 1, *size)


def test_leaves_that_cannot_be_are_not_counted() -> None:
    assert explain_microseconds(100, 64, 3) == explain_microseconds(100, 8, 3)


def test_the_usual_model_is_well_within_the_usual_budget() -> None:
    assert most_trees(PARAMETERS, EXPLAIN_BUDGET) > MOST_TREES
