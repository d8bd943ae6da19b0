"""The fraud model's evaluation as a whole: on audits, or on real accounts with fraud injected."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from features import records
from features.errors import UsageError
from training.fraud import TRUTH, fit_fraud
from training.fraud_model.audit_tables import audited
from training.real_accounts import real_sets
from training.real_accounts.growth_found import growth_found, with_common_growth
from training.real_accounts.injection_found import EVASIVE, INJECTED, Subject, measured
from training.real_accounts.realism import realism
from training.real_accounts.rising import rising
from training.real_accounts.untouched import untouched
from training.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from features.records import Tables
    from models.fraud import FraudBundle
    from training.evaluation_tables import Table
    from training.real_accounts.injection_found import Case

    Progress = Callable[[int, int], None]
    Step = Callable[[], list[Table]]

SAMPLE = 600
"""Accounts of a set that fraud is injected into, unless told otherwise; three times as many are judged untouched."""
UNTOUCHED = 3
SIMULATED = 3_000
"""Creators that are simulated to be compared with real ones."""
RISEN = 200
"""Of these, the genuine ones that buy more and more."""
SIMULATION_SEED = 90_000
"""Added to the seed, so that nobody is compared whom a model with the same seed was trained on."""


def evaluate_fraud(
    bundle: FraudBundle | None,
    data: Path,
    *,
    train: Path | None = None,
    seed: int = 0,
    sample: int | None = None,
    progress: Progress | None = None,
) -> list[Table]:
    """Judge a fraud bundle.

    Args:
        bundle: The model; may be left out where `train` is given.
        data: Records with audits (and the simulator's `truth.parquet` beside them, where it is known), or a folder
            of real data as `training.real_accounts.real_sets` describes it: then injection, evasion, untouched
            accounts, growth, realism and transfer.
        train: Records with audits, on which a model is fitted in place of `bundle`.
        seed: Decides samples, draws and folds.
        sample: Most accounts of a set that fraud is injected into; `SAMPLE` unless given. Audits are all judged.
        progress: Called with (done, total).

    Raises:
        UsageError: There is neither a bundle nor anything to train on, or there are no audits.
        RecordsError: Records were refused.
    """
    with tempfile.TemporaryDirectory() as scratch:
        judged = _fitted(train, Path(scratch) / "bundle", seed) if train is not None else bundle
        if judged is None:
            raise UsageError("evaluating needs a model, or audits to train one on")
        if real_sets.is_real_data(data):
            return _run(_on_real_accounts(judged, data, seed, sample or SAMPLE), progress)
        return _run([lambda: audited(judged, *_with_truth(data))], progress)


def _on_real_accounts(bundle: FraudBundle, data: Path, seed: int, sample: int) -> list[Step]:
    accounts, series = real_sets.accounts(data), real_sets.series(data)
    followed = [Subject(name, tables, with_common_growth(bundle, tables)) for name, tables in series.items()]
    subjects = [*(Subject(name, tables, bundle) for name, tables in accounts.items()), *followed]
    return [
        lambda: untouched(subjects, sample=UNTOUCHED * sample, seed=seed),
        *(
            partial(_measured, title, subjects, cases, sample, seed)
            for title, cases in (("Injection into real accounts", INJECTED), ("Evasion", EVASIVE))
        ),
        lambda: growth_found(bundle.context, series, seed=seed),
        lambda: _simulated(bundle, accounts, seed),
        lambda: _transfer(data, seed),
    ]


def _measured(title: str, subjects: Sequence[Subject], cases: Sequence[Case], sample: int, seed: int) -> list[Table]:
    return [measured(title, subjects, cases, sample=sample, seed=seed)]


def _simulated(bundle: FraudBundle, accounts: Mapping[str, Tables], seed: int) -> list[Table]:
    """How like real creators simulated ones are, and genuine ones of them under rising doses of fraud."""
    simulation = simulate(SIMULATED, seed=SIMULATION_SEED + seed)
    genuine = simulation.truth.filter(~pl.col("fraud"))["creator_id"].head(RISEN)
    tables = simulation.tables.select(genuine.to_list())
    return [*realism(accounts, simulation, seed=seed), rising(bundle, tables, seed=seed)]


def _transfer(data: Path, seed: int) -> list[Table]:
    """Follower and comment models fitted without a source (a video, for comments) and tested on it."""
    from training.comments import evaluate_comments
    from training.followers import evaluate_followers

    found: list[Table] = []
    if (data / "followers").is_dir():
        found += evaluate_followers(data / "followers", by="source", seed=seed)
    if (data / "comments").is_dir():
        found += evaluate_comments(data / "comments", by="creator_id", seed=seed)
    return [replace(table, title=f"Transfer: {table.title}") for table in found]


def _fitted(train: Path, folder: Path, seed: int) -> FraudBundle:
    tables, truth = _with_truth(train)
    return fit_fraud(tables, folder, seed=seed, truth=truth).bundle


def _with_truth(data: Path) -> tuple[Tables, pl.DataFrame | None]:
    beside = data / TRUTH
    return records.read(data, labels=True), pl.read_parquet(beside, glob=False) if beside.is_file() else None


def _run(steps: Sequence[Step], progress: Progress | None) -> list[Table]:
    found: list[Table] = []
    for done, step in enumerate(steps, start=1):
        found += step()
        if progress is not None:
            progress(done, len(steps))
    return [table for table in found if table.rows]
