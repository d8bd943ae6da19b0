"""The Grafana dashboard asks for what a service in use exposes, and for nothing else."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from serving.access.limits import MOST_UNDER_WAY
from serving.api import examples
from tests.serving.test_process import PATIENCE, running

if TYPE_CHECKING:
    import httpx

    from serving.champions.loaded import Loaded

DASHBOARD = json.loads((Path(__file__).resolve().parents[2] / "docs" / "grafana.json").read_text(encoding="utf-8"))
ASKED = {
    (name, label)
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
    for name, labels in re.findall(r"\b((?:bentoml|bonafide)_\w+)(?:\{([^}]*)\})?", target["expr"])
    for label in [None, *re.findall(r"(\w+)\s*[=!]", labels)]
}

HANDED_IN = re.compile(r'bonafide_jobs\{state="(queued|running|refused)"\} 1\.0')


def exposed(client: httpx.Client) -> dict[str, set[str]]:
    """Labels of every sample by its name."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def missing(found: dict[str, set[str]]) -> list[tuple[str, str | None]]:
    return sorted(
        ((name, label) for name, label in ASKED if name not in found or (label and label not in found[name])), key=str
    )


def test_every_metric_of_the_dashboard_is_one_that_the_service_exposes(tmp_path: Path, loaded: Loaded) -> None:
    creators = [examples.creator(f"c{k}") for k in range(60)]
    bare = {"creator_id": "bare", "platform": "instagram"}
    with running(tmp_path / "log.txt", loaded.environment() | {"BONAFIDE_POLL": "0.2"}) as client:
        batch = client.post("/v1/score_batch", json={"creators": [*creators, bare], "explain": False})
        assert batch.status_code == 200
        assert client.get("/v1/model", headers={"host": "elsewhere.example"}).status_code == 401
        assert client.post("/v1/jobs", json=1, headers={"content-type": "application/x-ndjson"}).status_code == 202
        end = time.monotonic() + PATIENCE
        told = client.get("/metrics").text
        while (missing(exposed(client)) or not HANDED_IN.search(told)) and time.monotonic() < end:
            time.sleep(0.2)
            told = client.get("/metrics").text
        assert missing(exposed(client)) == []
    assert 'bonafide_creators_total{band="none"} 1.0' in told
    bands = re.findall(r'bonafide_creators_total\{band="(?:low|review|high)"\} ([0-9.]+)', told)
    assert sum(map(float, bands)) == 60
    assert HANDED_IN.search(told), re.findall("bonafide_jobs.*", told)


def test_the_dashboard_covers_what_is_to_be_watched() -> None:
    names = {name for name, _ in ASKED}
    assert len(names) >= 10
    assert {"bonafide_creators_total", "bonafide_model_info", "bonafide_turned_away_total", "bonafide_jobs"} <= names
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert MOST_UNDER_WAY == 128
    assert any(f"{MOST_UNDER_WAY} of one worker" in panel["description"] for panel in DASHBOARD["panels"])


def test_a_metric_that_nobody_exposes_would_be_found() -> None:
    assert ("bonafide_jobs", None) in missing({})
    assert ("bonafide_jobs", None) not in missing({"bonafide_jobs": {"state"}})
