"""Records to explained scores, one creator and in bulk, beside a notebook and beside LightGBM alone.

Every creator has 30 posts, 100 comments and 90 days of history, without followers and with 400 of them. Uses the model
of `--model`, else the champion, else trains a small one on simulated creators. The notebook (`notebook.py`) takes its
signals from pandas, and a classifier of as many trees and leaves; it has no interval, counterfactuals or evidence. With
libraries (`library_signals.py`) it judges each comment and follower as well, and looks for near-duplicates, languages
and shifts of growth; without them it has no such signals. The floor is LightGBM's own predict and pred_contrib on ready
signals. One creator starts from a record as JSON gives it, bulk from tables in memory. Stages tell where the rest of
the time goes: each is the time of its own, without the stages inside it. Of bulk the fastest run counts, of one creator
the median over runs of several in turn, all in one process.

    python bench/bench_score.py [--creators 1000] [--followers 0 400] [--singles 8] [--runs 40] [--model DIR]
"""

from __future__ import annotations

import statistics
import tempfile
import time
import warnings
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from bundle import model
from notebook import Notebook
from pandas_signals.frames import frames_of, frames_of_records
from results import Results, Table, in_turn, medians_in_turn, options, rate, times
from sized import nested, sized

from features import records
from models.boosters.booster import matrix
from models.reporting import reports
from models.scoring import score_frame

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from features.records import Tables
    from models.fraud import FraudBundle

    Notebooks = dict[str, Notebook]
    Ways = dict[str, Callable[[], object]]

warnings.simplefilter("ignore")

FOLLOWERS = [0, 400]

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
    "share of fake followers": ("models.audience.sampled_followers", "shares"),
    "verdict": ("models.reporting", "judge"),
    "contributions": ("models.scoring", "explained"),
    "evidence": ("features", "evidence"),
    "percentiles": ("features.context", "Context.places"),
    "anomalies": ("features", "anomalies"),
    "counterfactuals": ("models.reporting", "risks"),
}
"""Functions by the module that they are looked up in; what is left is told as the rest of the report."""
REST, ALL = "rest of the report", "record to report"
OURS, NOTEBOOK, LIBRARIES, FLOOR = "Bonafide", "notebook", "notebook with libraries", "floor"


def main() -> None:
    """Print the tables."""
    parser = options(__doc__)
    parser.add_argument("--creators", type=int, default=1000, help="creators in bulk")
    parser.add_argument("--followers", type=int, nargs="+", default=FOLLOWERS, help="sampled followers of each")
    parser.add_argument("--singles", type=int, default=8, help="creators whose reports are timed alone")
    parser.add_argument("--runs", type=int, default=40, help="runs of each of those; beside the notebook an eighth")
    parser.add_argument("--model", type=Path, help="folder of a fraud bundle")
    asked = parser.parse_args()
    found = Results("score")
    with tempfile.TemporaryDirectory() as scratch:
        bundle, name = model(Path(scratch), asked.model)
        title = f"{name}, {bundle.contract.trees} trees"
        took = compared(bundle, asked)
        staged = {
            head: told
            for followers in asked.followers
            for head, told in (
                (f"one creator, {followers} followers", stages(bundle, followers, asked)),
                (f"each of {asked.creators:,}, {followers} followers", stages_in_bulk(bundle, followers, asked)),
            )
        }
    ratios = (f"{LIBRARIES} / {OURS}", f"{NOTEBOOK} / {OURS}", f"{OURS} / {FLOOR}")
    columns = ("", *ratios, *(f"{way}, creators a second" for way in took[0][2]))
    found.tables.append(Table(f"Records to explained scores: {title}", columns, [row(*one) for one in took]))
    heads = [cell for head in staged for cell in (head, "share")]
    found.tables.append(Table("Where Bonafide's time goes", ("stage", *heads), staged_rows(list(staged.values()))))
    found.figures.update({label: seconds for label, _, seconds in took})
    found.figures["stages, ms"] = staged
    found.tell(asked)


