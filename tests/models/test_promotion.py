from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import NotFoundError
from models import promotion, registry
from tests.models.versions import aliases, register
from training.fraud_fitting import FittedFraud


def test_rolling_back_goes_from_champion_to_champion_to_the_first(
    fitted_fraud: FittedFraud, tracking_store: Path, tmp_path: Path
) -> None:
    for _ in range(3):
        register(fitted_fraud, tmp_path / "files", promote=True)
    assert promotion.rollback(registry.FRAUD).version == 2
    assert aliases() == {1: ("previous",), 2: ("champion",), 3: ()}
    assert promotion.rollback(registry.FRAUD).version == 1
    assert aliases() == {1: ("champion",), 2: (), 3: ()}
    with pytest.raises(NotFoundError, match="no champion of bonafide-fraud before"):
        promotion.rollback(registry.FRAUD)
    promotion.promote("models:/bonafide-fraud/3")
    assert aliases() == {1: ("previous",), 2: (), 3: ("champion",)}
    assert promotion.rollback(registry.FRAUD).version == 1


def test_the_challenger_is_one_no_longer_once_it_is_the_champion(
    fitted_fraud: FittedFraud, tracking_store: Path, tmp_path: Path
) -> None:
    register(fitted_fraud, tmp_path / "files")
    second = register(fitted_fraud, tmp_path / "files")
    promotion.challenge(registry.find(second.address))
    assert aliases() == {1: ("champion",), 2: ("challenger",)}
    found = promotion.promote(second.address, {"forced": "a reason"})
    assert aliases() == {1: ("previous",), 2: ("champion",)}
    assert found.tags["forced"] == "a reason"
    assert found.tags["promoted_at"].startswith("20")
