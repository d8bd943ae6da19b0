"""How time and memory grow: `bonafide score --explain` over more creators, and over more of each creator.

Creators have 30 posts, 100 comments, 90 days of history and 100 sampled followers each, and lie in Parquet files. Each
size is a run of the command as a process of its own, watched as `bench_memory.py` does. Then posts, comments and
followers of each creator are ten times as many, each by itself. Uses the champion unless `--model` names a folder, else
trains a small model.

    python bench/bench_growth.py [--sizes 1000 10000] [--creators 1000] [--memory 2GB] [--model DIR] [--json FILE]
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow.parquet as pq
from bench_memory import COMMAND, watched
from bundle import model
from results import Results, Table, options, rate, times
from sized import COMMENTED, sized

from bonafide.terminal import say
from features.records.contract import RECORD_TABLES

if TYPE_CHECKING:
    import argparse

FOLLOWERS = 100
AT_ONCE = 5_000
"""Creators that are made at a time."""
TEN = {
    "posts": {"times_posts": 10},
    "comments": {"comments": 10 * COMMENTED},
    "followers": {"followers": 10 * FOLLOWERS},
}
"""Ten times as many of a creator's rows."""


@dataclass(frozen=True)
class Run:
    """What scoring so many creators took: seconds, and bytes resident at the most."""

    creators: int
    seconds: float
    peak: int


def main() -> None:
    """Print the tables."""
    parser = options(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000], help="creators, the fewest first")
    parser.add_argument("--creators", type=int, default=1_000, help="creators with ten times as many rows")
    parser.add_argument("--ten", nargs="*", choices=TEN, default=list(TEN), help="of what there are ten times as many")
    parser.add_argument("--memory", default="2GB", help="as `bonafide score` takes it")
    parser.add_argument("--model", type=Path, help="folder of a fraud bundle")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        bundle, name = model(scratch, asked.model)
        by_size = {f"{size:,} creators": scored(scratch, bundle.folder, asked, size) for size in asked.sizes}
        typical = {"as they are": scored(scratch, bundle.folder, asked, asked.creators)}
        by_rows = {
            f"{what} x 10": scored(scratch, bundle.folder, asked, asked.creators, **more)
            for what, more in TEN.items()
            if what in asked.ten
        }
    title = f"{name}, --memory {asked.memory}"
    tables = [
        table(f"More creators: {title}", by_size),
        table(f"More of each of {asked.creators:,} creators: {title}", typical | by_rows),
    ]
    runs = by_size | typical | by_rows
    Results("growth", tables, {what: asdict(run) for what, run in runs.items()}).tell(asked)


def scored(scratch: Path, bundle: Path, asked: argparse.Namespace, creators: int, **more: int) -> Run:
    """Write the records, score them with the command, and watch it."""
    say(f"Making {creators:,} creators {more or ''} ...")
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        source, out = Path(folder, "records"), Path(folder, "scores.parquet")
        write(source, creators, **more)
        command = [*COMMAND, "score", str(source), "--out", str(out), "--explain"]
        seen = watched([*command, "--model", str(bundle.resolve()), "--memory", asked.memory])
        assert pq.read_metadata(out).num_rows == creators
    return Run(creators, seen.seconds, seen.peak)


def write(folder: Path, creators: int, **more: int) -> None:
    """Creators as one Parquet file a table, some thousands at a time."""
    folder.mkdir()
    with ExitStack() as stack:
        writers: dict[str, pq.ParquetWriter] = {}
        for first in range(0, creators, AT_ONCE):
            tables = sized(min(AT_ONCE, creators - first), first=first, **({"followers": FOLLOWERS} | more))
            for name in (table.name for table in RECORD_TABLES):
                rows = tables[name].to_arrow(compat_level=pl.CompatLevel.oldest())
                if name not in writers:
                    writers[name] = stack.enter_context(pq.ParquetWriter(folder / f"{name}.parquet", rows.schema))
                writers[name].write_table(rows)


def table(title: str, runs: dict[str, Run]) -> Table:
    """Each run against the first: time a creator and memory, then what they are."""
    first = next(iter(runs.values()))
    rows = [
        (
            what,
            times((run.seconds / run.creators) / (first.seconds / first.creators)),
            times(run.peak / first.peak),
            f"{run.seconds:,.1f} s",
            rate(run.creators / run.seconds),
            f"{run.peak / 1e6:,.0f} MB",
        )
        for what, run in runs.items()
    ]
    return Table(title, ("", "time a creator", "memory", "time", "creators a second", "memory at the most"), rows)


if __name__ == "__main__":
    main()