def compared(bundle: FraudBundle, asked: argparse.Namespace) -> list[tuple[str, int, dict[str, float]]]:
    """Seconds of each way, for one creator and for many, without and with followers."""
    notebooks = {NOTEBOOK: Notebook(bundle), LIBRARIES: Notebook(bundle, libraries=True)}
    found = []
    for followers in asked.followers:
        tables = sized(asked.creators, followers=followers)
        sent = nested(sized(asked.singles, followers=followers))
        one = [medians_in_turn(ways_alone(bundle, notebooks, record), max(1, asked.runs // 8)) for record in sent]
        middle = {way: statistics.median(took[way] for took in one) for way in one[0]}
        found.append((f"one creator, {followers} followers", 1, middle))
        many = in_turn(ways_in_bulk(bundle, notebooks, tables), 3)
        found.append((f"{asked.creators:,} creators, {followers} followers each", asked.creators, many))
    return found


def ways_alone(bundle: FraudBundle, notebooks: Notebooks, record: dict[str, object]) -> Ways:
    """One record to its explained score."""
    ready = matrix(bundle.signals(records.read([record])), bundle.names).to_numpy()
    return {
        OURS: lambda: reports(bundle, records.read([record])),
        NOTEBOOK: lambda: notebooks[NOTEBOOK].explained(frames_of_records([record])),
        LIBRARIES: lambda: notebooks[LIBRARIES].explained(frames_of_records([record])),
        FLOOR: lambda: floor(bundle, ready),
    }


def ways_in_bulk(bundle: FraudBundle, notebooks: Notebooks, tables: Tables) -> Ways:
    """Many creators' tables to their explained scores."""
    ready, frames = matrix(bundle.signals(tables), bundle.names).to_numpy(), frames_of(tables)
    return {
        OURS: lambda: score_frame(bundle, tables, explain=True),
        NOTEBOOK: lambda: notebooks[NOTEBOOK].explained(frames),
        LIBRARIES: lambda: notebooks[LIBRARIES].explained(frames),
        FLOOR: lambda: floor(bundle, ready),
    }


def floor(bundle: FraudBundle, ready: NDArray[np.float64]) -> None:
    """Predict and explain ready signals with LightGBM alone; one row on one thread, as threads would only wait."""
    threads = 1 if len(ready) == 1 else 0
    bundle.booster.predict(ready, num_threads=threads)
    bundle.booster.predict(ready, pred_contrib=True, num_threads=threads)


def row(name: str, creators: int, took: dict[str, float]) -> tuple[str, ...]:
    """A line of the table: ratios, then creators a second."""
    ratios = (times(took[LIBRARIES] / took[OURS]), times(took[NOTEBOOK] / took[OURS]), times(took[OURS] / took[FLOOR]))
    return (name, *ratios, *(rate(creators / seconds) for seconds in took.values()))


def staged_rows(told: list[dict[str, float]]) -> list[tuple[str, ...]]:
    """A line a stage: milliseconds and share of the whole."""
    return [
        (stage, *(text for found in told for text in (f"{found[stage]:.3f} ms", f"{found[stage] / found[ALL]:.0%}")))
        for stage in told[0]
    ]


def stages(bundle: FraudBundle, followers: int, asked: argparse.Namespace) -> dict[str, float]:
    """Median milliseconds of every stage of one creator's report, and of the whole."""
    sent = nested(sized(asked.singles, followers=followers))
    watch = Watch()
    found: dict[str, list[float]] = {stage: [] for stage in (*STAGES, REST, ALL)}
    with watch:
        for run in range(1 + asked.runs):
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


def stages_in_bulk(bundle: FraudBundle, followers: int, asked: argparse.Namespace) -> dict[str, float]:
    """Milliseconds a creator of every stage of many creators' reasons, and of the whole; the second run counts."""
    tables = sized(asked.creators, followers=followers)
    watch = Watch()
    with watch:
        for _ in range(2):
            watch.own.clear()
            start = time.perf_counter()
            score_frame(bundle, tables, explain=True)
            whole = time.perf_counter() - start
    told = {**watch.own, ALL: whole, REST: whole - sum(watch.own.values())}
    return {stage: 1000 * told.get(stage, 0.0) / asked.creators for stage in (*STAGES, REST, ALL)}


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
