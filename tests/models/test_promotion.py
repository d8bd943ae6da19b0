from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from features import disk
from features.errors import NotFoundError
from models import promotion, registry
from tests.models.versions import aliases, register
from training.fraud_model.fitting import FittedFraud


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


@pytest.mark.parametrize(
    ("promoted", "first", "champions"),
    [
        ([1], lambda: promotion.promote("models:/bonafide-fraud/2"), [3, 2, 1]),
        ([1, 2], lambda: promotion.rollback(registry.FRAUD), [3, 1]),
    ],
)
def test_champions_that_are_made_at_once_are_all_remembered(
    promoted: list[int],
    first: Callable[[], object],
    champions: list[int],
    fitted_fraud: FittedFraud,
    tracking_store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second one comes when the first has read which champions there were, and has not written yet."""
    for version in (1, 2, 3):
        register(fitted_fraud, tmp_path / "files", promote=version in promoted)
    waits = threading.Event()
    former, lock = promotion._former, disk.fcntl.flock

    def second() -> None:
        promotion.promote("models:/bonafide-fraud/3")
        waits.set()

    def read(*asked: object) -> list[int]:
        monkeypatch.setattr(promotion, "_former", former)
        monkeypatch.setattr(disk.fcntl, "flock", asked_for)
        found = former(*asked)
        other.start()
        assert waits.wait(60)
        return found

    def asked_for(*how: object) -> None:
        waits.set()
        lock(*how)

    other = threading.Thread(target=second)
    monkeypatch.setattr(promotion, "_former", read)
    first()
    other.join(60)
    made = [registry.find("models:/bonafide-fraud@champion").version]
    while len(made) < 4:
        try:
            made.append(promotion.rollback(registry.FRAUD).version)
        except NotFoundError:
            break
    assert made == champions
