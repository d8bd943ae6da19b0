"""A search for LightGBM's parameters: Optuna's TPE, pruned fold by fold, in a database where it can be taken up again.

It is nested in the split: the folds that judge a trial are those of the training part, and the test part is never seen.
A killed search is taken up where it stopped: finished trials are not run again, and each trial draws from a generator
of its own, seeded by how many finished before it, so that the same trials follow whether it was interrupted or not.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np

from features.errors import UsageError
from training.evaluation_tables import Table
from training.fraud_model.boosting import MOST_TREES, PATIENCE, TrainingRows
from training.fraud_model.latency import explain_microseconds, most_trees

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import optuna

    from training.fraud_model.recipe import Tuning

    Progress = Callable[[int, int], None]

FEWEST_TREES = 20
STARTING = 10
"""Trials drawn at random before TPE learns from them, and before any is pruned."""

SEARCHED = (
    "learning_rate",
    "num_leaves",
    "max_depth",
    "min_data_in_leaf",
    "lambda_l2",
    "feature_fraction",
    "bagging_fraction",
    "extra_trees",
)
"""What is searched for; the first trial is what would be trained without a search."""

SHOWN = 10


@dataclass(frozen=True)
class Trial:
    """One finished trial.

    Attributes:
        number: In the order in which they finished.
        parameters: LightGBM's.
        losses: Log loss of each fold that was run.
        loss: Their mean; None where it was pruned.
        microseconds: To explain one row, by `training.fraud_model.latency`; None where it was pruned.
        seconds: When it began and ended, since 1970.
    """

    number: int
    parameters: dict[str, object]
    losses: tuple[float, ...]
    loss: float | None
    microseconds: float | None
    seconds: tuple[float, float]


@dataclass(frozen=True)
class Search:
    """What a search found: its name in the database, the best parameters, and all trials that finished."""

    study: str
    best: dict[str, object]
    trials: tuple[Trial, ...]

    @property
    def table(self) -> Table:
        """The best trials."""
        ended = sorted((one for one in self.trials if one.loss is not None), key=lambda one: one.loss or 0.0)
        rows: list[tuple[object, ...]] = [
            (
                f"{one.number}",
                one.loss,
                one.microseconds,
                ", ".join(f"{k} {_short(v)}" for k, v in one.parameters.items()),
            )
            for one in ended[:SHOWN]
        ]
        pruned = len(self.trials) - len(ended)
        note = (
            f"{len(self.trials)} trials, {pruned} of them given up: worse than the median after some folds, or fewer "
            f"than {FEWEST_TREES} of their trees are explained in time. Log loss of the folds left out, in the weights "
            f"of training, before calibration; study {self.study}."
        )
        return Table(
            "Search for parameters", ("trial", "log loss", "microseconds to explain", "parameters"), rows, note
        )


def search(
    rows: TrainingRows,
    params: dict[str, object],
    tuning: Tuning,
    *,
    name: str,
    storage: str,
    seed: int,
    budget: float,
    progress: Progress | None = None,
) -> Search:
    """Search for the parameters of least log loss on unseen folds.

    Raises UsageError when no trial stays within the budget.

    Args:
        rows: The training part.
        params: LightGBM's; those drawn take the place of the same among them.
        tuning: How long.
        name: The study's; must follow from the data, the seed and everything else that a trial's loss depends on.
        storage: The database's address.
        seed: Decides what is drawn.
        budget: Microseconds that the explanation of one row may take; no trial grows more trees than that allows.
        progress: Called with (trials, all of them).
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    study = optuna.create_study(storage=storage, study_name=name, load_if_exists=True, direction="minimize")
    _give_up_interrupted(study)
    if not _begun(study):
        study.enqueue_trial({name: params[name] for name in SEARCHED})
    data = lgb.Dataset(rows.signals, rows.label, weight=rows.weight, free_raw_data=False, params=params).construct()
    folds = [(data.subset(learn.tolist()), data.subset(judge.tolist())) for learn, judge in rows.parts]
    begun, done = time.monotonic(), len(_finished(study))
    while not _over(done, time.monotonic() - begun, tuning):
        study.sampler = optuna.samplers.TPESampler(
            seed=int(np.random.SeedSequence([seed, done]).generate_state(1)[0]), n_startup_trials=STARTING
        )
        study.pruner = optuna.pruners.MedianPruner(n_startup_trials=STARTING)
        study.optimize(lambda trial: _loss(trial, folds, params, budget), n_trials=1)
        done += 1
        if progress is not None:
            progress(*_share(done, time.monotonic() - begun, tuning))
    trials = tuple(_trial(number, one, params) for number, one in enumerate(_finished(study)))
    if all(one.loss is None for one in trials):
        raise UsageError(f"none of {len(trials)} trials explains a row within {budget:g} microseconds: allow more")
    return Search(name, dict(study.best_params), trials)


