"""A job of any size: creators a second, memory from tenth to tenth, and how long requests take meanwhile.

Starts the service, hands in one job as NDJSON (records of 30 posts, 100 comments and 90 days of history in turn, under
ids of their own, made as they are sent), and looks once a second at the job, at the memory of all processes of the
service and at the time that a small request takes, before the job and during it. Uses the champion, else trains a small
model. `--kill` ends the process that works on the job by SIGKILL at every tenth.

    python bench/bench_jobs.py [--creators 20000] [--kill] [--no-explain]
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import orjson
from bench_score import model
from sized import nested, sized

from bonafide.output import print_table
from serving import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

START = "import sys; from serving.launch import serve; serve('127.0.0.1', int(sys.argv[1]))"
DIFFERENT = 200
NDJSON = {"content-type": "application/x-ndjson"}
PAGE = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--creators", type=int, default=20_000)
    options.add_argument("--kill", action="store_true", help="kill the working process at every tenth")
    options.add_argument("--no-explain", action="store_true", help="without reasons")
    options.add_argument("--model", type=Path, help="folder of a fraud bundle")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bundle, name = model(Path(scratch), asked.model)
        settings = {"BONAFIDE_HOME": f"{scratch}/home", "BONAFIDE_FRAUD_MODEL": str(bundle.folder.resolve())}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with Path(scratch, "log.txt").open("wb") as log:
            command = [sys.executable, "-c", START, str(port)]
            service = subprocess.Popen(command, env=os.environ | settings, stdout=log, stderr=log)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=3600, trust_env=False) as client:
                ready(client)
                rows = watched(client, service.pid, asked)
        finally:
            service.send_signal(signal.SIGINT)
            service.wait(60)
    title = f"A job of {asked.creators:,} creators: {name}, {os.cpu_count()} cores"
    print_table(("done", "seconds", "a second", "memory MB", "of it the runner's", "a request ms"), rows, title=title)


def ready(client: httpx.Client) -> None:
    """Wait for the service."""
    while True:
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)


def lines(creators: int) -> Iterator[bytes]:
    """Records as they are sent."""
    models = nested(sized(DIFFERENT, followers=0))
    for k in range(creators):
        yield orjson.dumps({**models[k % DIFFERENT], "creator_id": f"c{k:08}"}) + b"\n"


def watched(client: httpx.Client, service: int, asked: argparse.Namespace) -> list[tuple[str, ...]]:
    """A row for each tenth, and one before the job."""
    idle = statistics.median(request(client) for _ in range(20))
    rows = [("before", "", "", megabytes(family(service)), "", f"{idle:.0f}")]
    begun = time.monotonic()
    explain = {"explain": str(not asked.no_explain).lower()}
    job = client.post("/v1/jobs", content=lines(asked.creators), headers=NDJSON, params=explain).json()
    rows.append(("received", f"{time.monotonic() - begun:.0f}", "", megabytes(family(service)), "", ""))
    tenth, most, of_runner, took = 1, 0, 0, list[float]()
    begun = time.monotonic()
    while True:
        job = client.get(f"/v1/jobs/{job['id']}").json()
        took.append(request(client))
        runners = [pid for pid in family(service) if "serving.jobs.runner" in command_of(pid)]
        most = max(most, memory(family(service)))
        of_runner = max(of_runner, memory([one for pid in runners for one in family(pid)]))
        finished = job["state"] not in ("queued", "running")
        if job["progress"]["done"] >= tenth * asked.creators / 10 or finished:
            seconds = time.monotonic() - begun
            done, told = job["progress"]["done"], f"{statistics.median(took):.0f}"
            figures = (f"{done / seconds:,.0f}", f"{most / 1e6:,.0f}", f"{of_runner / 1e6:,.0f}", told)
            rows.append((job["state"] if finished else f"{done:,}", f"{seconds:.0f}", *figures))
            tenth, most, of_runner, took = tenth + 1, 0, 0, []
            if asked.kill and runners and not finished:
                os.kill(runners[0], signal.SIGKILL)
        if finished:
            result(client, job, asked.creators)
            return rows
        time.sleep(1)


def result(client: httpx.Client, job: dict[str, object], creators: int) -> None:
    """Every creator once, in the order sent."""
    assert job["state"] == "done", job
    with client.stream("GET", f"/v1/jobs/{job['id']}/result") as answer:
        for number, line in enumerate(answer.iter_lines()):
            assert orjson.loads(line)["creator_id"] == f"c{number:08}"
    assert number == creators - 1


def request(client: httpx.Client) -> float:
    """Milliseconds for an explained score."""
    begun = time.perf_counter()
    assert client.post("/v1/score", json=examples.SCORE).status_code == 200
    return 1e3 * (time.perf_counter() - begun)


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [one for child in children.read_text().split() for one in family(int(child))]
        except OSError:
            continue
    return found


def memory(pids: list[int]) -> int:
    """Resident bytes."""
    total = 0
    for pid in pids:
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        except (OSError, IndexError):
            continue
    return total


def megabytes(pids: list[int]) -> str:
    """Resident memory, to read."""
    return f"{memory(pids) / 1e6:,.0f}"


def command_of(pid: int) -> str:
    """The command line of a process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


if __name__ == "__main__":
    main()
