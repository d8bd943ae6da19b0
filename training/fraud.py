"""Train the fraud model: audits to a bundle with honest figures, in MLflow's registry."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from features import SIGNALS, records
from features.context import build_with_signals
from models import booster as boosters
from models import registry
from models.calibration import platt
from models.decision import DEFAULT_PROFILE, evidence_level
from models.drift import Reference
from models.fraud import FraudBundle, FraudContract, scored, write_bundle
from models.interval import fit_interval
from training.boosting import CrossValidated, TrainingRows, cross_validate, parameters, train
from training.card import model_card
from training.dataset import data_hash, labelled, training_frame, with_signals
from training.evaluation import Evaluation, evaluate
from training.missing import COPIES, with_missing
from training.split import FOLDS, TEST_SHARE, fold_of, held_out

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from features import Context
    from features.records import Tables
    from models.calibration import Calibration
    from models.comments import CommentBundle
    from models.followers import FollowerBundle
    from models.interval import Interval

    Progress = Callable[[int, int], None]

TRUTH = "truth.parquet"
DRAWN = 500
"""Creators in the picture of the signals."""

LEARNT_FROM = ("creators", "posts", "follower_history", "comments", "audience", "audits")

LIBRARIES = ("bonafide", "lightgbm", "numpy", "polars")


@dataclass(frozen=True)
class FittedFraud:
    """A bundle on disk, how well it does, and the signals of the creators that it was tested on."""

    bundle: FraudBundle
    evaluation: Evaluation
    tested: pl.DataFrame


@dataclass(frozen=True)
class TrainedFraud:
    """A registered fraud model.

    Attributes:
        metrics: On the test part; see `training.evaluation.Evaluation`.
        slices: The same by slice.
        version: Its number in the registry.
        uri: Its address: `models:/bonafide-fraud/3`.
        champion: Whether it is in service now.
        bundle: Its local folder.
    """

    metrics: dict[str, float]
    slices: pl.DataFrame
    version: int
    uri: str
    run_id: str
    champion: bool
    bundle: Path


def train_fraud(
    data: Path | Tables,
    *,
    promote: bool = False,
    seed: int = 0,
    context: Context | None = None,
    truth: pl.DataFrame | None = None,
    followers: FollowerBundle | None = None,
    comments: CommentBundle | None = None,
    progress: Progress | None = None,
) -> TrainedFraud:
    """Train, evaluate, log and register a fraud model.

    Args:
        data: Records with audits: a folder, an NDJSON file, or tables read with labels.
        promote: Make it the champion even where there is one.
        seed: Decides splits, dropped inputs and LightGBM's sampling; the same data and seed give the same model.
        context: Norms to use; built from the training part unless given.
        truth: The simulator's truth; read from `truth.parquet` beside the tables unless given.
        followers: The model of one follower's profile that becomes part of the bundle; the champion unless given.
        comments: The model of one comment that becomes part of the bundle; the champion unless given.
        progress: Called with (done, total).

    Raises:
        RecordsError: The records were refused.
        UsageError: There are too few audits.
    """
    tables = data if isinstance(data, records.Tables) else records.read(data, labels=True)
    if truth is None and isinstance(data, Path) and (data / TRUTH).is_file():
        truth = pl.read_parquet(data / TRUTH)
    if followers is None and registry.has_champion(registry.FOLLOWERS):
        followers = registry.load_followers()
    if comments is None and registry.has_champion(registry.COMMENTS):
        comments = registry.load_comments()
    with tempfile.TemporaryDirectory() as scratch:
        fitted = fit_fraud(
            tables,
            Path(scratch) / "bundle",
            seed=seed,
            context=context,
            truth=truth,
            followers=followers,
            comments=comments,
            progress=progress,
        )
        files = Path(scratch) / "files"
        write_files(fitted, files)
        return _tracked(fitted, files, seed=seed, promote=promote)


def fit_fraud(
    tables: Tables,
    folder: Path,
    *,
    seed: int = 0,
    context: Context | None = None,
    truth: pl.DataFrame | None = None,
    followers: FollowerBundle | None = None,
    comments: CommentBundle | None = None,
    progress: Progress | None = None,
) -> FittedFraud:
    """Train and evaluate a fraud model and write its bundle to `folder`; nothing is registered.

    What the models of followers and comments were themselves trained on enters out of fold.
    """
    learnt_from = data_hash(tables, LEARNT_FROM)
    tables = scored(tables, followers, comments, out_of_fold=True)
    rows = labelled(tables)
    test = pl.Series(held_out(rows["group"], seed))
    pinned, learning = _learning(tables, rows.filter(~test), rows.filter(test), context)
    tested = training_frame(tables, rows.filter(test), pinned)
    whole = learning.filter(evidence_level() > 0)
    known = with_missing(whole, SIGNALS, seed)
    prepared = _prepared(known, seed)
    params = parameters(SIGNALS, seed)
    found = cross_validate(prepared, params, progress)
    calibration = platt(found.raw, prepared.label, prepared.weight)
    contract = FraudContract(
        created_at=datetime.now(UTC),
        trees=found.trees,
        members=len(found.members),
        calibration=calibration,
        interval=_interval(known, found, calibration),
        profile=DEFAULT_PROFILE.name,
        norms_version=pinned.version,
        data_hash=learnt_from,
        libraries={name: version(name) for name in LIBRARIES},
        metrics={},
        training={
            **_facts(rows, test, seed),
            "follower_model": None if followers is None else followers.contract.version,
            "comment_model": None if comments is None else comments.contract.version,
        },
    )
    write = partial(
        write_bundle,
        booster=train(prepared, params, found.trees),
        members=found.members,
        context=pinned,
        reference=_reference(whole, calibration.probability(found.raw[: whole.height])),
        trained_on=learning["creator_id"],
        followers=followers,
        comments=comments,
    )
    with tempfile.TemporaryDirectory() as scratch:
        judged = write(Path(scratch) / "bundle", contract=contract)
        evaluation = evaluate(judged, tested, tables, truth)
    judged = write(folder, contract=contract.model_copy(update={"metrics": evaluation.metrics}))
    return FittedFraud(judged, evaluation, tested)


def write_files(fitted: FittedFraud, folder: Path) -> None:
    """Write what a person looks at: the model card, figures by slice, predictions of the test part, plots."""
    from training.plots import plot_calibration, plot_precision_recall, plot_signals

    folder.mkdir(parents=True)
    evaluation, explanation = fitted.evaluation, fitted.bundle.explain(fitted.tested)
    (folder / "model_card.md").write_text(model_card(fitted.bundle, evaluation, explanation), "utf-8")
    evaluation.slices.write_csv(folder / "slices.csv")
    evaluation.predictions.write_parquet(folder / "predictions.parquet")
    answered = evaluation.predictions.drop_nulls("probability")
    label, probability = answered["label"].to_numpy(), answered["probability"].to_numpy()
    plot_precision_recall(label, probability, folder / "precision_recall.svg")
    plot_calibration(label, probability, folder / "calibration.svg")
    values = boosters.matrix(fitted.tested.head(DRAWN), fitted.bundle.names)
    plot_signals(explanation.log_odds[:DRAWN], values, folder / "signals.svg")


def _learning(
    tables: Tables, learn: pl.DataFrame, test: pl.DataFrame, context: Context | None
) -> tuple[Context, pl.DataFrame]:
    """The norms, of everyone who is not tested on unless they are given, and the frame to learn from."""
    if context is not None:
        return context, training_frame(tables, learn, context)
    apart = test["creator_id"].implode()
    corpus = tables.creators.filter(~pl.col("creator_id").is_in(apart))["creator_id"]
    built, signals = build_with_signals(tables.select(corpus.to_list()))
    return built, with_signals(learn, signals)


def _prepared(known: pl.DataFrame, seed: int) -> TrainingRows:
    return TrainingRows(
        signals=boosters.matrix(known, [signal.name for signal in SIGNALS]),
        label=known["label"].to_numpy(),
        weight=known["weight"].to_numpy(),
        fold=fold_of(known["group"], seed),
    )


def _reference(whole: pl.DataFrame, probability: NDArray[np.float64]) -> Reference:
    """What the creators learnt from look like, as given, scored by the fold that left each out."""
    names = [signal.name for signal in SIGNALS]
    return Reference.of(probability, dict(zip(names, boosters.values(whole, names).T, strict=True)))


def _interval(known: pl.DataFrame, found: CrossValidated, calibration: Calibration) -> Interval:
    cohort = known.select(pl.concat_str("platform", pl.col("tier").fill_null("*"), separator=" ")).to_series()
    level = known.select(evidence_level()).to_series().to_numpy()
    probability, label = calibration.probability(found.raw), known["label"].to_numpy()
    return fit_interval(probability, label, level, cohort.to_list(), known["creator_id"].to_list())


def _facts(rows: pl.DataFrame, test: pl.Series, seed: int) -> dict[str, object]:
    return {
        "creators_trained_on": int((~test).sum()),
        "creators_tested_on": int(test.sum()),
        "share_of_fraud": round(float(rows["label"].mean()), 4),  # type: ignore[arg-type]  # never null: rows is not empty
        "folds": FOLDS,
        "test_share": TEST_SHARE,
        "copies_with_missing_inputs": COPIES,
        "seed": seed,
    }


def _tracked(fitted: FittedFraud, files: Path, *, seed: int, promote: bool) -> TrainedFraud:
    from training.tracking import track

    contract = fitted.bundle.contract
    tracked = track(
        registry.FRAUD,
        fitted.bundle.folder,
        inputs=fitted.bundle.names,
        params={**parameters((), seed), **contract.training, "trees": contract.trees},
        metrics=fitted.evaluation.metrics,
        tags={
            "data_hash": contract.data_hash,
            "bundle_version": contract.version,
            "norms_version": contract.norms_version,
        },
        files=files,
        promote=promote,
    )
    return TrainedFraud(
        metrics=fitted.evaluation.metrics,
        slices=fitted.evaluation.slices,
        version=tracked.version,
        uri=tracked.address,
        run_id=tracked.run_id,
        champion=tracked.champion,
        bundle=registry.resolve(tracked.address, registry.FRAUD),
    )
