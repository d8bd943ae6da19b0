"""The service under load, killed over and over: what it acknowledged must be in the ledger, and once.

PYTHONPATH=. python tests/ledger/kills.py --kills 50 [--postgres] --model DIR
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import httpx
import psutil

from bench.ports import free_port
from ledger import Ledger, read_audits, read_scores
from ledger.recording import take_up
from serving.api import examples
from tests.ledger.servers import MISSING, Server, empty_database

START = "import sys; from serving.launch import serve; serve('127.0.0.1', int(sys.argv[1]), int(sys.argv[2]))"
PATIENCE = 300
CLIENTS = 4


@dataclass
class Told:
    """What the service acknowledged: creators that it answered for, and keys of audits."""

    scored: list[str] = field(default_factory=list)
    audited: list[str] = field(default_factory=list)
    refused: int = 0


@dataclass
class Service:
    """The service as processes of its own, in a session of their own."""

    home: Path
    settings: dict[str, str]
    workers: int = 1

    def __post_init__(self) -> None:
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it is ready."""
        environment = {**os.environ, "BONAFIDE_HOME": str(self.home), **self.settings}
        with (self.home / "log.txt").open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", START, str(self.port), str(self.workers)],
                env=environment,
                cwd=self.home,
                stdout=out,
                stderr=out,
            )
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz", trust_env=False).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise RuntimeError(f"the service did not get ready:\n{(self.home / 'log.txt').read_text()[-3000:]}")

    def kill(self) -> None:
        """Kill all its processes and wait until they are gone; its workers lead sessions of their own."""
        everyone = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        assert len(everyone) > self.workers
        for one in everyone:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self.process.wait()
        _, alive = psutil.wait_procs(everyone, timeout=PATIENCE)
        assert not alive


def load(url: str, name: str, told: Told, stop: Event) -> None:
    """Score and audit one creator after the other, each under a name of its own, and note what was acknowledged."""
    with httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as client:
        k = 0
        while not stop.is_set():
            k += 1
            one = f"{name}-{k}"
            try:
                creators = [examples.creator(f"{one}-a"), examples.creator(f"{one}-b")]
                answer = client.post("/v1/score_batch", json={"creators": creators, "explain": False})
                if answer.status_code == 200:
                    told.scored += [f"{one}-a", f"{one}-b"]
                audit = {"key": one, "creator_id": f"{one}-a", "verdict": "fraud"}
                answer = client.post("/v1/audits", json=audit)
                told.refused += answer.status_code == 503
                if answer.status_code == 201:
                    told.audited.append(one)
                    if k % 3 == 0:
                        assert client.post("/v1/audits", json=audit).status_code in {200, 503}
            except httpx.TransportError:
                return


def loaded_by(service: Service, told: Told, name: str) -> tuple[Event, list[Thread]]:
    """Clients that load the service until the event is set, or it is no more."""
    stop = Event()
    threads = [
        Thread(target=load, args=(service.url, f"{name}-{client}", told, stop), daemon=True)
        for client in range(CLIENTS)
    ]
    for one in threads:
        one.start()
    return stop, threads


def check(ledger: Ledger, told: Told) -> None:
    """Everything that was acknowledged is in the ledger, and nothing is there twice."""
    scores = read_scores(ledger)["creator_id"].to_list()
    audits = [audit.key for audit in read_audits(ledger)]
    assert set(told.scored) <= set(scores), f"{len(set(told.scored) - set(scores))} scores are lost"
    assert set(told.audited) <= set(audits), f"{len(set(told.audited) - set(audits))} audits are lost"
    assert len(scores) == len(set(scores)), "scores are there twice"
    assert len(audits) == len(set(audits)), "audits are there twice"


def kills(service: Service, ledger: Ledger, count: int) -> Told:
    """Kill the service so many times under load; after each what is in the ledger is checked."""
    told, chance = Told(), random.Random(7)
    for k in range(count):
        service.start()
        before = len(told.scored), len(told.audited)
        stop, threads = loaded_by(service, told, f"kill{k}")
        while len(told.scored) == before[0] or len(told.audited) == before[1]:
            assert any(one.is_alive() for one in threads), "the service has ended by itself"
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 2.0))
        service.kill()
        stop.set()
        for one in threads:
            one.join()
        take_up(ledger)
        check(ledger, told)
        sys.stderr.write(f"{k + 1} kills, {len(told.scored)} scores, {len(told.audited)} audits\n")
    return told


def main() -> None:
    """Kill the service and say what was found."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--postgres", action="store_true")
    options.add_argument("--model", required=True)
    asked = options.parse_args()
    server = Server.make() if asked.postgres else None
    if asked.postgres and server is None:
        sys.exit(MISSING)
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        url = f"sqlite:///{home / 'ledger.db'}" if server is None else empty_database(server)
        ledger = Ledger(url, home)
        service = Service(home, {"BONAFIDE_FRAUD_MODEL": asked.model, "BONAFIDE_LEDGER": url}, asked.workers)
        told = kills(service, ledger, asked.kills)
        ledger.close()
    if server is not None:
        server.remove()
    scored, audited = f"{len(told.scored):,} scores", f"{len(told.audited):,} audits"
    sys.stdout.write(f"{asked.kills} kills: {scored} and {audited} were acknowledged; all are there, none twice\n")


if __name__ == "__main__":
    main()
