"""Corpora larger than memory: resident memory, and time a creator, as a corpus grows; and what a kill changes.

Simulated creators of 30 posts, 100 comments and 90 days of history each (`--followers` adds sampled ones) are written
to a folder, 2,000 of them again and again under ids of their own. Then `bonafide score --explain --memory SIZE` (with
`--fit`, `bonafide index build`) runs over them as a process of its own, over the first of them once more before, which
is not counted: the command is one that was used before, with modules compiled and the model of languages unpacked in
its home. Ten times a second the proportional set size of it and all that it started is summed up: resident pages, one
that several processes share counted once, mapped files included. `--kills` ends a further run by SIGKILL so often, each
time at a random moment, and compares what comes out with the undisturbed run's to the last byte.

    PYTHONPATH=. python bench/bench_memory.py [--creators 10000 20000] [--memory 2GB] [--kills 10] [--model DIR]
        [--fit DIR] [--followers 0] [--folder DIR] [--json FILE]
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import psutil
import pyarrow.parquet as pq
from bundle import model
from results import Results, Table, options, times
from sized import sized

from bonafide.terminal import say
from features.records import RECORD_TABLES
from models.index import read_manifest

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

BATCH = 2_000
"""Different creators, and those that are written at a time."""
EVERY = 0.1
"""Seconds between two looks at the memory."""
COLUMNS = (
    "creators",
    "time a creator, of the first",
    "memory, of the first",
    "rows",
    "time",
    "a creator",
    "memory at the most",
    "of it the first process",
    "processes",
)
COMMAND = [sys.executable, "-m", "bonafide"]


@dataclass(frozen=True)
class Watched:
    """What was seen of a run: seconds, bytes at the peak of all processes and of the first, and most processes."""

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
    asked = asked_for()
    if asked.folder is not None:
        asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as scratch:
        bundle, name = model(Path(scratch), asked.model)
        home = Path(scratch, "home")
        home.mkdir()
        os.environ |= {"BONAFIDE_HOME": str(home), "BONAFIDE_FRAUD_MODEL": str(bundle.folder.resolve())}
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        work = scoring(asked.memory) if asked.fit is None else building(asked.memory, asked.fit)
        rows, killed = [], None
        for creators in asked.creators:
            say(f"Simulating {creators:,} creators ...")
            corpus, out = Path(scratch, "corpus"), Path(scratch, work.output)
            counts = write_corpus(corpus, creators, asked.followers)
            if not rows:
                subprocess.run(work.command(corpus, out), check=True)
                _remove(out)
            say(f"{work.name} ...")
            rows.append({"creators": creators, "rows": counts, **asdict(watched(work.command(corpus, out)))})
            if asked.kills and creators == asked.creators[-1]:
                killed = disturbed(work, corpus, out, asked.kills, rows[-1]["seconds"])
    title = f"{work.name} with --memory {asked.memory}: {name}"
    tables = [Table(title, COLUMNS, rows_of(rows)), *([] if killed is None else [kills_of(killed)])]
    Results("memory", tables, {"runs": rows, "kills": killed}).tell(asked)


def asked_for() -> argparse.Namespace:
    """What may be asked."""
    parser = options(__doc__)
    parser.add_argument("--creators", type=int, nargs="+", default=[10_000, 20_000], help="one run for each number")
    parser.add_argument("--memory", default="2GB", help="of the command")
    parser.add_argument("--kills", type=int, default=0, help="of a further run over the last corpus")
    parser.add_argument("--model", type=Path, help="folder of a fraud bundle")
    parser.add_argument("--fit", type=Path, help="folder of a fit bundle: build an index instead of scoring")
    parser.add_argument("--followers", type=int, default=0, help="sampled of each creator")
    parser.add_argument("--folder", type=Path, help="where the corpus is written; a temporary folder's place else")
    return parser.parse_args()


def scoring(memory: str) -> Work:
    """`bonafide score`."""

    def command(corpus: Path, out: Path) -> list[str]:
        return [*COMMAND, "score", str(corpus), "--explain", "--memory", memory, "--out", str(out)]

    def content(out: Path) -> str:
        ids = pl.read_parquet(out, columns=["creator_id"])["creator_id"]
        assert ids.equals(pl.Series("creator_id", [name_of(k) for k in range(len(ids))])), "not every creator once"
        with out.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    return Work("score --explain", command, content, "scores.parquet")


def building(memory: str, fit: Path) -> Work:
    """`bonafide index build`."""
    os.environ["BONAFIDE_FIT_MODEL"] = str(fit.resolve())

    def command(corpus: Path, out: Path) -> list[str]:
        return [*COMMAND, "index", "build", str(corpus), "--memory", memory, "--out", str(out)]

    return Work("index build", command, lambda out: read_manifest(out).version, "index")


def name_of(number: int) -> str:
    """A creator's id."""
    return f"c{number:08}"


