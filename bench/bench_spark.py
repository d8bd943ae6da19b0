"""One executor against two on a cluster of this machine: creators a second, each executor with one core.

Every creator has 30 posts, 100 comments, 90 days of history and 100 sampled followers, and is explained. Each size of
cluster is a Spark of its own, which scores a few creators first, so that its processes are up and the model is read.
Uses the model of `--model`, else the champion, else trains a small one on simulated creators. Two cores must be free.

    python bench/bench_spark.py [--creators 4000] [--runs 2] [--model DIR] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path

from bonafide.output import print_table, say
from features import records
from features.errors import BonafideError
from models.fraud import FraudBundle
from models.registry import load_fraud
from models.settings import cores
from training.fraud import fit_fraud
from training.simulate import simulate

FOLLOWERS = 100
FEW = 20
"""Creators that warm a cluster up."""
TASKS = 8
EXECUTORS = (1, 2)


def main() -> None:
    """Print the table, or time one cluster where another process asked for that."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--creators", type=int, default=4_000)
    parser.add_argument("--runs", type=int, default=2, help="of which the fastest counts")
    parser.add_argument("--model", type=Path, help="folder of a fraud bundle")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--cluster", nargs=2, metavar=("EXECUTORS", "FOLDER"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.cluster:
        sys.stdout.write(json.dumps(timed(int(asked.cluster[0]), Path(asked.cluster[1]), asked)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        asked.model = model(Path(scratch), asked.model)
        write(Path(scratch), asked.creators)
        seconds = {executors: min(apart(executors, Path(scratch), asked)) for executors in EXECUTORS}
    tell(seconds, asked)


def model(scratch: Path, given: Path | None) -> Path:
    """The folder of the model."""
    if given is not None:
        return given
    try:
        return load_fraud().folder
    except BonafideError:
        say("Training a small model ...")
        trained = simulate(600, seed=7)
        return fit_fraud(trained.tables, scratch / "model", truth=trained.truth).bundle.folder


def write(scratch: Path, creators: int) -> None:
    """The corpus, and a few creators of it."""
    from sized import sized

    say(f"Making {creators:,} creators ...")
    tables = sized(creators, followers=FOLLOWERS)
    records.write(tables, scratch / "corpus")
    records.write(tables.select(tables.creators["creator_id"].head(FEW).to_list()), scratch / "few")


def apart(executors: int, scratch: Path, asked: argparse.Namespace) -> list[float]:
    """The seconds that `timed` found in a process of its own: one process holds one Spark."""
    say(f"A cluster of {executors} ...")
    own = ["--cluster", str(executors), str(scratch), "--runs", str(asked.runs), "--model", str(asked.model)]
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
        begun = time.perf_counter()
        rows = score(spark, str(scratch / source), bundle, explain=True, tasks=TASKS)
        rows.write.format("noop").mode("overwrite").save()
        if source == "corpus":
            found.append(time.perf_counter() - begun)
    spark.stop()
    return found


def tell(seconds: dict[int, float], asked: argparse.Namespace) -> None:
    """Print the table, and write the figures."""
    first = seconds[EXECUTORS[0]]
    print_table(
        ("executors", "faster", "creators a second", "seconds"),
        [
            (str(n), f"{first / took:.2f}x", f"{asked.creators / took:,.0f}", f"{took:.1f}")
            for n, took in seconds.items()
        ],
        title=f"{asked.creators:,} creators explained on Spark, executors of one core",
    )
    if asked.json is not None:
        machine = {
            "processor": platform.processor() or platform.machine(),
            "cores": cores(),
            "load": os.getloadavg()[2],
        }
        facts = {"bench": "spark", "date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine}
        figures = {"creators": asked.creators, "seconds": seconds, "ratio": first / seconds[EXECUTORS[-1]]}
        asked.json.write_text(json.dumps({**facts, "figures": figures}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
