"""Train the fraud model: audits to a bundle with honest figures, in MLflow's registry."""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from features import records
from features.errors import RecordsWarning, UsageError
from models import loading, registry
from models.boosters import booster as boosters
from training.audits.served import from_ledger
from training.fraud_model.boosting import parameters
from training.fraud_model.card import model_card
from training.fraud_model.fitting import FittedFraud, fit_rows, split_seed
from training.fraud_model.recipe import PLAIN, Recipe
from training.fraud_model.rows import FraudRows, Source, fraud_rows
from training.tracking import Trained, track

if TYPE_CHECKING:
    from collections.abc import Callable

    from features import Context
    from features.records import Tables
    from ledger import Ledger
    from models.comments import CommentBundle
    from models.followers import FollowerBundle
    from models.fraud import FraudBundle
    from training.evaluation_tables import Table

    Progress = Callable[[int, int], None]

TRUTH = "truth.parquet"
DRAWN = 500
"""Creators in the picture of the signals."""


@dataclass(frozen=True)
class TrainedFraud(Trained):
    """A registered fraud model.

    Attributes:
        metrics: On the test part; see `training.fraud_model.audit_evaluation.Evaluation`.
        slices: The same by slice.
        tables: What else the training showed; see `training.fraud_model.insights`.
    """

    slices: pl.DataFrame
    tables: tuple[Table, ...]


def train_fraud(
    data: Path | Tables | None,
    *,
    ledger: Ledger | None = None,
    promote: bool = False,
    seed: int = 0,
    recipe: Recipe = PLAIN,
    context: Context | None = None,
    truth: pl.DataFrame | None = None,
    followers: FollowerBundle | None = None,
    comments: CommentBundle | None = None,
    progress: Progress | None = None,
) -> TrainedFraud:
    """Train, evaluate, log and register a fraud model.

    Args:
        data: Records with audits: a folder, an NDJSON file, or tables read with labels; None with a ledger alone.
        ledger: Audits to add, with the signals as they were served. Norms and the models of followers and comments are
            then the champion's unless given, as served signals were measured with these.
        promote: Make it the champion even where there is one.
        seed: Decides splits, dropped inputs and LightGBM's sampling; the same data and seed give the same model.
        recipe: How to train. From the champion, its norms, its models of followers and comments and its split stay.
        context: Norms to use; built from the training part unless given.
        truth: The simulator's truth; read from `truth.parquet` beside the tables unless given.
        followers: The model of one follower's profile that becomes part of the bundle; the champion unless given.
        comments: The model of one comment that becomes part of the bundle; the champion unless given.
        progress: Called with (done, total).

    Raises:
        RecordsError: The records were refused, or there are too few audits.
        NotFoundError: There is no champion to start from, or whose norms the ledger's signals were measured with.
    """
    tables = records.read(data, labels=True) if isinstance(data, Path) else data
    if truth is None and isinstance(data, Path) and (data / TRUTH).is_file():
        truth = pl.read_parquet(data / TRUTH, glob=False)
    needs = recipe.base == "champion" or ledger is not None
    champion = loading.load_fraud(_champion()) if needs else None
    norms, of_followers, of_comments = _in_service(champion)
    context, followers, comments = context or norms, followers or of_followers, comments or of_comments
    served = None
    if ledger is not None and context is not None:
        tables, served = _from_ledger(ledger, tables, context)
    if tables is None:
        raise UsageError("training needs records with audits, a ledger with audits, or both")
    start = champion if recipe.base == "champion" else None
    source = Source(tables, context, followers, comments, truth, start, served)
    rows = fraud_rows(source, split_seed(source, seed), recipe)
    return train_rows(rows, promote=promote, seed=seed, recipe=recipe, progress=progress)


def _in_service(champion: FraudBundle | None) -> tuple[Context | None, FollowerBundle | None, CommentBundle | None]:
    """The parts of the fraud champion, where its norms are to stay; else the champions of followers and comments."""
    if champion is not None:
        return champion.context, champion.followers, champion.comments
    return None, *loading.load_followers_and_comments()


