"""`/v1/score` beside empty BentoML endpoints that take the same body, and beside `mlflow models serve` of its model.

The services run side by side with as many workers each; one of them is asked at a time. A round asks each for some
seconds from several connections, each time about another creator; the medians of the rounds and the ratios count. A
record has 30 posts, 100 comments and 90 days of history. MLflow serves the model twice: as it is registered, which
takes a row of ready signals and gives its probability alone; and behind the same features (`record_model.py`), which
takes the record and gives the report. Batches come from four callers for each worker, for four times as long. Uses the
champion unless `--model` names a folder, else trains a small model.

    python bench/bench_endpoint.py [--seconds 5] [--rounds 3] [--connections 16] [--workers 2] [--model DIR]
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import orjson
from bundle import model
from results import Results, Table, options, rate
from services import BONAFIDE, HERE, of_bonafide, running
from sized import nested, sized

from features import records
from models.boosters.booster import matrix
from models.machine.cores import cores
from models.settings import telemetry_off
from serving.launch import settings

if TYPE_CHECKING:
    import argparse

    from features.records import Tables
    from models.fraud import FraudBundle

BATCH = 500
BATCHES = 4
"""Callers with batches for each worker: of fewer, all may come to one worker while another has nothing to do."""
LONGER = 4
"""Times as long batches are asked for: one takes seconds."""
EMPTY = """
import os, sys
from serving.launch import settings
command = [sys.executable, "-m", "bentoml", "serve", "empty_service:Empty", "--port", sys.argv[1]]
options = f"services.empty.workers={sys.argv[2]}"
os.execve(sys.executable, command, os.environ | settings(int(sys.argv[2])) | {"BENTOML_CONFIG_OPTIONS": options})
"""
MLFLOW = """
import os, sys
command = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", os.environ["SERVED"]]
command += ["--env-manager", "local", "--host", "127.0.0.1", "--port", sys.argv[1], "--workers", sys.argv[2]]
os.execv(sys.executable, command)
"""
MOUNTED, METHOD, RECORDS = "empty, mounted", "empty, a method", "mlflow models serve, records"


@dataclass(frozen=True)
class Door:
    """One endpoint under one name: its address, what is sent in turn, and how many creators each of these is."""

    name: str
    address: str
    bodies: list[bytes]
    creators: int = 1


@dataclass(frozen=True)
class Round:
    """What a few seconds of asking gave."""

    a_second: float
    p50: float
    p99: float


def main() -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--batch", type=int, default=BATCH, help="creators of a batch")
    parser.add_argument("--model", type=Path, help="folder of a fraud bundle")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        scratch = Path(folder)
        bundle, name = model(scratch, asked.model)
        tables = sized(asked.batch, followers=0)
        starts = {
            service: running(command, asked.workers, environment, scratch / f"{service}.log", ready)
            for service, (command, environment, ready) in served(scratch, bundle, tables).items()
        }
        with ThreadPoolExecutor(len(starts)) as threads:  # each takes seconds to begin
            begun = threads.map(stack.enter_context, starts.values())
            addresses = {service: one.address for service, one in zip(starts, begun, strict=True)}
        found = rounds(doors(addresses, bundle, tables), asked)
    columns = (
        "",
        "of empty, mounted",
        "of empty, method",
        "of mlflow, records",
        "creators a second",
        "p50 ms",
        "p99 ms",
    )
    title = f"{name}, {asked.workers} workers, {asked.connections} connections"
    figures: dict[str, object] = {one: asdict(measured) for one, measured in found.items()}
    Results("endpoint", [Table(title, columns, [row(one, found) for one in found])], figures).tell(asked)


def served(scratch: Path, bundle: FraudBundle, tables: Tables) -> dict[str, tuple[list[str], dict[str, str], str]]:
    """The services: what starts each, its environment, and the path that says it is ready."""
    signals, of_records = mlflow_models(scratch, bundle, tables)
    python = [sys.executable, "-c"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # MLflow calls uvicorn by name
    threads = settings(cores()) | {"PATH": path, "MLFLOW_DISABLE_TELEMETRY": "true"}
    return {
        "bonafide": (list(BONAFIDE), of_bonafide(scratch, bundle.folder), "/readyz"),
        "empty": ([*python, EMPTY], {"BENTOML_HOME": str(scratch / "empty")}, "/readyz"),
        "signals": ([*python, MLFLOW], threads | {"SERVED": str(signals)}, "/ping"),
        "records": ([*python, MLFLOW], threads | {"SERVED": str(of_records)}, "/ping"),
    }


def mlflow_models(scratch: Path, bundle: FraudBundle, tables: Tables) -> tuple[Path, Path]:
    """The model in MLflow's layout: as `train` registers it, and wrapped to take records."""
    telemetry_off()
    import mlflow
    from mlflow.models import Model, infer_signature

    from models import flavour

    signals, of_records = scratch / "signals", scratch / "records"
    signature = infer_signature(matrix(bundle.signals(tables), bundle.names))
    flavour.save_model(str(signals), Model(), bundle.folder, signature)
    mlflow.pyfunc.save_model(
        str(of_records),
        python_model=str(HERE / "record_model.py"),
        artifacts={"bundle": str(bundle.folder.resolve())},
        pip_requirements=[],
    )
    return signals, of_records


