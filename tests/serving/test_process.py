from __future__ import annotations

import asyncio
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import polars as pl
import psutil
import pytest

from bench.ports import free_port
from features import records
from models import index
from models.scoring import score_frame
from serving import launch
from serving.access.keys import Keyring, Role
from serving.access.limits import MOST_UNDER_WAY
from serving.access.uses import Uses
from serving.api import examples
from training.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from features.records import Tables
    from serving.champions.loaded import Loaded


MARKER = "hunter2-marker"
PATIENCE = 300
"""Seconds, on a busy machine."""
UNDER_WAY = re.compile(r'request_in_progress\{[^}]*endpoint="/v1/score_batch"[^}]*\} 1\.0')
START = "import sys; from serving.launch import serve; serve(sys.argv[1], *map(int, sys.argv[2:]))"


def start(
    port: int, log: Path, settings: Mapping[str, str], workers: int = 1, host: str = "localhost"
) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "BONAFIDE_HOME": str(log.parent / "home"), **settings}
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-c", START, host, str(port), str(workers)],
            env=environment,
            cwd=log.parent,
            stdout=out,
            stderr=out,
        )


@contextmanager
def running(
    log: Path, settings: Mapping[str, str], workers: int = 1, host: str = "localhost"
) -> Iterator[httpx.Client]:
    """The service as a process of its own; stopped in the end, with exit code 0."""
    port = free_port()
    process = start(port, log, settings, workers, host)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False) as client:
            wait_until_ready(client, process, log)
            yield client
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0, log.read_text()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)


def wait_until_ready(
    client: httpx.Client, process: subprocess.Popen[bytes], log: Path, patience: float = PATIENCE
) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None:
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(f"the service did not get ready:\n{log.read_text()}")


def test_the_service_answers_and_logs_nothing_that_it_was_sent(tmp_path: Path, loaded: Loaded) -> None:
    log = tmp_path / "log.txt"
    creator = examples.creator(MARKER, bio=MARKER)
    creator["comments"] = [{"comment_id": MARKER, "text": MARKER, "author_id": MARKER}]
    with running(log, loaded.environment()) as client:
        report = client.post("/v1/score", json={"creator": creator})
        assert (report.status_code, report.json()["creator_id"]) == (200, MARKER)
        batch = client.post("/v1/score_batch", json={"creators": [creator, examples.CREATOR]})
        assert [one["creator_id"] for one in batch.json()] == [MARKER, "creator-1"]
        ranking = client.post("/v1/rank", json=examples.RANK | {"candidates": [creator]})
        assert ranking.json()["results"][0]["creator_id"] == MARKER
        assert client.get("/v1/model").json()["version"] == loaded.fraud.contract.version
        assert client.get("/docs.json").json()["info"]["title"] == "Bonafide"
        assert client.post(f"/v1/score?{MARKER}", json={"creator": creator}).status_code == 400
        refused = client.post(
            "/v1/score",
            json={"creator": {**creator, MARKER: MARKER, "followers": MARKER}},
            headers={"content-type": MARKER, "user-agent": MARKER},
        )
        assert refused.status_code == 400
        assert f"/creator/{MARKER}" in {fault["pointer"] for fault in refused.json()["errors"]}
        assert client.post("/v1/score", content=f'{{"{MARKER}').status_code == 400
        assert client.get(f"/{MARKER}").headers["content-type"] == "application/problem+json"
        assert client.post("/livez").json()["status"] == 405
        for check in ("/livez", "/healthz", "/readyz"):
            assert client.get(check).status_code == 200
        metrics = client.get("/metrics").text
        assert re.search(r'request_total\{endpoint="/v1/score",http_response_code="200".*\} 1\.0', metrics)
        assert MARKER not in metrics
        page = client.get("/docs")
        assert "script-src 'self'" in page.headers["content-security-policy"]
        for asset in re.findall(r'(?:src|href)="\./([^"]+)"', page.text):
            assert client.get(f"/{asset}").status_code == 200
    written = log.read_text()
    since = written[written.index('{"time"') :].splitlines()  # before it listens, it speaks to people
    lines = [json.loads(line) for line in since]
    scored = next(line for line in lines if line.get("route") == "/v1/score")
    assert (scored["method"], scored["status"], scored["model"]) == ("POST", 200, loaded.fraud.contract.version)
    assert MARKER not in written


