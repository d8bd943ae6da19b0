"""One executor against two on a cluster of this machine: creators a second, each executor with one core.

Every creator has 30 posts, 100 comments, 90 days of history and 100 sampled followers, and is explained. Each size of
cluster is a Spark of its own, which scores a few creators first, so that its processes are up and the model is read.
Uses the model of `--model`, else the champion, else trains a small one on simulated creators. Two cores must be free.

An executor of one core is a Java process with one task at a time, and a Python process that works for it: nothing here
holds the two to one core, so a single executor takes part of the second core as well. A cluster manager gives it a
container of one core. So both are measured: free, and with all processes of each executor held to a core of its own.

    python bench/bench_spark.py [--creators 4000] [--runs 2] [--model DIR] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from pathlib import Path

import psutil
from bundle import model
from results import Results, Table, options, rate
from sized import sized

from bonafide.terminal import say
from features import records
from models.fraud import FraudBundle

FOLLOWERS = 100
FEW = 20
"""Creators that warm a cluster up."""
TASKS = 8
EXECUTORS = (1, 2)
EXECUTOR = "CoarseGrainedExecutorBackend"
"""Spark's class of them, as it stands in the command line."""


def main() -> None:
    """Print the table, or time one cluster where another process asked for that."""
    parser = options(__doc__)
    parser.add_argument("--creators", type=int, default=4_000)
    parser.add_argument("--runs", type=int, default=2, help="of which the fastest counts")
    parser.add_argument("--model", type=Path, help="folder of a fraud bundle")
    parser.add_argument("--cluster", nargs=2, metavar=("EXECUTORS", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--held", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.cluster:
        sys.stdout.write(json.dumps(timed(int(asked.cluster[0]), Path(asked.cluster[1]), asked)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        bundle, name = model(Path(scratch), asked.model)
        asked.model = bundle.folder
        write(Path(scratch), asked.creators)
        seconds = {
            (held, executors): min(apart(executors, Path(scratch), asked, held=held))
            for held in (False, True)
            for executors in EXECUTORS
        }
    rows = [
        (
            str(n),
            "held to one core each" if held else "free",
            f"{seconds[held, EXECUTORS[0]] / took:.2f}x",
            rate(asked.creators / took),
            f"{took:.1f} s",
        )
        for (held, n), took in seconds.items()
    ]
    title = f"{asked.creators:,} creators explained on Spark, executors of one core: {name}"
    table = Table(title, ("executors", "processes", "faster", "creators a second", "time"), rows)
    figures = {f"{n} executors{', held' if held else ''}, s": took for (held, n), took in seconds.items()}
    Results("spark", [table], figures).tell(asked)


def write(scratch: Path, creators: int) -> None:
    """The corpus, and a few creators of it."""
    say(f"Making {creators:,} creators ...")
    tables = sized(creators, followers=FOLLOWERS)
    records.write(tables, scratch / "corpus")
    records.write(tables.select(tables.creators["creator_id"].head(FEW).to_list()), scratch / "few")


def apart(executors: int, scratch: Path, asked: argparse.Namespace, *, held: bool) -> list[float]:
    """The seconds that `timed` found in a process of its own: one process holds one Spark."""
    say(f"A cluster of {executors}{', held' if held else ''} ...")
    own = ["--cluster", str(executors), str(scratch), "--runs", str(asked.runs), "--model", str(asked.model)]
    own += ["--held"] * held
    done = subprocess.run([sys.executable, __file__, *own], check=True, stdout=subprocess.PIPE, text=True)
    return list(json.loads(done.stdout))


def timed(executors: int, scratch: Path, asked: argparse.Namespace) -> list[float]:
    """Seconds of each run on a cluster of so many executors."""
    from pyspark.sql import SparkSession

    from models.spark import score

    os.environ |= {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": str(scratch / "work")}
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = (
        SparkSession.builder.master(f"local-cluster[{executors},1,2048]")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    warnings.simplefilter("ignore")
    bundle = FraudBundle.load(asked.model)
    found = []
    for source in ("few", *["corpus"] * asked.runs):
        if source == "corpus" and asked.held:
            hold(executors)
        begun = time.perf_counter()
        rows = score(spark, str(scratch / source), bundle, explain=True, tasks=TASKS)
        rows.write.format("noop").mode("overwrite").save()
        if source == "corpus":
            found.append(time.perf_counter() - begun)
    spark.stop()
    return found


def hold(executors: int) -> None:
    """Bind each executor, with its Python processes and every thread of theirs, to a core of its own."""
    cores = sorted(os.sched_getaffinity(0))
    running = [one for one in psutil.Process().children(recursive=True) if is_executor(one)]
    if len(running) != executors or executors > len(cores):
        raise SystemExit(f"there are {len(running)} executors and {len(cores)} cores for {executors}")
    for core, one in zip(cores, running, strict=False):
        for process in (one, *one.children(recursive=True)):
            with suppress(psutil.Error):  # what ends meanwhile takes no core
                for thread in process.threads():
                    with suppress(ProcessLookupError):
                        os.sched_setaffinity(thread.id, {core})


def is_executor(process: psutil.Process) -> bool:
    """Whether it is Java's process of an executor, and has not ended meanwhile."""
    try:
        return EXECUTOR in " ".join(process.cmdline())
    except psutil.Error:
        return False


if __name__ == "__main__":
    main()
