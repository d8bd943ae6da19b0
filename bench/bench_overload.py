"""A thousand clients at once, far over capacity, a worker killed meanwhile: what becomes of every request and of a job.

Each client sends the standard record (30 posts, 100 comments, 90 days) for an explained score, waits for the answer and
sends the next; told to come again, it does when `Retry-After` says. Half way, the worker that the job's process belongs
to is ended by SIGKILL. Prints what was answered, how long accepted requests took, and the memory of the workers.

Exits with 1 where a request failed otherwise than with 429 or 503 and `Retry-After` (or by the kill itself), where the
memory of a worker that lived grew by more than a tenth, where p99 is over five times the median, or where a row of the
job is lost or there twice. Uses the champion, else trains a small model.

    python bench/bench_overload.py [--clients 1000] [--seconds 60] [--workers 2] [--job 1000] [--model DIR]
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import httpx
import numpy as np
import orjson
from bench_jobs import NDJSON, lines, result
from bundle import model
from results import Results, Table, options
from services import BONAFIDE, command_of, family, memory, of_bonafide, running
from sized import nested, sized

if TYPE_CHECKING:
    import argparse

WARM = 10.0
"""Seconds after which memory is held against what comes later: by then everything was loaded that is loaded late."""
GRACE = 2.0
"""Seconds after the kill in which connections of the killed worker may break."""
RETURN = 60.0
MOST_GROWTH, MOST_TAIL = 1.1, 5.0


@dataclass
class Seen:
    """What was seen."""

    told: Counter[str] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    killed_at: float = float("inf")
    after_kill: int = 0
    back: float | None = None
    workers: dict[int, list[tuple[float, int]]] = field(default_factory=dict)


async def client(session: aiohttp.ClientSession, address: str, body: bytes, end: float, seen: Seen) -> None:
    """Send one after the other until the end."""
    while time.monotonic() < end:
        begun = time.monotonic()
        try:
            async with session.post(address, data=body, headers={"content-type": "application/json"}) as answer:
                await answer.read()
                again = answer.headers.get("retry-after")
        except (aiohttp.ClientError, OSError):
            by_kill = begun <= seen.killed_at + GRACE and time.monotonic() >= seen.killed_at
            seen.told["broken by the kill" if by_kill else "broken"] += 1
            continue
        refused = answer.status in (429, 503)
        seen.told[f"{answer.status}" + (" without Retry-After" if refused and again is None else "")] += 1
        if answer.status == 200:
            seen.took.append(time.monotonic() - begun)
            seen.after_kill += begun > seen.killed_at
        elif again is not None:
            await asyncio.sleep(float(again))


async def watch(service: int, seconds: float, wanted: int, seen: Seen) -> None:
    """Look at the workers once a second, and kill one half way."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        now = workers(service)
        for pid in now:
            seen.workers.setdefault(pid, []).append((time.monotonic() - begun, memory([pid])))
        if seen.killed_at == float("inf") and time.monotonic() - begun > seconds / 2:
            victim = next((pid for pid in now if any(map(is_runner, family(pid)))), now[0])
            seen.killed_at = time.monotonic()
            os.kill(victim, signal.SIGKILL)
        elif seen.back is None and time.monotonic() > seen.killed_at + 0.5 and len(now) == wanted:
            seen.back = time.monotonic() - seen.killed_at
        await asyncio.sleep(1)


def workers(service: int) -> list[int]:
    """The processes that answer."""
    return [pid for pid in family(service) if "worker.service" in command_of(pid)]


def is_runner(pid: int) -> bool:
    """Whether a process works on jobs."""
    return "serving.jobs.runner" in command_of(pid)


async def storm(address: str, body: bytes, service: int, asked: argparse.Namespace, seen: Seen) -> None:
    """All clients, and the watch."""
    end = time.monotonic() + asked.seconds
    connector = aiohttp.TCPConnector(limit=asked.clients)
    timeout = aiohttp.ClientTimeout(total=asked.seconds + 300)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session, asyncio.TaskGroup() as group:
        group.create_task(watch(service, asked.seconds, asked.workers, seen))
        for _ in range(asked.clients):
            group.create_task(client(session, f"{address}/v1/score", body, end, seen))


