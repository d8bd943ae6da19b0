"""A small search for parameters; `python -m tests.training.searched STORAGE TRIALS LAST` is killed in trial LAST."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from training.fraud_model import tuning
from training.fraud_model.boosting import PARAMETERS, TrainingRows
from training.fraud_model.recipe import Tuning
from training.fraud_model.tuning import Search, search

if TYPE_CHECKING:
    import optuna


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


def kill_in(last: int) -> None:
    """Let this process be killed once the first fold of that trial is in the database."""
    loss = tuning._loss

    def killed(trial: optuna.Trial, *given: Any) -> float:
        report = trial.report

        def last_report(value: float, step: int) -> None:
            report(value, step)
            os.kill(os.getpid(), signal.SIGKILL)

        if trial.number == last:
            trial.report = last_report  # type: ignore[method-assign]
        return loss(trial, *given)

    tuning._loss = killed


if __name__ == "__main__":
    kill_in(int(sys.argv[3]))
    found(sys.argv[1], int(sys.argv[2]))
