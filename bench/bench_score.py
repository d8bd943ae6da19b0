"""Records to an explained score, beside the floor: LightGBM's own predict and pred_contrib on ready signals.

Uses the champion where there is one, else trains a small model on simulated creators. The ratio comes first:
how many times the floor the whole way costs. Medians over repeated runs, on one process.

    python bench/bench_score.py [--creators 2000] [--runs 20]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from bonafide.output import print_table
from features import records
from features.errors import BonafideError
from features.records import RECORD_TABLES
from models.booster import matrix
from models.registry import load_fraud
from models.reporting import reports, score_frame
from training.fraud import fit_fraud
from training.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.records import Tables
    from models.fraud import FraudBundle

warnings.simplefilter("ignore")


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--creators", type=int, default=2000, help="creators in bulk")
    options.add_argument("--runs", type=int, default=20, help="runs of one creator; bulk runs a quarter as often")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bundle, trained = model(Path(scratch))
        tables = simulate(asked.creators, seed=99).tables
        whole = [row_of(bundle, tables.select([tables.creators["creator_id"][0]]), asked.runs, "one creator")]
        whole.append(row_of(bundle, tables, max(3, asked.runs // 4), f"{asked.creators:,} in bulk"))
    columns = ("", "times the floor", "explained", "floor", "signals", "verdict", "a second", "floor a second")
    title = f"Records to explained scores: {trained}, {bundle.contract.trees} trees, {os.cpu_count()} cores"
    print_table(columns, whole, title=title)


def model(scratch: Path) -> tuple[FraudBundle, str]:
    """The champion, or a small model of its own."""
    try:
        return load_fraud(), "the champion"
    except BonafideError:
        return fit_fraud(
            simulate(1000, seed=1).tables, scratch / "bundle"
        ).bundle, "trained on 1,000 simulated creators"


def row_of(bundle: FraudBundle, tables: Tables, runs: int, name: str) -> tuple[str, ...]:
    """One row of the table: medians in milliseconds, and creators a second."""
    creators = tables.creators.height
    signals = bundle.signals(tables)
    rows = matrix(signals, bundle.names).to_numpy()
    if creators == 1:
        record = nested(tables)
        explained = median(lambda: reports(bundle, records.read([record])), runs)
    else:
        explained = median(lambda: score_frame(bundle, tables, explain=True), runs)
    floor = median(lambda: (bundle.booster.predict(rows), bundle.booster.predict(rows, pred_contrib=True)), runs)
    built = median(lambda: bundle.signals(tables), runs)
    judged = median(lambda: bundle.verdict(signals), runs)
    times = [f"{1000 * seconds:,.1f} ms" for seconds in (explained, floor, built, judged)]
    return (name, f"{explained / floor:.1f}x", *times, f"{creators / explained:,.0f}", f"{creators / floor:,.0f}")


def nested(tables: Tables) -> dict[str, object]:
    """One creator as HTTP sends it: a record with its tables nested in it."""
    record: dict[str, object] = json.loads(tables.creators.write_ndjson())
    for table in RECORD_TABLES[1:]:
        record[table.name] = [
            json.loads(row) for row in tables[table.name].drop("creator_id").write_ndjson().splitlines()
        ]
    return record


def median(work: Callable[[], object], runs: int) -> float:
    """Median seconds of a run, after one that warms up."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