def main() -> int:
    """Print the tables; 1 where something does not hold."""
    parser = options(__doc__)
    parser.add_argument("--clients", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--job", type=int, default=1_000, help="creators of the job that is worked on meanwhile")
    parser.add_argument("--model", type=Path, help="folder of a fraud bundle")
    asked = parser.parse_args()
    body = orjson.dumps({"creator": nested(sized(1, followers=0))[0]})
    seen = Seen()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        bundle, name = model(scratch, asked.model)
        settings = of_bonafide(scratch, bundle.folder)
        with (
            running(BONAFIDE, asked.workers, settings, scratch / "log.txt") as service,
            httpx.Client(base_url=service.address, timeout=3600, trust_env=False) as one,
        ):
            pid = service.process.pid
            job = one.post("/v1/jobs", content=lines(asked.job), headers=NDJSON, params={"explain": "false"}).json()
            asyncio.run(storm(service.address, body, pid, asked, seen))
            seen.back = seen.back or returned(pid, asked.workers, seen.killed_at)
            while job["state"] in ("queued", "running"):
                time.sleep(1)
                job = one.get(f"/v1/jobs/{job['id']}").json()
            result(one, job, asked.job)
            alive = service.process.poll() is None
    return told(seen, asked, name, alive=alive)


def returned(service: int, wanted: int, since: float) -> float | None:
    """Seconds until there were as many workers again; None where that takes longer than a minute."""
    while len(workers(service)) < wanted:
        if time.monotonic() - since > RETURN:
            return None
        time.sleep(0.5)
    return time.monotonic() - since


def told(seen: Seen, asked: argparse.Namespace, name: str, *, alive: bool) -> int:
    """Print what was seen and what holds."""
    p50, p99 = np.percentile(seen.took, (50, 99))
    lived = {pid: [size for when, size in sizes if when > WARM] for pid, sizes in seen.workers.items()}
    first = next(iter(seen.workers.values()))[0][0]
    there = {
        pid for pid, sizes in seen.workers.items() if sizes[0][0] <= first + 0.5
    }  # one that returned is warming up
    lived = {pid: sizes for pid, sizes in lived.items() if pid in there and len(sizes) > (asked.seconds - WARM) * 0.6}
    growth = max((max(sizes) / sizes[0] for sizes in lived.values()), default=float("nan"))
    allowed = {"200", "429", "503", "broken by the kill"}
    answers = [(what, f"{count:,}") for what, count in sorted(seen.told.items())]
    facts = [
        (
            "no other failure than 429 and 503 with Retry-After",
            str(set(seen.told) - allowed or "none"),
            not set(seen.told) - allowed,
        ),
        ("p99 of accepted requests / median", f"{p99 / p50:.2f} ({p99:.2f} s / {p50:.2f} s)", p99 <= MOST_TAIL * p50),
        ("memory of a worker, largest / after warm-up", f"{growth:.3f}", growth <= MOST_GROWTH),
        ("answered after the kill", f"{seen.after_kill:,}", seen.after_kill > 0),
        ("the killed worker returned after", f"{seen.back or float('nan'):.1f} s", seen.back is not None),
        ("rows of the job, each once and in order", f"{asked.job:,}", True),
        ("the service lives", str(alive), alive),
    ]
    title = f"{asked.clients:,} clients for {asked.seconds:g} s: {name}, {asked.workers} workers"
    holding = [(*fact, "yes" if holds else "NO") for *fact, holds in facts]
    tables = [Table(title, ("answer", "requests"), answers), Table("What holds", ("what", "is", "holds"), holding)]
    Results("overload", tables).tell(asked)
    return 0 if all(holds for *_, holds in facts) else 1


if __name__ == "__main__":
    sys.exit(main())