def runners() -> list[psutil.Process]:
    """The one that works on jobs, and such as have yet to find out that it does: each worker starts one."""
    found = []
    for one in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "serving.jobs.runner" in one.cmdline():
                found.append(one)
    return found


def send(number: signal.Signals, processes: list[psutil.Process]) -> None:
    for one in processes:
        with suppress(psutil.NoSuchProcess):
            one.send_signal(number)


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_job_outlives_the_process_that_works_on_it_and_the_service(tmp_path: Path, loaded: Loaded) -> None:
    creators = simulate(300, seed=8).tables
    records.write(creators, tmp_path / "in")
    rows = {row["creator_id"]: row for row in map(json.loads, creators.creators.write_ndjson().splitlines())}
    for table in records.RECORD_TABLES[1:]:
        for row in map(json.loads, creators[table.name].write_ndjson().splitlines()):
            rows[row.pop("creator_id")].setdefault(table.name, []).append(row)
    body = "".join(json.dumps(row) + "\n" for row in rows.values())
    settings = loaded.environment() | {"BONAFIDE_JOB_WORKERS": "1", "BONAFIDE_JOB_MEMORY": "1"}
    log, home = tmp_path / "log.txt", tmp_path / "home"
    ndjson = {"content-type": "application/x-ndjson"}

    def state() -> dict:
        return client.get(f"/v1/jobs/{job_id}").json()

    with running(log, settings, workers=2) as client:
        job_id = client.post("/v1/jobs", content=body, headers=ndjson).json()["id"]
        until(lambda: state()["progress"]["done"])
        first = runners()
        assert first
        send(signal.SIGKILL, first)
        done = state()["progress"]["done"]
        assert done < 300
        until(lambda: state()["progress"]["done"] > done)
        second = runners()
        send(signal.SIGSTOP, second)  # so that it is not done before the service ends
        assert second
        assert not {*second} & {*first}
        assert client.post("/v1/score", json=examples.SCORE).status_code == 200
        assert state()["state"] == "running"
        send(signal.SIGCONT, second)
    stamps = {file: file.stat().st_mtime_ns for file in (home / "jobs" / job_id / "run" / "done").rglob("*.parquet")}
    assert stamps
    with running(log, settings) as client:
        until(lambda: state()["state"] == "done")
        content = client.get(f"/v1/jobs/{job_id}/result", headers={"accept": "application/vnd.apache.parquet"}).content
        assert job_id not in client.get("/metrics").text
    assert {file: file.stat().st_mtime_ns for file in stamps} == stamps
    expected = score_frame(loaded.fraud, records.read(tmp_path / "in"), explain=True)
    assert pl.read_parquet(io.BytesIO(content)).equals(expected)
    assert job_id not in log.read_text()


def test_others_are_let_in_with_a_key_until_it_is_revoked_and_what_is_begun_is_answered(
    tmp_path: Path, loaded: Loaded
) -> None:
    log, home = tmp_path / "log.txt", tmp_path / "home"
    made, presented = Keyring(home).create("", Role.SCORE)
    _, admin = Keyring(home).create("", Role.ADMIN)
    headers = {"authorization": f"Bearer {presented}", "connection": "close"}  # each request may meet another process
    batch = {"creators": [examples.creator(f"c{k}") for k in range(400)]}
    with running(log, loaded.environment(), workers=2, host="0.0.0.0") as client, ThreadPoolExecutor(1) as pool:  # noqa: S104
        assert {client.get("/v1/model", headers=headers).status_code for _ in range(10)} == {200}
        assert client.get("/v1/model").status_code == client.get("/metrics").status_code == 401
        assert client.get("/v1/audits", headers=headers).status_code == 403
        before = Uses(home).last(made)
        begun = pool.submit(client.post, "/v1/score_batch", json=batch, headers=headers)
        until(lambda: Uses(home).last(made) != before)
        revoke = [sys.executable, "-m", "bonafide", "keys", "revoke", made.id]
        subprocess.run(revoke, check=True, env={**os.environ, "BONAFIDE_HOME": str(home)}, capture_output=True)
        assert {client.get("/v1/model", headers=headers).status_code for _ in range(10)} == {401}
        assert begun.result(PATIENCE).status_code == 200
        metrics = client.get("/metrics", headers={"x-api-key": admin}).text
        assert re.search(r'bonafide_turned_away_total\{status="401"\} 1[0-9]\.0', metrics)
    assert presented[18:] not in log.read_text()
    assert Uses(home).last(made) is not None