def doors(addresses: dict[str, str], bundle: FraudBundle, tables: Tables) -> list[Door]:
    """Every endpoint, with what it is sent."""
    ours, empty = addresses["bonafide"], addresses["empty"]
    sent = nested(tables)
    one = [orjson.dumps({"creator": creator, "explain": True}) for creator in sent]
    bare = [orjson.dumps({"creator": creator, "explain": False}) for creator in sent]
    batch = [orjson.dumps({"creators": sent, "explain": True})]
    ready = matrix(bundle.signals(records.read(sent[:1])), bundle.names).to_json(orient="split", double_precision=15)
    return [
        Door(MOUNTED, f"{empty}/mounted", one),
        Door(METHOD, f"{empty}/method", one),
        Door("/v1/score explained", f"{ours}/v1/score", one),
        Door("/v1/score without reasons", f"{ours}/v1/score", bare),
        Door(f"/v1/score_batch of {len(sent)}", f"{ours}/v1/score_batch", batch, len(sent)),
        Door(
            RECORDS,
            f"{addresses['records']}/invocations",
            [orjson.dumps({"dataframe_records": [creator]}) for creator in sent],
        ),
        Door(
            "mlflow models serve, ready signals",
            f"{addresses['signals']}/invocations",
            [f'{{"dataframe_split": {ready}}}'.encode()],
        ),
    ]


def rounds(asked_of: list[Door], asked: argparse.Namespace) -> dict[str, Round]:
    """The median round of each door; the first, which warms it up, does not count."""
    found: dict[str, list[Round]] = {one.name: [] for one in asked_of}
    for number in range(asked.rounds + 1):
        for one in asked_of:
            many = one.creators > 1
            connections = BATCHES * asked.workers if many else asked.connections
            seconds = asked.seconds * (LONGER if many else 1)
            measured = asyncio.run(ask(one, seconds if number else min(1.0, seconds), connections))
            if number:
                found[one.name].append(measured)
    return {
        name: Round(*(statistics.median(getattr(one, field) for one in each) for field in ("a_second", "p50", "p99")))
        for name, each in found.items()
    }


async def ask(door: Door, seconds: float, connections: int) -> Round:
    """Ask from so many connections at once, each again as soon as it has its answer.

    What is answered counts up to the first answer after those seconds: until then nobody has stopped asking.
    """
    answered: list[tuple[float, float]] = []
    begun = time.perf_counter()
    bodies = cycle(door.bodies)

    async def one(session: aiohttp.ClientSession) -> None:
        now = begun
        while not answered or now - begun < seconds:
            sent = time.perf_counter()
            async with session.post(
                door.address, data=next(bodies), headers={"content-type": "application/json"}
            ) as answer:
                content = await answer.read()
                assert answer.status == 200, content[:300]
            now = time.perf_counter()
            answered.append((now, now - sent))

    # A session has a hundred connections unless told otherwise. A batch comes by one of its own, as from many callers.
    every = aiohttp.TCPConnector(limit=0, force_close=door.creators > 1)
    async with aiohttp.ClientSession(connector=every, timeout=aiohttp.ClientTimeout(300)) as session:
        await asyncio.gather(*(one(session) for _ in range(connections)))
    return counted(answered, begun, seconds, door.creators)


def counted(answered: list[tuple[float, float]], begun: float, seconds: float, creators: int) -> Round:
    """What was answered, when and after how long, up to the first that came after so many seconds."""
    answered.sort()
    within = sum(now - begun < seconds for now, _ in answered)
    counts = answered[: within + 1]
    took = sorted(each for _, each in counts)
    return Round(
        creators * len(counts) / (counts[-1][0] - begun),
        1e3 * took[len(took) // 2],
        1e3 * took[min(len(took) - 1, 99 * len(took) // 100)],
    )


def row(name: str, found: dict[str, Round]) -> tuple[str, ...]:
    """A line of the table: ratios to the others first."""
    one = found[name]
    ratios = (f"{one.a_second / found[other].a_second:.3f}" for other in (MOUNTED, METHOD, RECORDS))
    return (name, *ratios, rate(one.a_second), f"{one.p50:.1f}", f"{one.p99:.1f}")


if __name__ == "__main__":
    main()
