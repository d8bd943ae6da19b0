"""The loop with real processes: serve, score, audit, retrain, compare, promote, be answered anew, roll back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import polars as pl
import pytest

from bench.ports import free_port
from features import records
from models import registry
from tests.serving.test_process import wait_until_ready
from training.simulate import simulate
from training.tracking import track

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.records import Tables
    from training.fraud_model.fitting import FittedFraud
    from training.simulate import Simulation

PATIENCE = 600  # seconds, on a busy machine
AUDITED = 24
LENIENT = """
[[gate]]
name = "average precision"
figure = "ap/difference"
at_least = -0.2
why = "Two models of few creators differ by chance."
"""
STRICT = """
[[gate]]
name = "perfection"
figure = "brier/challenger"
at_most = 0.0
why = "Nobody passes this."
"""


class Shop:
    """A folder to work in, with a home of its own."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BONAFIDE_", "MLFLOW_"))}
        self.environment = kept | {"BONAFIDE_HOME": str(home), "BONAFIDE_POLL": "0.3"}

    def run(self, *arguments: str, code: int = 0, or_code: int = 0) -> str:
        """Run `bonafide` as a process of its own, which ends with one of the codes; its output and messages."""
        done = subprocess.run(
            [sys.executable, "-m", "bonafide", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode in (code, or_code or code), (arguments, done.stdout, done.stderr)
        return done.stdout + done.stderr

    @contextmanager
    def serving(self, *options: str) -> Iterator[httpx.Client]:
        """`bonafide serve`, ready to answer."""
        port, log = free_port(), self.folder / "service.log"
        command = [sys.executable, "-m", "bonafide", "serve", "--port", str(port), "--workers", "1", *options]
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=out, stderr=out)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False) as client:
                wait_until_ready(client, process, log)
                yield client
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def await_version(client: httpx.Client, version: str) -> None:
    end = time.monotonic() + PATIENCE
    while client.get("/v1/model").json()["version"] != version:
        assert time.monotonic() < end, client.get("/v1/model").text
        time.sleep(0.1)


def nested(tables: Tables, creator_id: str) -> dict[str, object]:
    """One creator's record as a request has it."""
    import orjson

    own = tables.select([creator_id])
    rows: dict[str, object] = own.creators.to_dicts()[0]
    for name in ("posts", "follower_history", "comments", "audience"):
        unlabelled = own[name].select(records.TABLES[name].schema().names())
        rows[name] = unlabelled.drop("creator_id").to_dicts()
    plain: dict[str, object] = orjson.loads(orjson.dumps(rows, option=orjson.OPT_NAIVE_UTC))
    return plain


@pytest.fixture
def shop(tracking_store: Path, tmp_path: Path, simulation: Simulation, fitted_fraud: FittedFraud) -> Shop:
    """With a champion that was trained on `audits`."""
    (tmp_path / "files").mkdir()
    bundle = fitted_fraud.bundle
    track(
        registry.FRAUD,
        bundle.folder,
        inputs=bundle.names,
        params={},
        metrics={},
        tags={"bundle_version": bundle.contract.version, "data_hash": "0"},
        files=tmp_path / "files",
        promote=True,
    )
    records.write(simulation.tables, tmp_path / "audits")
    (tmp_path / "lenient.toml").write_text(LENIENT)
    (tmp_path / "strict.toml").write_text(STRICT)
    return Shop(tmp_path, tracking_store)


def test_from_a_score_to_a_new_champion_and_back(shop: Shop, simulation: Simulation, tmp_path: Path) -> None:
    live, unseen = simulate(AUDITED, seed=41), simulate(150, seed=42).tables
    records.write(unseen, tmp_path / "test")
    with shop.serving("--shadow", "models:/bonafide-fraud@challenger") as client:
        first = client.get("/v1/model").json()["version"]
        verdicts = dict(live.truth.select("creator_id", "fraud").iter_rows())
        for creator_id, fraud in verdicts.items():
            report = client.post("/v1/score", json={"creator": nested(live.tables, creator_id), "explain": False})
            assert report.status_code == 200, report.text
            assert report.json()["model"]["version"] == first
            audit = {"key": creator_id, "creator_id": creator_id, "verdict": "fraud" if fraud else "genuine"}
            assert client.post("/v1/audits", json=audit).status_code in (200, 201)

        shop.run("audits", "export", "--out", "exported.parquet")
        corrected = pl.read_parquet(tmp_path / "exported.parquet")
        assert corrected.height == AUDITED
        parts = {name: pl.concat([frame, live.tables[name]]) for name, frame in simulation.tables.items()}
        known = simulation.tables.audits
        both = replace(records.Tables.from_frames(parts), audits=pl.concat([known, corrected.select(known.columns)]))
        records.write(both, tmp_path / "more")
        shop.run("train", "fraud", "--data", "more", "--seed", "1")

        second = "models:/bonafide-fraud/2"
        assert "was never compared with the champion" in shop.run("models", "promote", second, code=4)
        refused = shop.run("models", "compare", second, "--data", "audits", code=1)
        assert "was trained on this creator" in refused
        shop.run("models", "compare", second, "--data", "test", "--gates", "lenient.toml")
        assert "perfection" in shop.run("models", "promote", second, "--gates", "strict.toml", code=4)
        assert client.get("/v1/model").json()["version"] == first

        end = time.monotonic() + PATIENCE
        while client.get("/v1/model").json()["shadow"] is None:
            assert time.monotonic() < end
            time.sleep(0.1)
        for creator_id in list(verdicts)[:5]:
            client.post("/v1/score", json={"creator": nested(live.tables, creator_id), "explain": False})
        end = time.monotonic() + PATIENCE
        while 'bonafide_shadow_creators_total{outcome="scored"} 5.0' not in client.get("/metrics").text:
            assert time.monotonic() < end, client.get("/metrics").text
            time.sleep(0.2)

        shop.run("models", "promote", second, "--gates", "lenient.toml")
        await_version(client, version := _bundle_version(shop, second))
        report = client.post("/v1/score", json={"creator": nested(live.tables, next(iter(verdicts)))}).json()
        assert report["model"]["version"] == version != first
        assert client.get("/v1/model").json()["shadow"] is None
        shop.run("models", "rollback", "bonafide-fraud")
        await_version(client, first)
        report = client.post("/v1/score", json={"creator": nested(live.tables, next(iter(verdicts)))}).json()
        assert report["model"]["version"] == first
    assert "no champion of bonafide-fraud before" in shop.run("models", "rollback", "bonafide-fraud", code=1)
    shadow = shop.run("models", "shadow")
    assert f"{first} → {version}" in shadow
    told = shop.run("drift", "--ledger", "7", "--out", "drift.html", or_code=4)
    assert "Performance as verdicts come in" in told
    assert "How long verdicts take" in (tmp_path / "drift.html").read_text()


def _bundle_version(shop: Shop, address: str) -> str:
    shown = shop.run("models", "show", address)
    return next(line.split()[1] for line in shown.splitlines() if line.strip().startswith("bundle_version"))