async def storm(address: httpx.URL, requests: int) -> list[httpx.Response]:
    """Answers to that many small batches that are sent at once."""
    batch = {"creators": [examples.creator(f"c{k}") for k in range(10)]}
    limits = httpx.Limits(max_connections=requests)
    async with httpx.AsyncClient(timeout=PATIENCE, limits=limits, trust_env=False) as client:
        return await asyncio.gather(*(client.post(address, json=batch) for _ in range(requests)))


def test_what_is_over_capacity_is_told_to_come_again_and_what_is_begun_is_answered_to_the_end(
    tmp_path: Path, loaded: Loaded
) -> None:
    batch = {"creators": [examples.creator(f"c{k}") for k in range(1_000)]}
    with ThreadPoolExecutor(1) as pool:
        with running(tmp_path / "log.txt", loaded.environment()) as client:
            answers = asyncio.run(storm(client.base_url.join("/v1/score_batch"), 3 * MOST_UNDER_WAY))
            accepted = [answer for answer in answers if answer.status_code == 200]
            refused = [answer for answer in answers if answer.status_code == 503]
            assert len(accepted) >= MOST_UNDER_WAY
            assert len(accepted) + len(refused) == len(answers)
            assert {answer.headers["retry-after"] for answer in refused} == {"1"}
            begun = pool.submit(httpx.post, client.base_url.join("/v1/score_batch"), json=batch, timeout=PATIENCE)
            until(lambda: UNDER_WAY.search(client.get("/metrics").text))
            assert not begun.done()
        answer = begun.result(PATIENCE)
    assert (answer.status_code, len(answer.json())) == (200, 1_000)


