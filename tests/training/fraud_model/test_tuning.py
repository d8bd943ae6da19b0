from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from features.errors import UsageError
from tests.training import searched
from training.fraud_model import tuning
from training.fraud_model.recipe import Tuning
from training.fraud_model.tuning import SEARCHED

REPOSITORY = Path(__file__).resolve().parents[3]
TRIALS, KILLED_AFTER = 100, 40


def _count(database: Path, *states: str) -> int:
    """Trials in these states."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return sum(state in states for (state,) in connection.execute("SELECT state FROM trials"))


def test_a_killed_search_of_100_trials_ends_as_if_it_had_not_been_killed(tmp_path: Path) -> None:
    database = tmp_path / "killed.db"
    storage = f"sqlite:///{database}"
    command = [sys.executable, "-m", "tests.training.searched", storage, str(TRIALS), str(KILLED_AFTER)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (_count(database, "COMPLETE", "PRUNED"), _count(database, "RUNNING")) == (KILLED_AFTER, 1)

    resumed = searched.found(storage, TRIALS)
    whole = searched.found("sqlite://", TRIALS)
    assert _count(database, "COMPLETE", "PRUNED") == TRIALS == len(resumed.trials)
    assert resumed.best == whole.best
    assert [one.losses for one in resumed.trials] == [one.losses for one in whole.trials]


def test_a_search_that_was_stopped_in_its_first_trial_begins_with_that_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    storage = f"sqlite:///{tmp_path / 'stopped.db'}"
    with monkeypatch.context() as stopping:
        stopping.setattr(tuning, "_loss", stopped)
        with pytest.raises(KeyboardInterrupt):
            searched.found(storage, 3)
    resumed, whole = searched.found(storage, 3), searched.found("sqlite://", 3)
    assert [one.parameters for one in resumed.trials] == [one.parameters for one in whole.trials]


def test_the_first_trial_is_what_is_trained_without_a_search() -> None:
    first = searched.found("sqlite://", 1).trials[0]
    assert set(first.parameters) == set(SEARCHED)
    assert first.parameters["min_data_in_leaf"] == 10
    assert first.parameters["learning_rate"] == pytest.approx(0.06)


def test_a_finished_search_runs_no_more_trials(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'done.db'}"
    first, again = searched.found(storage, 3), searched.found(storage, 3)
    assert again.trials == first.trials


def test_hopeless_trials_are_given_up_after_some_folds_and_every_trial_keeps_to_the_budget() -> None:
    found = searched.found("sqlite://", 30, budget=60.0)
    pruned = [one for one in found.trials if one.loss is None]
    assert pruned
    assert any(0 < len(one.losses) < 3 for one in pruned)
    assert all((one.microseconds or 0.0) <= 60.0 for one in found.trials)
    assert found.trials[0].loss is not None
    best = min(one.loss for one in found.trials if one.loss is not None)
    assert best <= found.trials[0].loss


def test_a_budget_that_no_model_keeps_to_is_refused() -> None:
    with pytest.raises(UsageError, match="none of 2 trials explains a row within 1 microseconds"):
        searched.found("sqlite://", 2, budget=1.0)


def test_no_trial_begins_after_the_time_is_up() -> None:
    from training.fraud_model.boosting import PARAMETERS
    from training.fraud_model.tuning import search

    params = {**PARAMETERS, "min_data_in_leaf": 10}
    steps: list[tuple[int, int]] = []
    found = search(
        searched.rows(),
        params,
        Tuning(None, seconds=0.0),
        name="timed",
        storage="sqlite://",
        seed=0,
        budget=1_000.0,
        progress=lambda *step: steps.append(step),
    )
    assert len(found.trials) == 1
    assert steps == [(1000, 1000)]
