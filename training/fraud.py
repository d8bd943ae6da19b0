"""Train the fraud model: audits to a bundle with honest figures, in MLflow's registry."""

from __future__ import annotations

import hashlib
import json
import tempfile
import warnings
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features import SIGNALS, records
from features.errors import RecordsWarning, UsageError
from models import booster as boosters
from models import registry
from models.calibration import platt
from models.decision import evidence_level, profile_named
from models.drift import Reference
from models.followers import creator_hash
from models.fraud import FraudBundle, FraudContract, write_bundle
from models.interval import fit_interval
from models.settings import get_settings
from training.boosting import LEARNT, MOST_TREES, TrainingRows, parameters
from training.card import model_card
from training.evaluation import Evaluation, evaluate
from training.fraud_rows import FraudRows, Source, fraud_rows
from training.insights import Insights, curve_of, insights
from training.label_weights import FACTORS, costs
from training.latency import most_trees
from training.missing import COPIES, with_missing
from training.recipe import PLAIN, Recipe
from training.served import from_ledger
from training.split import FOLDS, TEST_SHARE, fold_of
from training.tuning import Search, search, study_storage
from training.ways import Weighed, tried

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from features import Context
    from features.records import Tables
    from ledger import Ledger
    from models.calibration import Calibration
    from models.comments import CommentBundle
    from models.followers import FollowerBundle
    from models.interval import Interval
    from training.evaluation_tables import Table
    from training.ways import Way

    Floats = NDArray[np.float64]

    Progress = Callable[[int, int], None]

TRUTH = "truth.parquet"
DRAWN = 500
"""Creators in the picture of the signals."""

LIBRARIES = ("bonafide", "lightgbm", "numpy", "polars")


@dataclass(frozen=True)
class FittedFraud:
    """A bundle on disk, how well it does, the signals of the creators it was tested on, and what else was seen."""

    bundle: FraudBundle
    evaluation: Evaluation
    tested: pl.DataFrame
    insights: Insights


