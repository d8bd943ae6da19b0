"""`/v1/score` and `/v1/score_batch` beside empty BentoML endpoints that take the same body, in turn in the same run.

A service of Bonafide and one of `empty_service.py` run side by side with as many workers each; one of them is asked at
a time. A round asks each for some seconds from several connections; the medians of the rounds and the ratios
to the empty endpoints count. The record has 30 posts, 100 comments and 90 days of history. Uses the champion unless
`--model` names a folder, else trains a small model.

    python bench/bench_endpoint.py [--seconds 5] [--rounds 3] [--connections 16] [--workers 2] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import orjson
from bench_score import model
from sized import nested, sized

from bonafide.output import print_table

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = 500
HERE = Path(__file__).resolve().parent
BONAFIDE = "import sys; from serving.launch import serve; serve('127.0.0.1', int(sys.argv[1]), int(sys.argv[2]))"
EMPTY = """
import os, sys
from serving.launch import settings
command = [sys.executable, "-m", "bentoml", "serve", "empty_service:Empty", "--port", sys.argv[1]]
options = f"services.empty.workers={sys.argv[2]}"
os.execve(sys.executable, command, os.environ | settings(int(sys.argv[2])) | {"BENTOML_CONFIG_OPTIONS": options})
"""


@dataclass(frozen=True)
class Door:
    """One endpoint under one name: its address, what is sent, and how many creators that are."""

    name: str
    address: str
    body: bytes
    creators: int = 1


@dataclass(frozen=True)
class Round:
    """What a few seconds of asking gave."""

    a_second: float
    p50: float
    p99: float


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--connections", type=int, default=16)
    options.add_argument("--workers", type=int, default=os.cpu_count())
    options.add_argument("--model", type=Path, help="folder of a fraud bundle")
    options.add_argument("--json", type=Path, help="write the figures there too")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bundle, name = model(Path(scratch), asked.model)
        home = {"BONAFIDE_HOME": f"{scratch}/home", "BONAFIDE_FRAUD_MODEL": str(bundle.folder.resolve())}
        with (
            service(BONAFIDE, asked.workers, home, Path(scratch, "bonafide.log")) as ours,
            service(EMPTY, asked.workers, {"BENTOML_HOME": f"{scratch}/empty"}, Path(scratch, "empty.log")) as empty,
        ):
            found = rounds(doors(ours, empty), asked)
    print_table(
        ("", "creators a second", "ratio to mounted", "ratio to method", "p50 ms", "p99 ms"),
        [row(name, found) for name in found],
        title=f"{name}, {asked.workers} workers, {os.cpu_count()} cores, {asked.connections} connections",
    )
    if asked.json is not None:
        asked.json.write_text(json.dumps({name: vars(one) for name, one in found.items()}, indent=2) + "\n", "utf-8")


def doors(ours: str, empty: str) -> list[Door]:
    """Every endpoint, with what it is sent."""
    records = nested(sized(BATCH, followers=0))
    one = orjson.dumps({"creator": records[0], "explain": True})
    bare = orjson.dumps({"creator": records[0], "explain": False})
    return [
        Door("empty, mounted", f"{empty}/mounted", one),
        Door("empty, a method", f"{empty}/method", one),
        Door("/v1/score explained", f"{ours}/v1/score", one),
        Door("/v1/score without reasons", f"{ours}/v1/score", bare),
        Door(
            f"/v1/score_batch of {BATCH}",
            f"{ours}/v1/score_batch",
            orjson.dumps({"creators": records, "explain": True}),
            BATCH,
        ),
    ]


def rounds(asked_of: list[Door], asked: argparse.Namespace) -> dict[str, Round]:
    """The median round of each door; the first, which warms it up, does not count."""
    found: dict[str, list[Round]] = {one.name: [] for one in asked_of}
    for number in range(asked.rounds + 1):
        for one in asked_of:
            connections = asked.connections if one.creators == 1 else asked.workers
            measured = asyncio.run(ask(one, asked.seconds if number else 1.0, connections))
            if number:
                found[one.name].append(measured)
    return {
        name: Round(*(statistics.median(getattr(one, field) for one in each) for field in ("a_second", "p50", "p99")))
        for name, each in found.items()
    }


async def ask(door: Door, seconds: float, connections: int) -> Round:
    """Ask from so many connections at once, each again as soon as it has its answer."""
    took: list[float] = []
    begun = time.perf_counter()

    async def one(session: aiohttp.ClientSession) -> None:
        while time.perf_counter() - begun < seconds:
            sent = time.perf_counter()
            async with session.post(
                door.address, data=door.body, headers={"content-type": "application/json"}
            ) as answer:
                content = await answer.read()
                assert answer.status == 200, content[:300]
            took.append(time.perf_counter() - sent)

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(300)) as session:
        await asyncio.gather(*(one(session) for _ in range(connections)))
    passed = time.perf_counter() - begun
    took.sort()
    return Round(
        door.creators * len(took) / passed,
        1e3 * took[len(took) // 2],
        1e3 * took[min(len(took) - 1, 99 * len(took) // 100)],
    )


@contextmanager
def service(code: str, workers: int, environment: dict[str, str], log: Path) -> Iterator[str]:
    """A service that is ready, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address, path = f"http://127.0.0.1:{port}", os.pathsep.join([str(HERE), str(HERE.parent)])
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(port), str(workers)],
            env=os.environ | {"PYTHONPATH": path} | environment,
            stdout=file,
            stderr=file,
        )
    try:
        asyncio.run(ready(address, process, log))
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(90)


async def ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for the service."""
    async with aiohttp.ClientSession() as session:
        while True:
            assert process.poll() is None, log.read_text()[-3_000:]
            try:
                async with session.get(f"{address}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)


def row(name: str, found: dict[str, Round]) -> tuple[str, ...]:
    """A line of the table."""
    one = found[name]
    mounted, method = found["empty, mounted"].a_second, found["empty, a method"].a_second
    rate = f"{one.a_second:,.0f}" if one.a_second >= 100 else f"{one.a_second:.1f}"
    return (
        name,
        rate,
        f"{one.a_second / mounted:.3f}",
        f"{one.a_second / method:.3f}",
        f"{one.p50:.1f}",
        f"{one.p99:.1f}",
    )


if __name__ == "__main__":
    main()