def test_a_service_that_others_can_reach_does_not_start_without_a_key(tmp_path: Path) -> None:
    home = tmp_path / "home"
    made, _ = Keyring(home).create("", Role.ADMIN)
    Keyring(home).revoke(made.id)
    serve = [sys.executable, "-m", "bonafide", "serve", "--host", "0.0.0.0", "--port", str(free_port())]  # noqa: S104
    done = subprocess.run(
        serve, env={**os.environ, "BONAFIDE_HOME": str(home)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "bonafide keys create" in done.stderr


def test_an_index_that_changes_takes_effect_without_a_restart(tmp_path: Path, loaded: Loaded, corpus: Tables) -> None:
    assert loaded.fit is not None
    ids = corpus.creators["creator_id"].head(12).to_list()
    folder, log = tmp_path / "index", tmp_path / "log.txt"
    whole = {"brief": examples.BRIEF | {"max_risk": None, "countries": [], "platforms": [], "languages": []}}

    def pieces(creator_ids: list[str]) -> Iterator[Tables]:
        return index.pieces(corpus.select(creator_ids))

    def ranked() -> set[str]:
        answer = client.post("/v1/rank", json=whole)
        assert answer.status_code == 200, answer.text
        return {one["creator_id"] for one in answer.json()["results"]}

    with running(log, loaded.environment() | {"BONAFIDE_INDEX": str(folder)}) as client:
        assert client.post("/v1/rank", json=whole).status_code == 503
        index.build(pieces(ids[:10]), loaded.fit, loaded.fraud, folder)
        assert ranked() == set(ids[:10])
        index.add(pieces(ids[10:]), loaded.fit, loaded.fraud, folder)
        assert ranked() == set(ids)
        index.remove(ids[:2], folder)
        assert ranked() == set(ids[2:])
        gone = client.post("/v1/rank", json=whole | {"creator_ids": ids[:3]})
        assert gone.status_code == 404
        assert [ids[k] in gone.text for k in range(3)] == [True, True, False]
        alike = client.post("/v1/similar", json={"creator_id": ids[5]}).json()
        assert {one["creator_id"] for one in alike["results"]} == {*ids[2:5], *ids[6:]}
        (folder / "index.json").write_text("{")
        assert ranked() == set(ids[2:])
        assert client.get("/v1/model").json()["index"]["creators"] == 10
    written = log.read_text()
    assert f"bonafide: {folder}: No index is in service." in written
    assert "the one before it stays in service" in written
    assert not any(name in written for name in ids)


def test_a_model_that_does_not_hold_stops_the_service(tmp_path: Path, loaded: Loaded) -> None:
    folder = tmp_path / "model"
    loaded.fraud.save(folder)
    with (folder / "booster.txt").open("a") as booster:
        booster.write("\n")
    process = start(free_port(), tmp_path / "log.txt", {"BONAFIDE_FRAUD_MODEL": str(folder)})
    assert process.wait(PATIENCE) == 1
    written = (tmp_path / "log.txt").read_text()
    assert "bonafide: the service does not start:" in written
    assert "booster.txt: not as it was saved" in written
    assert "Traceback" not in written


def test_a_taken_port_is_told_before_anything_starts() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(launch.UsageError, match=r"cannot listen.*choose another with --port"):
            launch.serve("127.0.0.1", holder.getsockname()[1])


def test_workers_share_the_cores_and_nothing_is_reported_home(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BENTOML_DO_NOT_TRACK", "BENTOML_CONFIG_OPTIONS", "POLARS_MAX_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(launch, "cores", lambda: 8)
    assert launch.settings(2) == {
        "BENTOML_CONFIG_OPTIONS": "services.bonafide.workers=2",
        "POLARS_MAX_THREADS": "4",
        "OMP_NUM_THREADS": "1",
    }
    assert os.environ["BENTOML_DO_NOT_TRACK"] == "true"


def test_what_the_user_set_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENTOML_DO_NOT_TRACK", "false")
    monkeypatch.setenv("BENTOML_CONFIG_OPTIONS", "services.bonafide.traffic.timeout=9")
    monkeypatch.setenv("POLARS_MAX_THREADS", "3")
    settings = launch.settings(1)
    assert settings["POLARS_MAX_THREADS"] == "3"
    assert settings["BENTOML_CONFIG_OPTIONS"] == "services.bonafide.traffic.timeout=9 services.bonafide.workers=1"
    assert os.environ["BENTOML_DO_NOT_TRACK"] == "false"


@pytest.mark.skipif(not launch.MEMORY.is_dir(), reason="the system has no folder in memory")
def test_what_the_processes_count_lies_in_memory_and_goes_with_the_service(tmp_path: Path, loaded: Loaded) -> None:
    with running(tmp_path / "log.txt", loaded.environment()) as client:
        assert "bonafide_model_info{" in client.get("/metrics").text
        (own,) = launch.MEMORY.glob(f"bonafide-*-{client.base_url.port}")
        assert list(own.glob("prometheus_multiproc_dir/*.db"))
        assert own.stat().st_mode & 0o077 == 0
        assert not (tmp_path / "home" / "service").exists()
    assert not own.exists()


def test_a_folder_that_others_may_enter_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BENTOML_HOME", raising=False)
    monkeypatch.setenv("BONAFIDE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(launch, "MEMORY", tmp_path)
    in_memory = Path(launch._own_folder(3000)["BENTOML_HOME"])
    assert in_memory.parent == tmp_path
    in_memory.chmod(0o755)
    at_home = {"BENTOML_HOME": str(tmp_path / "home" / "service" / "3000")}
    assert launch._own_folder(3000) == at_home
    in_memory.rmdir()
    in_memory.symlink_to(tmp_path / "home")
    assert launch._own_folder(3000) == at_home


def test_workers_reach_each_other_and_leave_nothing_behind(tmp_path: Path, loaded: Loaded) -> None:
    with tempfile.TemporaryDirectory() as short:  # a socket's path has a hundred characters at most
        with running(tmp_path / "log.txt", loaded.environment() | {"TMPDIR": short}, workers=2):
            until(lambda: len(list(Path(short).glob("bonafide-*/*.worker"))) == 2)
        assert not list(Path(short).glob("bonafide-*"))


def test_two_services_on_one_machine_keep_their_own_metrics(tmp_path: Path, loaded: Loaded) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    with running(tmp_path / "one" / "log.txt", loaded.environment()) as first:
        assert first.post("/v1/score", json=examples.SCORE).status_code == 200
        with running(tmp_path / "other" / "log.txt", loaded.environment()) as second:
            assert 'endpoint="/v1/score"' not in second.get("/metrics").text
        assert re.search(
            r'request_total\{endpoint="/v1/score",http_response_code="200".*\} 1\.0', first.get("/metrics").text
        )
        assert "bonafide_model_info{" in first.get("/metrics").text
