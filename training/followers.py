"""Train the follower model: labelled profiles to a bundle with honest figures, in MLflow's registry."""

from __future__ import annotations

import hashlib
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.errors import Problem, RecordsError, UsageError
from features.records import AUDIENCE, creators_beside, read_rows
from features.records.contract import PLATFORMS
from models import registry
from models.audience.follower_profile import ALL
from models.followers import FollowerBundle, FollowerContract, write_bundle
from training.draws import sample
from training.evaluation_tables import as_metrics, of_a_sample
from training.follower_model.boosting import COPIES
from training.follower_model.card import model_card
from training.follower_model.evaluation import crossed, judged, profiles_table, transferred
from training.follower_model.fitting import fitted
from training.follower_model.prevalence_evaluation import shares_table
from training.follower_model.profiles import COLUMNS, Profiles, source_names
from training.tracking import track

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from training.evaluation_tables import Table
    from training.follower_model.evaluation import Judged
    from training.tracking import Trained

    Progress = Callable[[int, int], None]

FEWEST_OF_A_CLASS = 50
MOST_EVALUATED = 40_000
"""Profiles that a training judges itself by, as every part of them is fitted on anew."""
MOST_NAMED = 20

LIBRARIES = ("bonafide", "lightgbm", "numpy", "polars")