def write_corpus(folder: Path, creators: int, followers: int) -> dict[str, int]:
    """Write so many creators, a batch in memory at a time; how many rows each table has."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    tables = sized(min(BATCH, creators), followers=followers)
    ids = tables.creators["creator_id"].to_list()
    counts = {}
    for name in (table.name for table in RECORD_TABLES if tables[table.name].height):
        counts[name] = 0
        with pq.ParquetWriter(folder / f"{name}.parquet", tables[name].to_arrow().schema) as writer:
            for start in range(0, creators, BATCH):
                names = dict(zip(ids, map(name_of, range(start, min(start + BATCH, creators))), strict=False))
                rows = tables[name].filter(pl.col("creator_id").is_in(list(names)))
                writer.write_table(rows.with_columns(pl.col("creator_id").replace_strict(names)).to_arrow())
                counts[name] += rows.height
    return counts


def watched(command: list[str]) -> Watched:
    """Run a command to its end and look at the memory of its processes meanwhile."""
    begun = time.monotonic()
    process = psutil.Popen(command)
    peak = first = processes = 0
    while not ended(process):
        sizes = resident(process)
        peak, processes = max(peak, sum(sizes)), max(processes, len(sizes))
        first = max(first, *sizes[:1], 0)
    assert process.returncode == 0, f"{command} ended with {process.returncode}"
    return Watched(time.monotonic() - begun, peak, first, processes)


def ended(process: psutil.Popen) -> bool:
    """Whether a process ends before the next look is due; told as soon as it does."""
    try:
        process.wait(EVERY)
    except psutil.TimeoutExpired:
        return False
    return True


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


def disturbed(work: Work, corpus: Path, out: Path, kills: int, seconds: float) -> dict[str, object]:
    """Kill the work at random moments, let it finish, and hold the output against the undisturbed one's."""
    expected, span, moments = work.content(out), 2 * seconds / kills, list[float]()
    _remove(out)
    while len(moments) < kills:
        process, moment = subprocess.Popen(work.command(corpus, out)), random.uniform(0, span)
        try:
            assert process.wait(moment) == 0
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            moments.append(moment)
        else:
            span /= 2
            assert work.content(out) == expected, "a killed run gave something else"
            _remove(out)
    subprocess.run(work.command(corpus, out), check=True)
    assert work.content(out) == expected, "a killed run gave something else"
    return {"kills": len(moments), "moments": moments, "equal": True}


def _remove(out: Path) -> None:
    shutil.rmtree(out) if out.is_dir() else out.unlink()


def rows_of(runs: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Each run against the first, then what it is."""
    first = runs[0]
    return [
        (
            f"{run['creators']:,}",
            times((run["seconds"] / run["creators"]) / (first["seconds"] / first["creators"])),
            times(run["peak"] / first["peak"]),
            f"{sum(run['rows'].values()):,}",
            f"{run['seconds']:,.0f} s",
            f"{1e3 * run['seconds'] / run['creators']:.2f} ms",
            f"{run['peak'] / 1e6:,.0f} MB",
            f"{run['first'] / 1e6:,.0f} MB",
            f"{run['processes']}",
        )
        for run in runs
    ]


def kills_of(killed: dict[str, object]) -> Table:
    """What became of a run that was killed."""
    row = (f"{killed['kills']}", "complete, without doubles, equal to the last byte")
    return Table("Killed at random moments", ("kills", "output"), [row])


if __name__ == "__main__":
    main()
