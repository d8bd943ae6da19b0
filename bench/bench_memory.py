"""Corpora larger than memory: resident memory, and time a creator, as a corpus grows; and what a kill changes.

Creators of 30 posts, 100 comments and 90 days of history each (`--followers` adds sampled ones) are written to a
folder of tables in batches. Then `bonafide score --explain --memory SIZE` (with `--fit`, `bonafide index build`) runs
over them as a process of its own. Ten times a second the proportional set size of it and all that it started is summed
up: resident pages, one that several processes share counted once, mapped files included. `--kills` ends a further run
over the last corpus by SIGKILL so often, each time at a random moment, and compares what comes out with the undisturbed
run's to the last byte.

    python bench/bench_memory.py [--creators 10000 20000] [--memory 2GB] [--kills 10] [--model DIR] [--fit DIR]
        [--followers 0] [--folder DIR] [--json FILE]
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import psutil
import pyarrow.parquet as pq
from bench_score import model
from results import Results, Table, options, times
from services import of_bonafide
from sized import sized

from bonafide.output import say
from features.records import RECORD_TABLES
from models.index import read_manifest

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

BATCH = 2_000
"""Creators that are made at a time."""
EVERY = 0.1
"""Seconds between two looks at the memory."""
COMMAND = [sys.executable, "-c", "from bonafide.cli import main; main()"]


@dataclass(frozen=True)
class Watched:
    """What was seen of a run: its corpus, seconds, bytes at the peak of all processes and of the first alone."""

    creators: int
    rows: int
    seconds: float
    peak: int
    first: int
    processes: int


@dataclass(frozen=True)
class Work:
    """What is measured: the command, by its input and output, and the output as it is held against another."""

    name: str
    command: Callable[[Path, Path], list[str]]
    content: Callable[[Path], str]
    output: str


def main() -> None:
    """Print the tables."""
    parser = options(__doc__)
    parser.add_argument("--creators", type=int, nargs="+", default=[10_000, 20_000], help="one run for each number")
    parser.add_argument("--memory", default="2GB", help="of the command")
    parser.add_argument("--kills", type=int, default=0, help="of a further run over the last corpus")
    parser.add_argument("--model", type=Path, help="folder of a fraud bundle")
    parser.add_argument("--fit", type=Path, help="folder of a fit bundle: build an index instead of scoring")
    parser.add_argument("--followers", type=int, default=0, help="sampled of each creator")
    parser.add_argument("--folder", type=Path, help="where the corpora are written while it runs")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        found = measured(Path(folder), asked)
    found.tell(asked)


def measured(scratch: Path, asked: argparse.Namespace) -> Results:
    """A run over each corpus, and one that is killed."""
    bundle, name = model(scratch, asked.model)
    os.environ |= of_bonafide(scratch, bundle.folder)
    work = scoring(asked.memory) if asked.fit is None else building(asked.memory, asked.fit)
    corpus, out = scratch / "corpus", scratch / work.output
    runs = []
    for creators in asked.creators:
        say(f"Making {creators:,} creators ...")
        rows = write_corpus(corpus, creators, asked.followers)
        runs.append(watched(work.command(corpus, out), creators, rows))
    title = f"{work.name} within {asked.memory}: {name}"
    figures = {f"{one.creators} creators": asdict(one) for one in runs}
    found = Results("memory", [Table(title, COLUMNS, [row(one, runs[0]) for one in runs])], figures)
    if asked.kills:
        kills = disturbed(work, corpus, out, asked.kills, runs[-1].seconds)
        told = (f"{runs[-1].creators:,}", f"{kills}", "complete, none twice, equal to the last byte")
        found.tables.append(Table("Killed at random moments", ("creators", "kills", "what comes out"), [told]))
        found.figures["kills"] = kills
    return found


COLUMNS = ("creators", "time a creator", "memory", "rows", "seconds", "ms a creator", "peak MB", "of the first process")


def row(one: Watched, first: Watched) -> tuple[str, ...]:
    """Time and memory against the first run, then what was seen."""
    each = one.seconds / one.creators
    return (
        f"{one.creators:,}",
        times(each / (first.seconds / first.creators)),
        times(one.peak / first.peak),
        f"{one.rows:,}",
        f"{one.seconds:,.0f}",
        f"{1e3 * each:.2f}",
        f"{one.peak / 1e6:,.0f}",
        f"{one.first / 1e6:,.0f}",
    )


def scoring(memory: str) -> Work:
    """`bonafide score`."""

    def command(corpus: Path, out: Path) -> list[str]:
        return [*COMMAND, "score", str(corpus), "--explain", "--memory", memory, "--out", str(out)]

    def content(out: Path) -> str:
        ids = pl.read_parquet(out, columns=["creator_id"])["creator_id"]
        given = pl.read_parquet(out.parent / "corpus" / "creators.parquet", columns=["creator_id"])["creator_id"]
        assert ids.equals(given), "not every creator once and in order"
        with out.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    return Work("score --explain", command, content, "scores.parquet")


def building(memory: str, fit: Path) -> Work:
    """`bonafide index build`."""
    os.environ["BONAFIDE_FIT_MODEL"] = str(fit.resolve())

    def command(corpus: Path, out: Path) -> list[str]:
        return [*COMMAND, "index", "build", str(corpus), "--memory", memory, "--out", str(out)]

    return Work("index build", command, lambda out: read_manifest(out).version, "index")


def write_corpus(folder: Path, creators: int, followers: int) -> int:
    """Write so many creators, a batch in memory at a time; how many rows all tables have."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with ExitStack() as open_files:
        files: dict[str, pq.ParquetWriter] = {}
        rows = 0
        for start in range(0, creators, BATCH):
            tables = sized(min(BATCH, creators - start), followers=followers, first=start)
            for name in (table.name for table in RECORD_TABLES if tables[table.name].height):
                frame = tables[name].to_arrow()
                if name not in files:
                    path = folder / f"{name}.parquet"
                    files[name] = open_files.enter_context(pq.ParquetWriter(path, frame.schema))
                files[name].write_table(frame)
                rows += frame.num_rows
    return rows


def watched(command: list[str], creators: int, rows: int) -> Watched:
    """Run a command to its end and look at the memory of its processes meanwhile."""
    begun = time.monotonic()
    process = psutil.Popen(command)
    peak = first = processes = 0
    while process.poll() is None:
        sizes = resident(process)
        peak, processes = max(peak, sum(sizes)), max(processes, len(sizes))
        first = max(first, *sizes[:1], 0)
        time.sleep(EVERY)
    assert process.returncode == 0, f"{command} ended with {process.returncode}"
    return Watched(creators, rows, time.monotonic() - begun, peak, first, processes)


def resident(process: psutil.Process) -> list[int]:
    """Proportional set sizes of a process and of all that it started, in bytes."""
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
    sizes = []
    for one in family:
        try:
            sizes.append(one.memory_full_info().pss)
        except psutil.Error:
            continue
    return sizes


def disturbed(work: Work, corpus: Path, out: Path, kills: int, seconds: float) -> int:
    """Kill the work at random moments, let it finish, and hold the output against the one that is there.

    Returns how often it was killed: fewer times where it was faster.
    """
    expected = work.content(out)
    shutil.rmtree(out) if out.is_dir() else out.unlink()
    done = 0
    while done < kills:
        process = subprocess.Popen(work.command(corpus, out))
        try:
            process.wait(random.uniform(0, 2 * seconds / kills))
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        done += 1
    subprocess.run(work.command(corpus, out), check=True)
    assert work.content(out) == expected, "a killed run gave something else"
    return done


if __name__ == "__main__":
    main()
