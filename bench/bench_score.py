"""Records to explained reports: stages of one creator's, and how many a second in bulk.

Every creator has 30 posts, 100 comments and 90 days of history, without followers and with 400 of them. Uses the model
of `--model`, else the champion, else trains a small one on simulated creators. The floor is LightGBM's own predict and
pred_contrib on ready signals. A stage's time is that of its own, without the stages inside it; medians over runs of
several creators in turn, in one process.

    python bench/bench_score.py [--creators 1000] [--runs 40] [--model DIR]
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
import warnings
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sized import nested, sized

from bonafide.output import print_table
from features import records
from features.errors import BonafideError
from models.booster import matrix
from models.fraud import FraudBundle
from models.registry import load_fraud
from models.reporting import reports, score_frame
from training.fraud import fit_fraud
from training.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Callable


warnings.simplefilter("ignore")

FOLLOWERS = (0, 400)
IN_TURN = 8
"""Creators whose reports are timed."""

STAGES = {
    "read and check": ("features.records", "read"),
    "input hash": ("models.reporting", "input_hashes"),
    "follower model": ("models.followers", "FollowerBundle.with_probability"),
    "comment model": ("models.comments", "CommentBundle.with_probability"),
    "rows of posts, and around": ("features", "prepare"),
    "rows of history": ("features.rows.history", "rows"),
    "rows of comments": ("features.rows.comments", "rows"),
    "signals of them": ("features", "signals"),
    "missing inputs": ("models.fraud", "missing_inputs"),
    "share of fake followers": ("models.fraud", "FraudBundle._shares"),
    "verdict": ("models.reporting", "judge"),
    "contributions": ("models.reporting", "explained"),
    "evidence": ("features", "evidence"),
    "percentiles": ("features.context", "Context.places"),
    "anomalies": ("features", "anomalies"),
    "counterfactuals": ("models.reporting", "risks"),
}
"""Functions by the module that they are looked up in; what is left is told as the rest of the report."""
REST, ALL = "rest of the report", "record to report"


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--creators", type=int, default=1000, help="creators in bulk")
    options.add_argument("--runs", type=int, default=40, help="runs of each of the single creators")
    options.add_argument("--model", type=Path, help="folder of a fraud bundle")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bundle, name = model(Path(scratch), asked.model)
        title = f"{name}, {bundle.contract.trees} trees, {os.cpu_count()} cores"
        print_table(("", "a second", "floor a second"), bulk(bundle, asked.creators), title=f"In bulk: {title}")
        times = [stages(bundle, followers, asked.runs) for followers in FOLLOWERS]
    rows = [
        (stage, *(text for found in times for text in (f"{found[stage]:.2f} ms", f"{found[stage] / found[ALL]:.0%}")))
        for stage in times[0]
    ]
    heads = [head for followers in FOLLOWERS for head in (f"{followers} followers", "share")]
    print_table(("one creator", *heads), rows, title=f"Record to report: {title}")


def model(scratch: Path, folder: Path | None) -> tuple[FraudBundle, str]:
    """The bundle asked for, the champion, or a small model of its own."""
    if folder is not None:
        return FraudBundle.load(folder), folder.name
    try:
        return load_fraud(), "the champion"
    except BonafideError:
        trained = fit_fraud(simulate(1000, seed=1).tables, scratch / "bundle").bundle
        return trained, "trained on 1,000 simulated creators"


def bulk(bundle: FraudBundle, creators: int) -> list[tuple[str, ...]]:
    """Creators a second with reasons, and of the floor."""
    rows = []
    for followers in FOLLOWERS:
        tables = sized(creators, followers=followers)
        ready = matrix(bundle.signals(tables), bundle.names).to_numpy()
        took = fastest(lambda tables=tables: score_frame(bundle, tables, explain=True))
        floor = fastest(
            lambda ready=ready: (bundle.booster.predict(ready), bundle.booster.predict(ready, pred_contrib=True))
        )
        name = f"{creators:,} creators with {followers} followers each"
        rows.append((name, f"{creators / took:,.0f}", f"{creators / floor:,.0f}"))
    return rows


def fastest(work: Callable[[], object], runs: int = 3) -> float:
    """Seconds of the fastest run, after one that warms up: others share the machine."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def stages(bundle: FraudBundle, followers: int, runs: int) -> dict[str, float]:
    """Median milliseconds of every stage of one creator's report, and of the whole."""
    sent = nested(sized(IN_TURN, followers=followers))
    watch = Watch()
    found: dict[str, list[float]] = {stage: [] for stage in (*STAGES, REST, ALL)}
    with watch:
        for run in range(1 + runs):
            for record in sent:
                watch.own.clear()
                start = time.perf_counter()
                reports(bundle, records.read([record]))
                whole = time.perf_counter() - start
                told = {**watch.own, ALL: whole, REST: whole - sum(watch.own.values())}
                for stage, times in found.items():
                    if run:  # the first one warms up
                        times.append(1000 * told.get(stage, 0.0))
    return {stage: statistics.median(times) for stage, times in found.items()}


class Watch:
    """Puts a clock around the functions of `STAGES` while it is entered; `own` are seconds without inner stages."""

    def __init__(self) -> None:
        self.own: dict[str, float] = {}
        self._inner: list[float] = []
        self._before: list[tuple[object, str, object]] = []

    def __enter__(self) -> Watch:
        """Put the clocks on."""
        for stage, (module, path) in STAGES.items():
            holder: object = import_module(module)
            *outer, name = path.split(".")
            for part in outer:
                holder = getattr(holder, part)
            work = getattr(holder, name)
            self._before.append((holder, name, work))
            setattr(holder, name, self._timed(stage, work))
        return self

    def __exit__(self, *raised: object) -> None:
        """Take them off again."""
        for holder, name, work in self._before:
            setattr(holder, name, work)

    def _timed(self, stage: str, work: Callable[..., object]) -> Callable[..., object]:
        def timed(*given: object, **named: object) -> object:
            start = time.perf_counter()
            self._inner.append(0.0)
            try:
                return work(*given, **named)
            finally:
                took = time.perf_counter() - start
                self.own[stage] = self.own.get(stage, 0.0) + took - self._inner.pop()
                if self._inner:
                    self._inner[-1] += took

        return timed


if __name__ == "__main__":
    main()
