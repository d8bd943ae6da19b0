"""Invariants of every signal, whatever its family."""

from __future__ import annotations

import pytest

import features
from features.records import RECORD_TABLES

COLUMNS = {f"{table.name}.{column.name}" for table in RECORD_TABLES for column in table.columns}
SCORED = {"audience.fake_probability", "comments.inauthentic_probability"}
"""Columns that models of followers and comments add before signals are built."""


def test_names_are_unique() -> None:
    assert len(set(features.SIGNAL_NAMES)) == len(features.SIGNALS)


@pytest.mark.parametrize("signal", features.SIGNALS, ids=lambda signal: signal.name)
def test_a_signal_says_what_it_is(signal: features.Signal) -> None:
    assert signal.sentence.endswith(".")
    assert len(signal.sentence) > 30
    assert signal.unit
    assert signal.direction in (-1, 0, 1)
    assert signal.needs
    assert set(signal.needs) <= COLUMNS | SCORED


def test_every_family_has_signals() -> None:
    assert {signal.family for signal in features.SIGNALS} == set(features.Family)
