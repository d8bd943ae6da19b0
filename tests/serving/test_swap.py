"""Champions change under load: every request is answered, each by exactly one model."""

from __future__ import annotations

import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from features import records
from models import promotion, registry
from models.reporting import reports
from serving.api import examples
from tests.serving.test_process import PATIENCE, running
from tests.weakened import weakened
from training.tracking import track

if TYPE_CHECKING:
    from models.fraud import FraudBundle
    from serving.champions.loaded import Loaded

REQUESTS = int(os.environ.get("BONAFIDE_SWAP_REQUESTS", "1500"))
EVERY = float(os.environ.get("BONAFIDE_SWAP_SECONDS", "1"))
"""Seconds from one promotion to the next."""
CALLERS = 4
WORKERS = 2
CREATORS = [examples.creator(f"creator-{k}", followers=10_000 * k) for k in range(1, 6)]


@pytest.fixture
def bundles(loaded: Loaded, tracking_store: Path, tmp_path: Path) -> list[FraudBundle]:
    """Two registered models, the first of them the champion."""
    files = tmp_path / "files"
    files.mkdir()
    found = [loaded.fraud, weakened(loaded.fraud, tmp_path / "other")]
    for one in found:
        track(
            registry.FRAUD,
            one.folder,
            inputs=one.names,
            params={},
            metrics={},
            tags={"bundle_version": one.contract.version, "data_hash": "0"},
            files=files,
            promote=False,
        )
    return found


def test_no_request_fails_and_none_is_answered_by_two_models(
    bundles: list[FraudBundle], tracking_store: Path, tmp_path: Path
) -> None:
    expected = {
        (one.contract.version, creator["creator_id"]): json.loads(report.model_dump_json())
        for one in bundles
        for creator in CREATORS
        for report in reports(one, records.read([creator], extra="refuse"))
    }
    settings = {"BONAFIDE_HOME": str(tracking_store), "BONAFIDE_POLL": "0.3"}
    stop = threading.Event()
    promoted, versions = [], list[str]()

    def promote() -> None:
        while not stop.wait(EVERY):
            promoted.append(promotion.promote(f"models:/bonafide-fraud/{2 - len(promoted) % 2}"))

    def call(client: httpx.Client, number: int) -> str:
        creator = CREATORS[number % len(CREATORS)]
        answer = client.post("/v1/score", json={"creator": creator})
        assert answer.status_code == 200, answer.text
        report = answer.json()
        version: str = report["model"]["version"]
        assert report == expected[version, creator["creator_id"]]
        return version

    with running(tmp_path / "log.txt", settings, WORKERS) as client:
        began = time.monotonic()
        promoter = threading.Thread(target=promote)
        promoter.start()
        try:
            with ThreadPoolExecutor(CALLERS) as callers:
                while len(versions) < REQUESTS or len({*versions}) < len(bundles):
                    assert time.monotonic() - began < PATIENCE
                    versions += callers.map(lambda number: call(client, number), range(100))
        finally:
            stop.set()
            promoter.join()
        took = time.monotonic() - began
        last = registry.champion(registry.FRAUD)
        assert last is not None
        end, version = time.monotonic() + PATIENCE, last.tags["bundle_version"]
        while {call(client, number) for number in range(20)} != {version}:
            assert time.monotonic() < end
        told = ('bonafide_model_swaps_total{outcome="taken_up"', f'version="{version}"')
        while not all(one in client.get("/metrics").text for one in told):  # a moment after the first answer of a model
            assert time.monotonic() < end
    changes = sum(a != b for a, b in pairwise(versions))
    print(f"{len(versions):,} requests in {took:.0f} s, {len(promoted)} promotions, {changes} changes of version seen")
    assert set(versions) == {one.contract.version for one in bundles}