@dataclass(frozen=True)
class TrainedFraud:
    """A registered fraud model.

    Attributes:
        metrics: On the test part; see `training.evaluation.Evaluation`.
        slices: The same by slice.
        tables: What else the training showed; see `training.insights`.
        version: Its number in the registry.
        uri: Its address: `models:/bonafide-fraud/3`.
        champion: Whether it is in service now.
        bundle: Its local folder.
    """

    metrics: dict[str, float]
    slices: pl.DataFrame
    tables: tuple[Table, ...]
    version: int
    uri: str
    run_id: str
    champion: bool
    bundle: Path


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
        RecordsError: The records were refused.
        UsageError: There are too few audits.
        NotFoundError: There is no champion to start from, or whose norms the ledger's signals were measured with.
    """
    tables = records.read(data, labels=True) if isinstance(data, Path) else data
    if truth is None and isinstance(data, Path) and (data / TRUTH).is_file():
        truth = pl.read_parquet(data / TRUTH)
    needs = recipe.base == "champion" or ledger is not None
    champion = registry.load_fraud(_champion()) if needs else None
    if champion is not None:
        context, followers, comments = (
            context or champion.context,
            followers or champion.followers,
            comments or champion.comments,
        )
    else:
        if followers is None and registry.has_champion(registry.FOLLOWERS):
            followers = registry.load_followers()
        if comments is None and registry.has_champion(registry.COMMENTS):
            comments = registry.load_comments()
    served = None
    if ledger is not None and context is not None:
        tables, served = _from_ledger(ledger, tables, context)
    if tables is None:
        raise UsageError("training needs records with audits, a ledger with audits, or both")
    start = champion if recipe.base == "champion" else None
    source = Source(tables, context, followers, comments, truth, start, served)
    rows = fraud_rows(source, _split_seed(source, seed), recipe)
    return train_rows(rows, promote=promote, seed=seed, recipe=recipe, progress=progress)


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
    rows = fraud_rows(source, _split_seed(source, seed), recipe)
    return fit_rows(rows, folder, seed=seed, recipe=recipe, progress=progress)


def fit_rows(
    rows: FraudRows, folder: Path, *, seed: int = 0, recipe: Recipe = PLAIN, progress: Progress | None = None
) -> FittedFraud:
    """Train and evaluate a fraud model on rows whose signals are worked out; else as `fit_fraud`."""
    profile = profile_named(recipe.profile)
    known, weighed = weighed_rows(rows, seed, recipe)
    searched = _searched(rows, weighed, seed, recipe, progress)
    params = parameters(SIGNALS, seed, {} if searched is None else searched.best)
    most = min(MOST_TREES, most_trees(params, recipe.explain_budget))
    champion = rows.source.champion
    if champion is not None:
        most = most_trees(params, recipe.explain_budget)
    if most < 1:
        raise UsageError(f"no tree explains a row within {recipe.explain_budget:g} microseconds: allow more")
    ways = tried(recipe.base, weighed, params, champion, most=most, progress=progress)
    best, judged = ways[0], weighed.rows.judged
    raw, label, trust = best.found.raw[judged], weighed.rows.label[judged], weighed.trust[judged]
    calibration = platt(raw, label, trust)
    contract = FraudContract(
        created_at=datetime.now(UTC),
        trees=best.found.trees,
        members=len(best.found.members),
        calibration=calibration,
        interval=_interval(known.filter(pl.Series(judged)), raw, label, calibration),
        profile=profile.name,
        norms_version=rows.context.version,
        data_hash=rows.data_hash,
        libraries={name: version(name) for name in LIBRARIES},
        metrics={},
        training=_facts(rows, best, searched, seed, recipe),
    )
    write = partial(
        write_bundle,
        booster=best.booster(),
        members=best.found.members,
        context=rows.context,
        reference=_reference(known, calibration.probability(best.found.raw), weighed.whole),
        trained_on=_trained_on(rows),
        followers=rows.source.followers,
        comments=rows.source.comments,
    )
    with tempfile.TemporaryDirectory() as scratch:
        unmeasured = write(Path(scratch) / "bundle", contract=contract)
        evaluation = evaluate(unmeasured, rows.tested, rows.source.tables, rows.source.truth)
    bundle = write(folder, contract=contract.model_copy(update={"metrics": evaluation.metrics}))
    probability = calibration.probability(best.found.raw)
    seen = insights(ways, weighed, known["creator_id"], probability, rows.source.tables.audits, searched)
    if recipe.base is not None and best.grown:
        seen = seen.with_curve(curve_of(best, weighed, params, known["creator_id"], seed))
    return FittedFraud(bundle, evaluation, rows.tested, seen)


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


def _split_seed(source: Source, seed: int) -> int:
    """The champion's own, where one is started from: what it was tested on must not be learnt from, nor the reverse."""
    return seed if source.champion is None else int(str(source.champion.contract.training["seed"]))


def weighed_rows(rows: FraudRows, seed: int, recipe: Recipe) -> tuple[pl.DataFrame, Weighed]:
    """The rows to learn from with copies that lack inputs, and what they weigh."""
    learning = rows.learning.filter(evidence_level() > 0)
    known = with_missing(learning, SIGNALS, seed)
    label, trust, judged, real = (known[name].to_numpy() for name in ("label", "weight", "judged", "real"))
    fold = np.where(real, fold_of(known["group"], _split_seed(rows.source, seed)), LEARNT)
    prepared = TrainingRows(
        signals=boosters.matrix(known, [signal.name for signal in SIGNALS]),
        label=label,
        weight=trust * costs(label, profile_named(recipe.profile)),
        fold=fold,
        judged=judged,
    )
    whole = judged & (np.arange(known.height) < learning.height)
    return known, Weighed(prepared, trust, real, whole)


