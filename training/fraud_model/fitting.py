"""From rows of signals with labels to a fraud bundle on disk: ways to learn, calibration, interval, evaluation."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np
import polars as pl

from features import SIGNALS
from features.errors import Problem, RecordsError, UsageError
from models import registry
from models.boosters import booster as boosters
from models.bundle import creator_hash
from models.drift import Reference
from models.fraud import FraudBundle, write_bundle
from models.fraud_contract import FraudContract
from models.settings import get_settings
from models.verdicts.decision import evidence_level, profile_named
from models.verdicts.fraud_calibration import FraudCalibration, comments_alone, steepness
from models.verdicts.interval import fit_interval
from training.audits.label_weights import FACTORS, costs
from training.fraud_model.audit_evaluation import Evaluation, evaluate
from training.fraud_model.boosting import LEARNT, MOST_TREES, TrainingRows, parameters
from training.fraud_model.insights import Insights, curve_of, insights
from training.fraud_model.latency import most_trees
from training.fraud_model.missing import COPIES, with_missing
from training.fraud_model.recipe import PLAIN, Recipe
from training.fraud_model.scores import Weighed
from training.fraud_model.tuning import Search, search, study_storage
from training.fraud_model.ways import tried
from training.split import FOLDS, TEST_SHARE, fold_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from models.verdicts.interval import Interval
    from training.fraud_model.rows import FraudRows, Source
    from training.fraud_model.ways import Way

    Floats = NDArray[np.float64]

    Progress = Callable[[int, int], None]

LIBRARIES = ("bonafide", "lightgbm", "numpy", "polars")


@dataclass(frozen=True)
class FittedFraud:
    """A bundle on disk, how well it does, the signals of the creators it was tested on, and what else was seen."""

    bundle: FraudBundle
    evaluation: Evaluation
    tested: pl.DataFrame
    insights: Insights


def fit_rows(
    rows: FraudRows, folder: Path, *, seed: int = 0, recipe: Recipe = PLAIN, progress: Progress | None = None
) -> FittedFraud:
    """Train and evaluate a fraud model on rows whose signals are worked out; else as `fit_fraud`."""
    known, weighed = weighed_rows(rows, seed, recipe)
    searched = _searched(rows, weighed, seed, recipe, progress)
    params = parameters(SIGNALS, seed, {} if searched is None else searched.best)
    champion = rows.source.champion
    most = _most_trees(params, recipe, champion)
    ways = tried(recipe.base, weighed, params, champion, most=most, progress=progress)
    best, judged = ways[0], weighed.rows.judged
    label = weighed.rows.label[judged]
    calibration = _calibration(weighed, best)
    probability = calibration.probability(best.found.raw, weighed.rows.signals.to_numpy())
    contract = FraudContract(
        created_at=datetime.now(UTC),
        trees=best.found.trees,
        members=len(best.found.members),
        calibration=calibration.scaling,
        steeper=calibration.steeper,
        interval=_interval(known.filter(pl.Series(judged)), probability[judged], label),
        profile=profile_named(recipe.profile).name,
        norms_version=rows.context.version,
        data_hash=rows.data_hash,
        libraries={name: version(name) for name in LIBRARIES},
        metrics={},
        training=_facts(rows, best, searched, seed, recipe),
    )
    bundle, evaluation = _written(rows, best, contract, _reference(known, probability, weighed.whole), folder)
    profile, audits = profile_named(recipe.profile), rows.source.tables.audits
    seen = insights(ways, weighed, known["creator_id"], probability, audits, searched, profile)
    if recipe.base is not None and best.grown:
        seen = seen.with_curve(curve_of(best, weighed, params, known["creator_id"], seed))
    return FittedFraud(bundle, evaluation, rows.tested, seen)


def _most_trees(params: Mapping[str, object], recipe: Recipe, champion: FraudBundle | None) -> int:
    """How many trees the budget of an explanation allows: the champion's are among them, and are not cut."""
    within = most_trees(params, recipe.explain_budget)
    if within < 1:
        raise UsageError(f"no tree explains a row within {recipe.explain_budget:g} microseconds: allow more")
    return within if champion is not None else min(MOST_TREES, within)


def _written(
    rows: FraudRows, best: Way, contract: FraudContract, reference: Reference, folder: Path
) -> tuple[FraudBundle, Evaluation]:
    """The bundle in `folder`, and its evaluation, which its contract then tells."""
    write = partial(
        write_bundle,
        booster=best.booster(),
        members=best.found.members,
        context=rows.context,
        reference=reference,
        trained_on=_trained_on(rows),
        followers=rows.source.followers,
        comments=rows.source.comments,
    )
    with tempfile.TemporaryDirectory() as scratch:
        unmeasured = write(Path(scratch) / "bundle", contract=contract)
        evaluation = evaluate(unmeasured, rows.tested, rows.source.tables, rows.source.truth)
    return write(folder, contract=contract.model_copy(update={"metrics": evaluation.metrics})), evaluation


