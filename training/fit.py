"""Training the fit model: text space, niches and norms from the corpus, a booster over judged pairs, into MLflow."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from features.context import build as build_context
from features.records import Tables, read
from models import registry
from models.fit import FitContract, write_bundle
from models.matching.pairs import PAIR_FEATURE_NAMES
from models.matching.taxonomy import Taxonomy
from models.verdicts.calibration import platt
from training.audits.dataset import data_hash
from training.fit_model.boosting import (
    FOLDS,
    OBJECTIVES,
    PARAMETERS,
    ROUNDS,
    cross_validate,
    fit_booster,
    held_out_metrics,
)
from training.fit_model.card import write_files
from training.fit_model.matches import judged_briefs, learn
from training.fit_model.mentions import mined_trials, mined_whole
from training.fit_model.ranking_figures import RELEVANT
from training.fit_model.trials import fold_of_brands, matched_trials, whole
from training.tracking import track

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from features import Context
    from models.fit import FitBundle
    from training.fit_model.boosting import HeldOut
    from training.fit_model.matches import Judged
    from training.fit_model.trials import Trial
    from training.tracking import Trained

    Progress = Callable[[int, int], None]

STAGES = 5  # norms, pairs, cross-validation, booster, encoder
LEARNT_FROM = ("creators", "posts", "niches", "briefs", "matches")
LIBRARIES = ("bonafide", "lightgbm", "numpy", "polars", "scikit-learn", "scipy")


@dataclass(frozen=True, eq=False)
class FittedFit:
    """A bundle on disk and how it did on brands held out."""

    bundle: FitBundle
    held_out: HeldOut


def train_fit(
    data: Path | Tables,
    *,
    promote: bool = False,
    seed: int = 0,
    context: Context | None = None,
    from_mentions: bool = False,
    taxonomy: Taxonomy | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Train, evaluate, log and register a fit model.

    Args:
        data: Records with `briefs` and `matches`, and `niches` where there are labels of them: a folder, an NDJSON
            file, or tables read with labels.
        promote: Make it the champion even where there is one.
        seed: Of the splits, the samples and the booster; the same data and seed give the same model.
        context: Norms to pin; built from the data unless given.
        from_mentions: Mine briefs and matches from the accounts that posts tag (`training.fit_model.mentions`).
        taxonomy: Of the niches; that of the labels unless given.
        progress: Called with (done, total).

    Returns:
        The version; its metrics are over brands held out, see `training.fit_model.boosting.held_out_metrics`.

    Raises:
        RecordsError: The records were refused, a label is of no niche, or too few brands have a relevant match.
    """
    tables = data if isinstance(data, Tables) else read(data, labels=True)
    with tempfile.TemporaryDirectory() as scratch:
        fitted = fit_bundle(
            tables,
            Path(scratch) / "bundle",
            seed=seed,
            context=context,
            from_mentions=from_mentions,
            taxonomy=taxonomy,
            progress=progress,
        )
        files = Path(scratch) / "files"
        write_files(fitted.bundle, fitted.held_out, files)
        contract = fitted.bundle.contract
        return track(
            registry.FIT,
            fitted.bundle.folder,
            inputs=PAIR_FEATURE_NAMES,
            params=contract.training,
            metrics=contract.metrics,
            tags={
                "data_hash": contract.data_hash,
                "bundle_version": contract.version,
                "norms_version": contract.norms_version,
            },
            files=files,
            promote=promote,
        )


def fit_bundle(
    tables: Tables,
    folder: Path,
    *,
    seed: int = 0,
    context: Context | None = None,
    from_mentions: bool = False,
    taxonomy: Taxonomy | None = None,
    progress: Progress | None = None,
) -> FittedFit:
    """Train and evaluate a fit model and write its bundle to the new `folder`; nothing is registered.

    Raises:
        RecordsError: A label is of no niche, which is told before any work, or too few brands have a relevant match.
    """
    (taxonomy or Taxonomy.of_labels(tables.niches["niche"])).resolved(tables.niches)
    done = progress or (lambda _done, _total: None)
    trials = mined_trials(tables, seed=seed) if from_mentions else matched_trials(tables, seed)
    norms = context or build_context(tables)
    done(1, STAGES)
    judged = judged_trials(trials, norms, seed, taxonomy)
    done(2, STAGES)
    held_out, ranker = (cross_validate(judged, seed, objective) for objective in OBJECTIVES)
    done(3, STAGES)
    raw, _, label = held_out.used()
    booster = fit_booster(judged, seed)
    done(4, STAGES)
    everyone = mined_whole(tables) if from_mentions else whole(tables)
    encoder = learn(everyone, norms, seed, taxonomy=taxonomy, reduced=False).encoder
    done(5, STAGES)
    contract = FitContract(
        created_at=datetime.now(UTC),
        trees=booster.num_trees(),
        calibration=platt(raw, label),
        norms_version=encoder.context.version,
        data_hash=data_hash(tables, LEARNT_FROM),
        libraries={name: version(name) for name in LIBRARIES},
        metrics=_metrics(held_out, ranker),
        training={**_facts(judged), "from_mentions": from_mentions, "seed": seed},
    )
    bundle = write_bundle(folder, booster=booster.model_to_string(), encoder=encoder, contract=contract)
    return FittedFit(bundle, held_out)


def _metrics(held_out: HeldOut, ranker: HeldOut) -> dict[str, float]:
    """On brands held out, and beside them what a booster that learns orders would have reached."""
    found = held_out_metrics(held_out)
    compared = {name: value for name, value in held_out_metrics(ranker).items() if f"baseline_{name}" in found}
    return found | {f"ranker_{name}": value for name, value in compared.items()}


def _facts(judged: Sequence[Judged]) -> dict[str, object]:
    return {
        **PARAMETERS,
        "objective": OBJECTIVES[0],
        "rounds": ROUNDS,
        "folds": FOLDS,
        "relevant_from": RELEVANT,
        "briefs": len(judged),
        "pairs": sum(int((one.weight > 0).sum()) for one in judged),
    }


def judged_trials(
    trials: Sequence[Trial], context: Context, seed: int, taxonomy: Taxonomy | None = None
) -> list[Judged]:
    """The briefs of all trials, each with its candidates as an encoder sees them that learnt from other creators."""
    brands = {one.brand for trial in trials for one in trial.matched}
    folds = fold_of_brands(brands, min(FOLDS, len(brands)), seed)
    judged: list[Judged] = []
    for trial in trials:
        judged += judged_briefs(trial, learn(trial, context, seed, taxonomy=taxonomy), folds, seed)
    return judged
