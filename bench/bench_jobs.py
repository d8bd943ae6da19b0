"""A job of any size: creators a second, memory from tenth to tenth, and how long requests take meanwhile.

Starts the service, hands in one job as NDJSON (records in turn, under ids of their own, made as they are sent), and
looks once a second at the job, at the memory of all processes of the service and at the time that a small request
takes, before the job and during it. A record has 30 posts, 100 comments and 90 days of history; `--small` makes it 12
posts, 10 comments and 30 days, so that a job of a million ends within the hour. Uses the champion, else trains a small
model. `--kill` ends the process that works on the job by SIGKILL at every tenth.

    python bench/bench_jobs.py [--creators 20000] [--small] [--kill] [--no-explain] [--model DIR] [--json FILE]
"""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import orjson
from bundle import model
from results import Results, Table, options
from services import BONAFIDE, command_of, family, memory, of_bonafide, running
from sized import nested, sized

from models.machine.cores import cores
from serving.api import examples

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

DIFFERENT = 200
SMALL = {"posts": 12, "comments": 10, "days": 30}
NDJSON = {"content-type": "application/x-ndjson"}
COLUMNS = ("done", "seconds", "a second", "memory MB", "of it the runner's", "a request ms")


def main() -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.add_argument("--creators", type=int, default=20_000)
    parser.add_argument("--small", action="store_true", help="records of 12 posts, 10 comments and 30 days")
    parser.add_argument("--kill", action="store_true", help="kill the working process at every tenth")
    parser.add_argument("--no-explain", action="store_true", help="without reasons")
    parser.add_argument("--model", type=Path, help="folder of a fraud bundle")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        bundle, name = model(scratch, asked.model)
        settings = of_bonafide(scratch, bundle.folder)
        with (
            running(BONAFIDE, cores(), settings, scratch / "log.txt") as service,
            httpx.Client(base_url=service.address, timeout=3600, trust_env=False) as client,
        ):
            rows = watched(client, service.process.pid, asked)
    size = ", 12 posts, 10 comments and 30 days each" if asked.small else ""
    Results("jobs", [Table(f"A job of {asked.creators:,} creators{size}: {name}", COLUMNS, rows)]).tell(asked)


def lines(creators: int, **size: int) -> Iterator[bytes]:
    """Records as they are sent."""
    models = nested(sized(DIFFERENT, followers=0, **size))
    for k in range(creators):
        yield orjson.dumps({**models[k % DIFFERENT], "creator_id": f"c{k:08}"}) + b"\n"


def watched(client: httpx.Client, service: int, asked: argparse.Namespace) -> list[tuple[str, ...]]:
    """A row for each tenth, and one before the job."""
    idle = statistics.median(request(client) for _ in range(20))
    rows = [("before", "", "", megabytes(family(service)), "", f"{idle:.0f}")]
    begun = time.monotonic()
    explain = {"explain": str(not asked.no_explain).lower()}
    sent = lines(asked.creators, **(SMALL if asked.small else {}))
    job = client.post("/v1/jobs", content=sent, headers=NDJSON, params=explain).json()
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


def megabytes(pids: list[int]) -> str:
    """Resident memory, to read."""
    return f"{memory(pids) / 1e6:,.0f}"


if __name__ == "__main__":
    main()
