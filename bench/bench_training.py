"""How much of a fraud training is LightGBM: the whole of it, signals at hand, beside its bare `lightgbm.train` calls.

The whole is five folds, calibration, interval, evaluation, plots, model card and a registered model in MLflow, SQLite.
The bare calls are one booster a fold and the last one, with as many trees and on the same rows.

    python bench/bench_training.py [--creators 20000] [--profile] [--json FILE]
"""

from __future__ import annotations

import cProfile
import os
import pstats
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import lightgbm as lgb
from results import Results, Table, options, times

from features import SIGNALS
from training.fraud import train_rows
from training.fraud_model.boosting import parameters
from training.fraud_model.fitting import weighed_rows
from training.fraud_model.recipe import PLAIN
from training.fraud_model.rows import FraudRows, Source, fraud_rows
from training.simulate import simulate

if TYPE_CHECKING:
    from training.fraud_model.boosting import TrainingRows

LIMIT = 3.0


def bare(rows: TrainingRows, trees: int) -> float:
    """Seconds of the `lightgbm.train` calls alone, data handed over as they are in training."""
    params = parameters(SIGNALS, 0)
    parts = [rows.of(learn) for learn, _ in rows.parts]
    begun = time.perf_counter()
    for part in (*parts, rows):
        lgb.train(params, lgb.Dataset(part.signals, part.label, weight=part.weight), num_boost_round=trees)
    return time.perf_counter() - begun


def whole(rows: FraudRows, profile: bool) -> tuple[float, int]:
    """Seconds of a training, and its number of trees."""
    from models import loading

    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    begun = time.perf_counter()
    trained = train_rows(rows)
    took = time.perf_counter() - begun
    if profile:
        profiler.disable()
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(45)
    return took, loading.load_fraud(trained.address).contract.trees


def main() -> None:
    """Print both times and their ratio; exit code 1 where it is above `LIMIT`."""
    parser = options(__doc__)
    parser.add_argument("--creators", type=int, default=20_000)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"BONAFIDE_HOME": home, "MLFLOW_DISABLE_TELEMETRY": "true"}
        os.environ.pop("MLFLOW_TRACKING_URI", None)
        make = f"import mlflow; mlflow.MlflowClient('sqlite:///{home}/mlflow.db').search_experiments()"
        subprocess.run([sys.executable, "-c", make], check=True, capture_output=True)  # a store is there already
        simulation = simulate(asked.creators, seed=3)
        rows = fraud_rows(Source(simulation.tables, truth=simulation.truth), 0)
        del simulation
        took, trees = whole(rows, asked.profile)
        alone = bare(weighed_rows(rows, 0, PLAIN)[1].rows, trees)
    line = (f"{asked.creators:,}", times(took / alone), f"{trees}", f"{took:.1f} s", f"{alone:.1f} s")
    columns = ("creators", "training / LightGBM alone", "trees", "training", "LightGBM alone")
    figures: dict[str, object] = {"training, s": took, "LightGBM alone, s": alone, "trees": trees}
    Results("training", [Table("A fraud training beside its LightGBM calls", columns, [line])], figures).tell(asked)
    sys.exit(took > LIMIT * alone)


if __name__ == "__main__":
    main()
