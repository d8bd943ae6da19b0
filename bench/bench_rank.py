"""Ranking an index: how fast it is built, how long a brief takes, and how much memory it keeps.

Creators are simulated, with all their posts, comments, histories and sampled followers; 20,000 at most: beyond that
the same creators stand in the index again and again, under new ids and with jittered vectors, and only the first of
them were built from records. Models are trained on 2,000 simulated creators. A brief is ranked whole: encoded,
filtered, retrieved, scored, and the first 50 given with reasons, quoted posts and sensitivity. Times and memory are of
one process of its own that has both models loaded; memory is what it holds more after the briefs than before it opened
the index.

    python bench/bench_rank.py [--creators 20000] [--briefs 100] [--index DIR]
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
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from results import Results, Table, options
from scipy import sparse

from bonafide.terminal import say
from features import records
from models.fit import FitBundle
from models.fraud import FraudBundle
from models.index import Index, build, pieces, read_manifest
from models.index.building import add_segments
from models.machine.cores import cores
from models.ranking import Asked, rank_index
from models.texts.space import unit_rows
from training.fit import fit_bundle
from training.fraud import fit_fraud
from training.simulate import simulate

if TYPE_CHECKING:
    from features.records import Tables
    from models.index.creators import Creators
    from models.index.manifest import Manifest
    from models.index.writer import Writer

warnings.simplefilter("ignore")

MOST_SIMULATED = 20_000
LEARNT_FROM = 2_000
JITTER = 0.05
WARM = 10
"""Briefs ranked before the clock runs."""


def main() -> None:
    """Print the tables."""
    parser = options(__doc__)
    parser.add_argument("--creators", type=int, default=MOST_SIMULATED)
    parser.add_argument("--briefs", type=int, default=100)
    parser.add_argument("--index", type=Path, help="where to keep models, briefs and index, or where they lie already")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        sys.stdout.write(json.dumps(measure(asked.index, asked.briefs)))
        return
    tables = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.index or Path(scratch)
        if not (folder / "index" / "index.json").exists():
            tables.append(
                Table(f"Building an index of {asked.creators:,} creators", ("build", ""), make(folder, asked))
            )
        told = ranked(folder, asked.briefs)
    tables.append(Table(f"{asked.briefs} briefs, reasons for the first 50", ("rank", ""), shown(told)))
    Results("rank", tables, told).tell(asked)


def trained(folder: Path) -> tuple[FitBundle, FraudBundle]:
    """The models in a folder, trained where they are not there."""
    if not (folder / "fit").is_dir():
        say("Training models on simulated creators ...")
        learnt = simulate(LEARNT_FROM, seed=1).tables
        fit_bundle(learnt, folder / "fit")
        fit_fraud(learnt, folder / "fraud")
    return FitBundle.load(folder / "fit"), FraudBundle.load(folder / "fraud")


def some_briefs(tables: Tables, many: int) -> pl.DataFrame:
    """Simulated briefs, drawn again where there are fewer, under ids of their own."""
    drawn = tables.briefs.sample(many, seed=0, with_replacement=True)
    return drawn.with_columns(brief_id=pl.format("{}-{}", "brief_id", pl.int_range(pl.len())))


def filled(folder: Path, tables: Tables, fit: FitBundle, fraud: FraudBundle, creators: int) -> tuple[Manifest, float]:
    """An index of so many creators with risks drawn at random, and the seconds that its records took."""
    ids = tables.creators["creator_id"]
    scores = pl.DataFrame({"creator_id": ids, "risk_score": np.random.default_rng(0).uniform(0, 100, len(ids))})
    start = time.perf_counter()
    manifest = build(pieces(tables), fit, fraud, folder, scores=scores.with_columns(band=pl.lit("low")))
    took = time.perf_counter() - start
    if creators > len(ids):
        say(f"Repeating them under new ids, vectors jittered, up to {creators:,} ...")
        repeat(folder, creators)
        manifest = read_manifest(folder)
    return manifest, took


def make(folder: Path, asked: argparse.Namespace) -> list[tuple[str, str]]:
    """Train the models and build the index; rows of what it took."""
    folder.mkdir(parents=True, exist_ok=True)
    fit, fraud = trained(folder)
    count = min(asked.creators, MOST_SIMULATED)
    say(f"Simulating {count:,} creators ...")
    tables = simulate(count, seed=2).tables
    some_briefs(tables, asked.briefs + WARM).write_parquet(folder / "briefs.parquet")
    records.write(replace(tables, briefs=tables.briefs.clear(), matches=tables.matches.clear()), folder / "records")
    del tables
    say("Building ...")
    start = time.perf_counter()
    read = records.read(folder / "records")
    reading = time.perf_counter() - start
    each = " + ".join(
        f"{frame.height / count:.0f} {name}" for name, frame in read.items() if name != "creators" and frame.height
    )
    with_risk = min(count, 4_000)
    some = read.select(read.creators["creator_id"].head(with_risk).to_list())
    start = time.perf_counter()
    build(pieces(some), fit, fraud, folder / "scored")
    scoring = time.perf_counter() - start
    manifest, building = filled(folder / "index", read, fit, fraud, asked.creators)
    return [
        ("a creator's records, on average", each),
        ("creators built from records", f"{count:,}"),
        ("creators repeated, vectors jittered", f"{asked.creators - count:,}"),
        (f"a second, `bonafide index build --scores`, {cores()} processes", f"{count / commanded(folder):,.0f}"),
        ("a second in one process, risks by --scores, reading included", f"{count / (building + reading):,.0f}"),
        ("a second in one process, risks by --scores, of records read", f"{count / building:,.0f}"),
        ("a second in one process, risks scored as well, of records read", f"{with_risk / scoring:,.0f}"),
        ("bytes on disk a creator", f"{manifest.size / asked.creators:,.0f}"),
    ]


def commanded(folder: Path) -> float:
    """Seconds from the start of `bonafide index build` of the records to its end."""
    risks = pl.read_parquet(folder / "records" / "creators.parquet", columns=["creator_id"])
    risks.with_columns(risk_score=50.0, band=pl.lit("low")).write_parquet(folder / "scores.parquet")
    models = {"BONAFIDE_FIT_MODEL": str(folder / "fit"), "BONAFIDE_FRAUD_MODEL": str(folder / "fraud")}
    command = [str(Path(sys.executable).with_name("bonafide")), "index", "build", str(folder / "records")]
    command += ["--out", str(folder / "commanded"), "--scores", str(folder / "scores.parquet")]
    start = time.perf_counter()
    subprocess.run(command, check=True, env=os.environ | models, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def repeat(folder: Path, creators: int) -> None:
    """Fill the index up with its own creators under new ids and with jittered vectors."""
    index = Index.open(folder)
    rng = np.random.default_rng(0)
    with add_segments(folder) as writer:
        while len(index) + writer.seen < creators:
            for segment in index.segments:
                most = min(len(segment), creators - len(index) - writer.seen)
                if most > 0:
                    _repeat(writer, segment.take(np.arange(most)), rng)


def _repeat(writer: Writer, some: Creators, rng: np.random.Generator) -> None:
    ids = pl.format("{}-{}", "creator_id", pl.lit(writer.seen)).alias("creator_id")
    one = some.candidates
    changed = replace(
        one,
        traits=one.traits.with_columns(ids),
        dense={name: part if name == "niches" else _moved(part, rng) for name, part in one.dense.items()},
        sparse={name: _reweighed(part, rng) for name, part in one.sparse.items()},
    )
    risk, details = some.risk.with_columns(ids), some.details.with_columns(ids)
    writer.add(replace(some, candidates=changed, risk=risk, details=details))


def _moved(part: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    noise = rng.normal(0.0, JITTER / np.sqrt(max(part.shape[1], 1)), part.shape).astype(np.float32)
    return unit_rows(part + np.where(part.any(axis=1, keepdims=True), noise, np.float32(0)))


def _reweighed(part: sparse.csr_array, rng: np.random.Generator) -> sparse.csr_array:
    values = part.data * np.exp(rng.normal(0.0, JITTER, len(part.data)))
    rows = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr))
    lengths = np.sqrt(np.bincount(rows, values**2, minlength=part.shape[0]))
    return sparse.csr_array(((values / lengths[rows]).astype(np.float32), part.indices, part.indptr), shape=part.shape)


def ranked(folder: Path, briefs: int) -> dict[str, Any]:
    """What ranking took, measured in a process of its own."""
    command = [sys.executable, __file__, "--measure", "--index", str(folder), "--briefs", str(briefs)]
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | paths)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def shown(told: dict[str, Any]) -> list[tuple[str, str]]:
    """Rows of it."""
    creators, times = told["creators"], np.array(told["times"])
    return [
        ("creators in the index", f"{creators:,}"),
        ("opening the index", f"{1000 * told['opening']:.0f} ms"),
        ("p50", f"{np.percentile(times, 50):.0f} ms"),
        ("p99", f"{np.percentile(times, 99):.0f} ms"),
        ("  of which retrieval, p50", f"{np.percentile(told['pools'], 50):.0f} ms"),
        ("resident after the briefs", _held(told["resident"], creators)),
        ("resident at the most", _held(told["most"], creators)),
    ]


def _held(held: int, creators: int) -> str:
    return f"{held / 1e6:.0f} MB, {held / creators:,.0f} bytes a creator"


def measure(folder: Path, briefs: int) -> dict[str, object]:
    """Milliseconds of each brief, and bytes held beyond those of the models."""
    fit, _ = FitBundle.load(folder / "fit"), FraudBundle.load(folder / "fraud")
    asked = pl.read_parquet(folder / "briefs.parquet")
    how = Asked(top=50, reasons=50)
    Path("/proc/self/clear_refs").write_text("5")  # from here on the kernel counts the most anew
    base, start = _status("VmRSS"), time.perf_counter()
    index = Index.open(folder / "index")
    opening = time.perf_counter() - start
    times, pools, worked = [], [], []
    find = Index.pool

    def timed(*given: object, **named: object) -> object:
        start = time.perf_counter()
        found = find(*given, **named)  # type: ignore[arg-type]  # handed on
        pools.append(1000 * (time.perf_counter() - start))
        return found

    Index.pool = timed  # type: ignore[assignment, method-assign]  # timed from here on
    for number in range(WARM + briefs):
        start, used = time.perf_counter(), time.process_time()
        list(rank_index(fit, asked[number : number + 1], index, how))
        times.append(1000 * (time.perf_counter() - start))
        worked.append(1000 * (time.process_time() - used))
    return {
        "creators": len(index),
        "opening": opening,
        "times": times[WARM:],
        "pools": pools[WARM:],
        "worked": worked[WARM:],
        "resident": _status("VmRSS") - base,
        "most": _status("VmHWM") - base,
    }


def _status(name: str) -> int:
    """Bytes that this process holds, as the kernel counts them."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name)]
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
