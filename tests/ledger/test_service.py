"""The service as real processes: killed under load, and with its database away."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ledger import Ledger
from ledger.recording import wait_until_moved
from tests.ledger.kills import Service, Told, check, kills, loaded_by
from tests.ledger.servers import Server, empty_database

if TYPE_CHECKING:
    from pathlib import Path

    from training.fraud_fitting import FittedFraud

KILLS = 3
"""`tests/ledger/kills.py --kills 50` does more of the same."""
AWAY = 10.0


def settings(fitted: FittedFraud, url: str) -> dict[str, str]:
    return {"BONAFIDE_FRAUD_MODEL": str(fitted.bundle.folder.resolve()), "BONAFIDE_LEDGER": url}


def address(kind: str, home: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        return f"sqlite:///{home / 'ledger.db'}"
    return empty_database(request.getfixturevalue("postgres"))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_acknowledged_survives_kills_and_is_there_once(
    kind: str, fitted_fraud: FittedFraud, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = address(kind, tmp_path, request)
    with closing(Ledger(url, tmp_path)) as ledger:
        told = kills(Service(tmp_path, settings(fitted_fraud, url)), ledger, KILLS)
    assert len(told.scored) >= 2 * KILLS
    assert len(told.audited) >= KILLS


def test_scoring_goes_on_while_the_database_is_away_and_nothing_acknowledged_is_lost(
    postgres: Server, fitted_fraud: FittedFraud, tmp_path: Path
) -> None:
    url = empty_database(postgres)
    service = Service(tmp_path, settings(fitted_fraud, url))
    service.start()
    told = Told()
    stop, threads = loaded_by(service, told, "load")
    try:
        time.sleep(2)
        before = len(told.scored), len(told.audited)
        postgres.stop()
        stopped = time.monotonic()
        try:
            time.sleep(AWAY / 2)
            middle = len(told.scored)
            time.sleep(max(0.0, stopped + AWAY - time.monotonic()))
            away = len(told.scored), told.refused
        finally:
            postgres.start()
        time.sleep(4)
    finally:
        stop.set()
        for one in threads:
            one.join()
    with closing(Ledger(url, tmp_path)) as ledger:
        assert wait_until_moved(ledger, 30)
        service.process.terminate()
        service.process.wait(60)
        check(ledger, told)
    assert before[0] > 0
    assert before[0] < middle < away[0] < len(told.scored)
    assert away[1] > 0
    assert before[1] < len(told.audited)
