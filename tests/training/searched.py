"""A small search for parameters, in a process of its own: `python searched.py STORAGE TRIALS` prints what it found."""

from __future__ import annotations

import json
import sys

import numpy as np
import pandas as pd

from training.boosting import PARAMETERS, TrainingRows
from training.recipe import Tuning
from training.tuning import Search, search


def rows(size: int = 150) -> TrainingRows:
    """Two signals that speak, two that do not."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((size, 4))
    label = (values[:, 0] + values[:, 1] + 0.7 * rng.standard_normal(size) > 0.5).astype(float)
    frame = pd.DataFrame(values, columns=["a", "b", "c", "d"])
    return TrainingRows(frame, label, np.ones(size), np.arange(size) % 3, np.ones(size, dtype=bool))


def found(storage: str, trials: int, budget: float = 1_000.0) -> Search:
    """What the search finds."""
    params = {**PARAMETERS, "seed": 0, "min_data_in_leaf": 10}
    return search(rows(), params, Tuning(trials), name="small", storage=storage, seed=0, budget=budget)


if __name__ == "__main__":
    result = found(sys.argv[1], int(sys.argv[2]))
    print(json.dumps({"best": result.best, "losses": [trial.losses for trial in result.trials]}))