def _searched(rows: FraudRows, weighed: Weighed, seed: int, recipe: Recipe, progress: Progress | None) -> Search | None:
    if recipe.tuning is None:
        return None
    if recipe.base == "champion":
        raise UsageError("a search for parameters begins afresh: it does not go with starting from the champion")
    middle = FACTORS[len(FACTORS) // 2] if recipe.base == "simulated" else 1.0
    return search(
        weighed.by(middle),
        parameters(SIGNALS, seed),
        recipe.tuning,
        name=_study(rows, seed, recipe),
        storage=study_storage(get_settings().home, recipe.tuning),
        seed=seed,
        budget=recipe.explain_budget,
        progress=progress,
    )


def _study(rows: FraudRows, seed: int, recipe: Recipe) -> str:
    """The study's name: the data's hash, and one of all else that decides what a trial finds."""
    decides = {
        **asdict(replace(recipe, tuning=None)),
        "seed": seed,
        "norms": rows.context.version,
        "signals": [signal.name for signal in SIGNALS],
        "parameters": parameters(SIGNALS, seed),
        "libraries": {name: version(name) for name in (*LIBRARIES, "optuna")},
    }
    digest = hashlib.sha256(json.dumps(decides, sort_keys=True, default=str).encode()).hexdigest()
    return f"{registry.FRAUD} {rows.data_hash[:12]} {digest[:12]}"


def _reference(known: pl.DataFrame, probability: Floats, whole: NDArray[np.bool_]) -> Reference:
    """What the real creators learnt from look like, as given, scored by the fold that left each out."""
    names = [signal.name for signal in SIGNALS]
    signals = boosters.values(known.filter(pl.Series(whole)), names)
    return Reference.of(probability[whole], dict(zip(names, signals.T, strict=True)))


def _trained_on(rows: FraudRows) -> frozenset[str]:
    """`creator_hash` of every real creator learnt from, by the model that was started from too."""
    own = frozenset(map(creator_hash, rows.learning.filter("real")["creator_id"]))
    return own if rows.source.champion is None else own | rows.source.champion.trained_on


def _interval(known: pl.DataFrame, raw: Floats, label: Floats, calibration: Calibration) -> Interval:
    cohort = known.select(pl.concat_str("platform", pl.col("tier").fill_null("*"), separator=" ")).to_series()
    level = known.select(evidence_level()).to_series().to_numpy()
    probability = calibration.probability(raw)
    return fit_interval(probability, label, level, cohort.to_list(), known["creator_id"].to_list())


def _facts(rows: FraudRows, best: Way, searched: Search | None, seed: int, recipe: Recipe) -> dict[str, object]:
    source = rows.source
    labels = rows.learning.filter("judged")["label"].append(rows.tested["label"])
    facts: dict[str, object] = {
        "creators_trained_on": int(rows.learning["judged"].sum()),
        "creators_tested_on": rows.tested.height,
        "share_of_fraud": round(float(labels.mean()), 4),  # type: ignore[arg-type]  # never null: there are rows
        "folds": FOLDS,
        "test_share": TEST_SHARE,
        "copies_with_missing_inputs": COPIES,
        "seed": _split_seed(source, seed),
        "split": recipe.split,
        "base": recipe.base,
        "way": best.name,
        "weight_of_a_real_audit": best.factor,
        "follower_model": None if source.followers is None else source.followers.contract.version,
        "comment_model": None if source.comments is None else source.comments.contract.version,
    }
    if recipe.split == "time":
        facts["label_delay_days"] = recipe.label_delay.total_seconds() / 86_400
    if recipe.base == "simulated":
        facts["simulated_creators"] = int((~rows.learning["real"]).sum())
    if source.champion is not None:
        facts |= {"champion": source.champion.contract.version, "sampling_seed": seed}
    if searched is not None:
        facts |= {"trials": len(searched.trials), **searched.best}
    return facts


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
        shown=fitted.insights,
    )
    return TrainedFraud(
        metrics=fitted.evaluation.metrics,
        slices=fitted.evaluation.slices,
        tables=fitted.insights.tables,
        version=tracked.version,
        uri=tracked.address,
        run_id=tracked.run_id,
        champion=tracked.champion,
        bundle=registry.resolve(tracked.address, registry.FRAUD),
    )
