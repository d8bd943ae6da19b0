"""Training the fit model: text space, niches and norms from the corpus, a booster over judged pairs, into MLflow."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import features
from features.context import build as build_context
from features.records import Tables, read
from models import registry
from models.calibration import platt
from models.documents import creator_documents
from models.encoder import Encoder
from models.fit import FitContract, write_bundle
from models.niches import Niches, labels_of
from models.pairs import PAIR_FEATURE_NAMES
from models.text import TextSpace
from training.dataset import data_hash
from training.fit_report import write_files
from training.matches import held_out_niches, judged_briefs, matched_briefs, ranked_creators
from training.pairwise import FOLDS, PARAMETERS, ROUNDS, cross_validate, fit_booster, held_out_metrics
from training.retrieval import RELEVANT
from training.tracking import track

if TYPE_CHECKING:
    from collections.abc import Callable

    from features import Context
    from models.fit import FitBundle
    from models.pairs import Candidates
    from training.pairwise import HeldOut

    Progress = Callable[[int, int], None]

STAGES = 5  # norms, encoder, pairs, cross-validation, booster
LEARNT_FROM = ("creators", "posts", "niches", "briefs", "matches")
LIBRARIES = ("bonafide", "lightgbm", "numpy", "polars", "scikit-learn", "scipy")


@dataclass(frozen=True)
class TrainedFit:
    """A registered fit model.

    Attributes:
        metrics: Over brands held out; see `training.pairwise.held_out_metrics`.
        version: Its number in the registry.
        uri: Its address: `models:/bonafide-fit/3`.
        champion: Whether it is in service now.
        bundle: Its local folder.
    """

    metrics: dict[str, float]
    version: int
    uri: str
    run_id: str
    champion: bool
    bundle: Path


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
    progress: Progress | None = None,
) -> TrainedFit:
    """Train, evaluate, log and register a fit model.

    Args:
        data: Records with `briefs` and `matches`, and `niches` where there are labels of them: a folder, an NDJSON
            file, or tables read with labels.
        promote: Make it the champion even where there is one.
        seed: Of the splits, the samples and the booster; the same data and seed give the same model.
        context: Norms to pin; built from the data unless given.
        progress: Called with (done, total).

    Raises:
        RecordsError: The records were refused, or too few brands have a relevant match.
    """
    tables = data if isinstance(data, Tables) else read(data, labels=True)
    with tempfile.TemporaryDirectory() as scratch:
        fitted = fit_bundle(tables, Path(scratch) / "bundle", seed=seed, context=context, progress=progress)
        files = Path(scratch) / "files"
        write_files(fitted.bundle, fitted.held_out, files)
        contract = fitted.bundle.contract
        tracked = track(
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
    return TrainedFit(
        metrics=contract.metrics,
        version=tracked.version,
        uri=tracked.address,
        run_id=tracked.run_id,
        champion=tracked.champion,
        bundle=registry.resolve(tracked.address, registry.FIT),
    )


def fit_bundle(
    tables: Tables,
    folder: Path,
    *,
    seed: int = 0,
    context: Context | None = None,
    progress: Progress | None = None,
) -> FittedFit:
    """Train and evaluate a fit model and write its bundle to the new `folder`; nothing is registered."""
    done = progress or (lambda _done, _total: None)
    matched = matched_briefs(tables)
    norms = context or build_context(tables)
    done(1, STAGES)
    encoder, candidates = fit_encoder(tables, norms, seed)
    done(2, STAGES)
    judged = judged_briefs(matched, encoder, candidates, seed)
    done(3, STAGES)
    held_out = cross_validate(judged, seed)
    done(4, STAGES)
    raw, _, label = held_out.used()
    booster = fit_booster(judged, seed)
    done(5, STAGES)
    contract = FitContract(
        created_at=datetime.now(UTC),
        trees=booster.num_trees(),
        calibration=platt(raw, label),
        norms_version=encoder.context.version,
        data_hash=data_hash(tables, LEARNT_FROM),
        libraries={name: version(name) for name in LIBRARIES},
        metrics=held_out_metrics(held_out),
        training={**PARAMETERS, "rounds": ROUNDS, "folds": FOLDS, "relevant_from": RELEVANT, "seed": seed},
    )
    bundle = write_bundle(folder, booster=booster.model_to_string(), encoder=encoder, contract=contract)
    return FittedFit(bundle, held_out)


def fit_encoder(tables: Tables, context: Context, seed: int) -> tuple[Encoder, Candidates]:
    """The encoder, and the creators to pair briefs with, their niches as of creators that were never seen."""
    chosen = tables.select(ranked_creators(tables, seed))
    text = TextSpace.fit(creator_documents(tables)["text"], seed)
    plain = Encoder(text, Niches.none(), context).candidates(chosen, features.build(chosen, context))
    niches = Niches.fit(plain.vectors.topics, labels_of(plain.creator_ids, tables.niches))
    encoder = Encoder(text, niches, context)
    return encoder, held_out_niches(encoder, plain, tables.niches)
