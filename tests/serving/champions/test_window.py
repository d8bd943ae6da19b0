"""How far what is served has moved from the training, told to Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from prometheus_client import REGISTRY

from models.reporting import Reported
from serving.champions.window import FEWEST, ROWS, TOP, Window
from training.simulate import simulate

if TYPE_CHECKING:
    from serving.champions.loaded import Loaded


@pytest.fixture(scope="module")
def answered(loaded: Loaded) -> Reported:
    signals = loaded.fraud.signals(simulate(200, seed=88).tables)
    return Reported([], signals, loaded.fraud.verdict(signals))


def test_creators_like_those_of_the_training_have_not_moved(loaded: Loaded, answered: Reported) -> None:
    window = Window(loaded.fraud)
    window.add(answered)
    found = window.shifts()
    assert [one.name for one in found] == list(window.names)
    assert len(found) == TOP + 1
    assert not [one.name for one in found if one.over()]


def test_others_have_and_are_told_of(loaded: Loaded, answered: Reported) -> None:
    window = Window(loaded.fraud)
    moved = answered.verdict.with_columns(probability=pl.lit(0.97))
    window.add(Reported([], answered.signals, moved))
    window.publish()
    assert REGISTRY.get_sample_value("bonafide_drift_over", {"number": "score"}) == 1
    psi = REGISTRY.get_sample_value("bonafide_drift_psi", {"number": "score"})
    chance = REGISTRY.get_sample_value("bonafide_drift_psi_chance", {"number": "score"})
    assert psi is not None
    assert chance is not None
    assert psi > chance > 0


def test_few_answers_say_nothing_and_old_ones_are_forgotten(loaded: Loaded, answered: Reported) -> None:
    window = Window(loaded.fraud)
    few = Reported([], answered.signals.head(FEWEST // 2), answered.verdict.head(FEWEST // 2))
    window.add(few)
    assert window.shifts() == []
    for _ in range(2 + ROWS // answered.verdict.height):
        window.add(answered)
    assert window.shifts()[0].rows[1] == ROWS


def test_creators_without_an_answer_are_left_out(loaded: Loaded, answered: Reported) -> None:
    window = Window(loaded.fraud)
    unknown = answered.verdict.with_columns(probability=pl.lit(None, pl.Float64))
    window.add(Reported([], answered.signals, unknown))
    assert window.shifts() == []