def _from_ledger(ledger: Ledger, tables: Tables | None, context: Context) -> tuple[Tables, pl.DataFrame]:
    """The records with the ledger's audits, and the signals that were served; who cannot be used is told."""
    found = from_ledger(ledger, tables, context.version)
    if found.left_out:
        said = f"{found.left_out} audited creators of the ledger were left out: neither records nor usable signals"
        warnings.warn(said, RecordsWarning, stacklevel=3)
    return found.tables, found.signals


def train_rows(
    rows: FraudRows,
    *,
    promote: bool = False,
    seed: int = 0,
    recipe: Recipe = PLAIN,
    progress: Progress | None = None,
) -> TrainedFraud:
    """Train, evaluate, log and register on rows whose signals are worked out; else as `train_fraud`."""
    from training.tracking import under_way

    with tempfile.TemporaryDirectory() as scratch, under_way(registry.FRAUD):
        fitted = fit_rows(rows, Path(scratch) / "bundle", seed=seed, recipe=recipe, progress=progress)
        files = Path(scratch) / "files"
        write_files(fitted, files)
        return _tracked(fitted, files, seed=seed, promote=promote)


def fit_fraud(
    tables: Tables,
    folder: Path,
    *,
    seed: int = 0,
    recipe: Recipe = PLAIN,
    context: Context | None = None,
    truth: pl.DataFrame | None = None,
    followers: FollowerBundle | None = None,
    comments: CommentBundle | None = None,
    champion: FraudBundle | None = None,
    served: pl.DataFrame | None = None,
    progress: Progress | None = None,
) -> FittedFraud:
    """Train and evaluate a fraud model and write its bundle to `folder`; nothing is registered.

    Args as for `train_fraud`; `champion` is the model to start from, for the base of that name, `served` the signals
    of creators as they were served, in place of those of their records.
    """
    if champion is not None:
        context, followers, comments = context or champion.context, champion.followers, champion.comments
    source = Source(tables, context, followers, comments, truth, champion, served)
    rows = fraud_rows(source, split_seed(source, seed), recipe)
    return fit_rows(rows, folder, seed=seed, recipe=recipe, progress=progress)


def write_files(fitted: FittedFraud, folder: Path) -> None:
    """Write what a person looks at: the model card, figures by slice, predictions of the test part, plots."""
    from training.plots import plot_calibration, plot_learning_curve, plot_precision_recall, plot_signals

    folder.mkdir(parents=True)
    evaluation, explanation = fitted.evaluation, fitted.bundle.explain(fitted.tested)
    card = model_card(fitted.bundle, evaluation, explanation, fitted.insights.tables)
    (folder / "model_card.md").write_text(card, "utf-8")
    evaluation.slices.write_csv(folder / "slices.csv")
    evaluation.predictions.write_parquet(folder / "predictions.parquet")
    fitted.insights.doubtful.write_csv(folder / "doubtful_labels.csv")
    answered = evaluation.predictions.drop_nulls("probability")
    label, probability = answered["label"].to_numpy(), answered["probability"].to_numpy()
    plot_precision_recall(label, probability, folder / "precision_recall.svg")
    plot_calibration(label, probability, folder / "calibration.svg")
    values = boosters.matrix(fitted.tested.head(DRAWN), fitted.bundle.names)
    plot_signals(explanation.log_odds[:DRAWN], values, folder / "signals.svg")
    if fitted.insights.curve is not None:
        plot_learning_curve(fitted.insights.curve, folder / "learning_curve.svg")


def _champion() -> str:
    """The version in service by its number, so that what was started from can be told."""
    return registry.show_model(f"models:/{registry.FRAUD}@{registry.CHAMPION}").address


def _tracked(fitted: FittedFraud, files: Path, *, seed: int, promote: bool) -> TrainedFraud:
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
        shown=fitted.insights,
    )
    return TrainedFraud(**vars(tracked), slices=fitted.evaluation.slices, tables=fitted.insights.tables)