def study_storage(home: Path, tuning: Tuning) -> str:
    """The address of the studies' database; SQLite in `home` unless the tuning names one."""
    home.mkdir(parents=True, exist_ok=True)
    return tuning.storage or f"sqlite:///{home.resolve() / 'studies.db'}"


def drawn(trial: optuna.Trial) -> dict[str, object]:
    """The parameters of one trial: shallow trees, as every row must be explained in real time."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.15, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 4, 31),
        "max_depth": trial.suggest_int("max_depth", 2, 6),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 10, 160, log=True),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 50.0, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.25, 1.0),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
        "extra_trees": trial.suggest_categorical("extra_trees", [True, False]),
    }


def _loss(
    trial: optuna.Trial, folds: list[tuple[lgb.Dataset, lgb.Dataset]], params: dict[str, object], budget: float
) -> float:
    """Mean log loss of the unseen folds; given up where the folds so far are worse than the median trial's."""
    import optuna

    tried = {**params, **drawn(trial)}
    most = min(MOST_TREES, most_trees(tried, budget))
    if most < FEWEST_TREES:
        raise optuna.TrialPruned
    losses, trees = [], []
    for step, (learn, judge) in enumerate(folds):
        booster = lgb.train(
            tried, learn, most, valid_sets=[judge], callbacks=[lgb.early_stopping(PATIENCE, verbose=False)]
        )
        losses.append(float(booster.best_score["valid_0"]["binary_logloss"]))
        trees.append(booster.best_iteration)
        trial.report(float(np.mean(losses)), step)
        if trial.should_prune():
            trial.set_user_attr("losses", losses)
            raise optuna.TrialPruned
    trial.set_user_attr("losses", losses)
    trial.set_user_attr("trees", int(np.median(trees)))
    return float(np.mean(losses))


def _give_up_interrupted(study: optuna.Study) -> None:
    """A trial that a killed search left running is not waited for."""
    from optuna.trial import TrialState

    for one in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(one.number, state=TrialState.FAIL)


def _begun(study: optuna.Study) -> bool:
    """Whether the first trial is finished or waits to be run; one that was interrupted is run again."""
    from optuna.trial import TrialState

    return bool(_finished(study) or study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))


def _finished(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    from optuna.trial import TrialState

    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))


def _over(done: int, seconds: float, tuning: Tuning) -> bool:
    spent = tuning.seconds is not None and seconds >= tuning.seconds and done > 0
    return spent or (tuning.trials is not None and done >= tuning.trials)


def _share(done: int, seconds: float, tuning: Tuning) -> tuple[int, int]:
    """How far the search is: by trials or by time, whichever ends it sooner."""
    by_time = 0.0 if tuning.seconds is None else min(1.0, seconds / max(tuning.seconds, 1e-9))
    by_trials = 0.0 if tuning.trials is None else done / tuning.trials
    return round(1000 * max(by_time, by_trials)), 1000


def _trial(number: int, one: optuna.trial.FrozenTrial, params: dict[str, object]) -> Trial:
    tried = {**params, **one.params}
    trees = one.user_attrs.get("trees")
    size = int(str(tried["num_leaves"])), int(str(tried["max_depth"]))
    begun, ended = one.datetime_start, one.datetime_complete
    return Trial(
        number=number,
        parameters=dict(one.params),
        losses=tuple(one.user_attrs.get("losses", ())),
        loss=one.value if trees is not None else None,
        microseconds=None if trees is None else explain_microseconds(trees, *size),
        seconds=(begun.timestamp() if begun else 0.0, ended.timestamp() if ended else 0.0),
    )


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