def train_followers(
    data: Path,
    *,
    platforms: Sequence[str] = (),
    promote: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> Trained:
    """Train, evaluate, log and register a follower model.

    Args:
        data: Labelled profiles, as `features.records.read_rows` takes them.
        platforms: Those that the profiles are of; by their creators unless given, not known without these.
        promote: Make it the champion even where there is one.
        seed: Decides folds, copies and LightGBM's sampling; the same data and seed give the same model.
        progress: Called with (done, total).

    Returns:
        The version; its metrics are on profiles left out, by `table/row/column`.

    Raises:
        RecordsError: The profiles were refused.
        RecordsError: There are too few labels, or too few profiles that differ.
        UsageError: There is no such platform.
    """
    if unknown := [name for name in platforms if name not in PLATFORMS]:
        raise UsageError(f"there is no platform '{unknown[0]}'; there are {', '.join(PLATFORMS)}")
    rows = labelled(data)
    tell = progress or (lambda _done, _total: None)
    with tempfile.TemporaryDirectory() as scratch:
        tell(0, 2)
        some = sample(rows, MOST_EVALUATED, seed)
        tables = of_a_sample(_tables(judged(some, seed)), some.height, rows.height)
        tell(1, 2)
        bundle = _fit(rows, Path(scratch) / "bundle", seed=seed, metrics=as_metrics(tables), platforms=platforms)
        tell(2, 2)
        files = Path(scratch) / "files"
        files.mkdir()
        (files / "model_card.md").write_text(model_card(bundle, tables), "utf-8")
        return _tracked(bundle, files, promote=promote)


def fit_followers(rows: pl.DataFrame, folder: Path, *, seed: int = 0) -> FollowerBundle:
    """Fit a follower model and write its bundle to `folder`; nothing is judged or registered.

    Args:
        rows: Rows of `audience` with `fake`, `source` where they come from several files, and `platform` where it is
            known.
        folder: Must not exist yet.
        seed: Decides folds, copies and LightGBM's sampling.

    Raises RecordsError when there are too few labels.
    """
    return _fit(usable(rows), folder, seed=seed, metrics={})


def evaluate_followers(data: Path, *, train: Path | None = None, by: str | None = None, seed: int = 0) -> list[Table]:
    """Judge the recipe on labelled profiles that it was not fitted on.

    Duplicates are dropped where it is fitted, never where it is judged.

    Args:
        data: Labelled profiles to be judged on.
        train: Fit there.
        by: Without `train`: leave one value of this column out at a time, `creator_id` or `source`; `x_train` and
            `x_test` are one. Ten folds, equal profiles in one, unless given.
        seed: Decides folds and samples.

    Returns:
        How well profiles are told apart, and how far shares of fakes are off, each by slice and over all.

    Raises:
        RecordsError: The profiles were refused.
        RecordsError: There are too few labels.
        UsageError: There is no such column, or both `train` and `by`.
    """
    if train is not None and by is not None:
        raise UsageError("give either --train or --by: what is fitted elsewhere leaves nothing out")
    rows = labelled(data)
    if train is not None:
        return _tables(transferred(rows, labelled(train), seed))
    some = sample(rows, MOST_EVALUATED, seed)
    return of_a_sample(_tables(crossed(some, by, seed)), some.height, rows.height)


def labelled(data: Path) -> pl.DataFrame:
    """The labelled profiles of a file or folder, with `platform` where it also holds the creators."""
    rows = read_rows(data, AUDIENCE, labels=True)
    creators = creators_beside(data, "creator_id", "platform")
    if creators is not None:
        rows = rows.join(creators, on="creator_id", how="left", maintain_order="left")
    return usable(rows)


def usable(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with a label, in order of their key; RecordsError when there are too few of either."""
    found = rows.drop_nulls("fake")
    if found.is_empty():
        none = f"none of the {rows.height:,} followers says `fake`: the column is missing or empty"
        raise RecordsError([Problem(AUDIENCE.name, none)])
    fakes = int(found["fake"].sum())
    if min(fakes, found.height - fakes) < FEWEST_OF_A_CLASS:
        needed = (
            f"training needs at least {FEWEST_OF_A_CLASS} followers labelled `fake` true and as many labelled false; "
            f"found {fakes:,} and {found.height - fakes:,}"
        )
        raise RecordsError([Problem(AUDIENCE.name, needed)])
    absent = [pl.lit("").alias("source")] if "source" not in found.columns else []
    return found.with_columns(absent).sort("source", "creator_id", "follower_id")


def _tables(found: Sequence[Judged]) -> list[Table]:
    samples = [one.drawn for one in found if one.drawn is not None]
    return [profiles_table(found), *([shares_table(samples)] if samples else [])]


def _fit(
    rows: pl.DataFrame, folder: Path, *, seed: int, metrics: dict[str, float], platforms: Sequence[str] = ()
) -> FollowerBundle:
    data = Profiles.of(rows, seed)
    model = fitted(data, seed)
    contract = FollowerContract(
        created_at=datetime.now(UTC),
        inputs=data.names,
        trees=model.trees,
        calibration=model.calibration,
        prevalence=model.prevalence,
        sources=len(model.sources) if data.across else 1,
        calibrated_within=not data.across,
        platforms=_platforms(rows, model.sources, platforms),
        data_hash=_data_hash(rows),
        libraries={name: version(name) for name in LIBRARIES},
        metrics=metrics,
        training={**_facts(data, seed), "sources_trained_on": _files(rows, model.sources)},
    )
    return write_bundle(folder, booster=model.booster, members=model.members, folds=model.folds, contract=contract)


def _platforms(rows: pl.DataFrame, sources: tuple[str, ...], given: Sequence[str]) -> tuple[str, ...]:
    """Those of the profiles that were trained on; none where they are not known.

    Of several that were given nobody knows which those of a source are that was left out.
    """
    kept = rows.filter(source_names(rows).is_in(sources))
    if given:
        return tuple(sorted({*given})) if len({*given}) == 1 or kept.height == rows.height else ()
    known = "platform" in kept.columns and not kept["platform"].null_count()
    return tuple(kept["platform"].unique().sort()) if known else ()


def _files(rows: pl.DataFrame, sources: tuple[str, ...]) -> list[str]:
    """The files that were trained on, by name; none where the sources are creators, whom a model does not name."""
    return list(sources[:MOST_NAMED]) if rows["source"].n_unique() > 1 else []


def _facts(data: Profiles, seed: int) -> dict[str, object]:
    return {
        "profiles": len(data.label),
        "share_of_fakes": round(float(np.mean(data.label)), 4),
        "creators": data.rows["creator_id"].n_unique(),
        "copies_with_noise_and_missing_columns": COPIES if data.across else 0,
        "seed": seed,
    }


def _data_hash(rows: pl.DataFrame) -> str:
    named = rows.select("source", "creator_id", "follower_id", *COLUMNS, "fake")
    return hashlib.sha256(named.write_ndjson().encode()).hexdigest()


def _tracked(bundle: FollowerBundle, files: Path, *, promote: bool) -> Trained:
    contract = bundle.contract
    return track(
        registry.FOLLOWERS,
        bundle.folder,
        inputs=None,
        params={**contract.training, "trees": contract.trees[0], "inputs": len(contract.inputs), "of": len(ALL)},
        metrics=contract.metrics,
        tags={"data_hash": contract.data_hash, "bundle_version": contract.version},
        files=files,
        promote=promote,
    )
