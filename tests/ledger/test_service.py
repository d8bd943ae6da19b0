"""The service as real processes: killed under load, and with its database away."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ledger import Ledger
from ledger.recording import wait_until_moved
from tests.ledger.kills import PATIENCE, Service, Told, check, kills, loaded_by
from tests.ledger.servers import Server, empty_database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from training.fraud_model.fitting import FittedFraud

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
        more_than(0, told.scored)
        more_than(0, told.audited)
        postgres.stop()
        stopped, refused = time.monotonic(), told.refused
        try:
            for half in (AWAY / 2, AWAY):
                scored = len(told.scored)
                time.sleep(max(0.0, stopped + half - time.monotonic()))
                more_than(scored, told.scored)
            until(lambda: told.refused > refused)
        finally:
            postgres.start()
        for acknowledged in (told.audited, told.scored):
            more_than(len(acknowledged), acknowledged)
    finally:
        stop.set()
        for one in threads:
            one.join()
    with closing(Ledger(url, tmp_path)) as ledger:
        assert wait_until_moved(ledger, PATIENCE)
        service.process.terminate()
        service.process.wait(PATIENCE)
        check(ledger, told)


def more_than(count: int, acknowledged: list[str]) -> None:
    until(lambda: len(acknowledged) > count)


def until(happened: Callable[[], bool]) -> None:
    """However busy the machine is."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)