def split_seed(source: Source, seed: int) -> int:
    """The champion's own, where one is started from: what it was tested on must not be learnt from, nor the reverse."""
    return seed if source.champion is None else int(str(source.champion.contract.training["seed"]))


def weighed_rows(rows: FraudRows, seed: int, recipe: Recipe) -> tuple[pl.DataFrame, Weighed]:
    """The rows to learn from with copies that lack inputs, and what they weigh; RecordsError where no verdict could
    be learnt from records with enough in them.
    """
    learning = rows.learning.filter(evidence_level() > 0)
    if learning.filter("judged")["label"].n_unique() < 2:
        needed = "training needs creators of each verdict who have enough posts, comments, days or followers"
        raise RecordsError([Problem("audits", needed)])
    known = with_missing(learning, SIGNALS, seed)
    known = known.with_columns(whole=pl.col("judged") & (pl.int_range(pl.len()) < learning.height))
    if recipe.base == "champion":
        known = _simulated_as_either(known)
    label, trust, judged, real, whole = (known[name].to_numpy() for name in _OF_ROWS)
    fold = np.where(real, fold_of(known["group"], split_seed(rows.source, seed)), LEARNT)
    prepared = TrainingRows(
        signals=boosters.matrix(known, [signal.name for signal in SIGNALS]),
        label=label,
        weight=trust * _costs(label, real, recipe),
        fold=fold,
        judged=judged,
    )
    creator = np.unique(known["creator_id"].to_numpy(), return_inverse=True)[1]
    return known, Weighed(prepared, trust, real, whole, creator)


_OF_ROWS = ("label", "weight", "judged", "real", "whole")


def _simulated_as_either(known: pl.DataFrame) -> pl.DataFrame:
    """The rows with each simulated creator as genuine and as fraud: the champion says how much of either it is."""
    simulated = known.filter(~pl.col("real")).with_columns(weight=pl.lit(1.0))
    return pl.concat([known.filter("real"), *(simulated.with_columns(label=pl.lit(label)) for label in (0.0, 1.0))])


def _costs(label: Floats, real: NDArray[np.bool_], recipe: Recipe) -> Floats:
    """What a mistake about each row costs; what the champion says of simulated creators knows of costs already."""
    found = costs(label, profile_named(recipe.profile))
    return np.where(real, found, 1.0) if recipe.base == "champion" else found


def _searched(rows: FraudRows, weighed: Weighed, seed: int, recipe: Recipe, progress: Progress | None) -> Search | None:
    if recipe.tuning is None:
        return None
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


def _calibration(weighed: Weighed, best: Way) -> FraudCalibration:
    """On the rows that each fold has not seen."""
    scores, scaling = best.scores, best.scores.scaling
    members = (lgb.Booster(model_str=member) for member in best.found.members)
    base = float(np.mean([boosters.base_log_odds(member, scaling) for member in members]))
    alone = comments_alone(weighed.rows.signals.to_numpy()[scores.row])
    log_odds, label, weight = scaling.log_odds(scores.raw[alone]), scores.label[alone], scores.weight[alone]
    return FraudCalibration(scaling, base, steepness(log_odds, base, label, weight))


def _interval(known: pl.DataFrame, probability: Floats, label: Floats) -> Interval:
    cohort = known.select(pl.concat_str("platform", pl.col("tier").fill_null("*"), separator=" ")).to_series()
    level = known.select(evidence_level()).to_series().to_numpy()
    return fit_interval(probability, label, level, cohort.to_list(), known["creator_id"].to_list())


def _facts(rows: FraudRows, best: Way, searched: Search | None, seed: int, recipe: Recipe) -> dict[str, object]:
    source = rows.source
    labels = rows.learning.filter("judged")["label"].append(rows.tested["label"])
    facts: dict[str, object] = {
        "creators_trained_on": rows.learning.filter("judged", evidence_level() > 0).height,
        "creators_tested_on": rows.tested.height,
        "share_of_fraud": round(float(labels.mean()), 4),  # type: ignore[arg-type]  # never null: there are rows
        "folds": FOLDS,
        "test_share": TEST_SHARE,
        "copies_with_missing_inputs": COPIES,
        "seed": split_seed(source, seed),
        "split": recipe.split,
        "base": recipe.base,
        "way": best.name,
        "weight_of_a_real_audit": best.factor,
        "follower_model": None if source.followers is None else source.followers.contract.version,
        "comment_model": None if source.comments is None else source.comments.contract.version,
    }
    if recipe.split == "time":
        facts["label_delay_days"] = recipe.label_delay.total_seconds() / 86_400
    if recipe.base in ("simulated", "champion"):
        facts["simulated_creators"] = int((~rows.learning["real"]).sum())
    if source.champion is not None:
        facts |= {"champion": source.champion.contract.version, "sampling_seed": seed}
        facts["share_of_fraud_of_the_champion"] = source.champion.contract.training.get("share_of_fraud")
    if searched is not None:
        facts |= {"trials": len(searched.trials), **searched.best}
    return facts
