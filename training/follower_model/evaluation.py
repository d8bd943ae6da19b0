"""Follower models judged on profiles that they were not fitted on: by fold, by source, or of another set."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.errors import UsageError
from training.evaluation_tables import Table
from training.follower_model.prevalence_evaluation import Drawn, draws
from training.follower_model.profiles import COLUMNS, MOST_SOURCES, profile_key, source_names
from training.metrics import BINS, calibration_error
from training.split import fold_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FOLDS = 10
MANY_ROWS = 10_000
"""Of more profiles three folds say as much as ten."""
MOST_SLICES = 30
FIGURES = ("n", "fakes", "auc", "ap", "accuracy", "f1", "ece")
THRESHOLD = 0.5

_NOTE = (
    "Profiles never fitted on: those equal to a judged one were taken out of what was fitted, while duplicates among "
    f"the judged all count. Accuracy and F1 at {THRESHOLD}; ECE over {BINS} bins of equal mass."
)


@dataclass(frozen=True)
class Judged:
    """A slice: labels, probabilities of models that had not seen it, and samples drawn of it."""

    name: str
    label: Floats
    probability: Floats
    drawn: Drawn | None


def judged(rows: pl.DataFrame, seed: int) -> list[Judged]:
    """Sources left out where there are several, else tenfold."""
    names = source_names(rows).n_unique()
    by = "source" if rows["source"].n_unique() > 1 else "creator_id"
    return crossed(rows, by if 1 < names <= MOST_SLICES else None, seed)


def crossed(rows: pl.DataFrame, by: str | None, seed: int) -> list[Judged]:
    """Each value of a column left out in turn; or ten folds, equal profiles in one, as a single slice."""
    if by is None:
        return [_folded(rows, seed)]
    values = _values(rows, by)
    names = values.unique().sort().to_list()
    if len(names) < 2:
        raise UsageError(f"all profiles have the same {by}: leaving it out leaves nothing to fit on")
    if len(names) > MOST_SLICES:
        raise UsageError(f"--by {by} would fit {len(names)} models; at most {MOST_SLICES} values are left out in turn")
    return [_apart(rows.filter(values == name), rows.filter(values != name), str(name), seed) for name in names]


def transferred(rows: pl.DataFrame, train: pl.DataFrame, seed: int) -> list[Judged]:
    """Every source of `rows` by one model fitted on `train`."""
    names = source_names(rows)
    values = names.unique().sort().to_list() if names.n_unique() <= MOST_SOURCES else [None]
    return [
        _apart(rows if one is None else rows.filter(names == one), train, str(one or "all"), seed) for one in values
    ]


def profiles_table(found: Sequence[Judged]) -> Table:
    """One row a slice, then the mean and the worst of the slices."""
    figures = [_figures(one) for one in found]
    rows: list[tuple[object, ...]] = [(one.name, *row) for one, row in zip(found, figures, strict=True)]
    if len(found) > 1:
        columns = list(zip(*(row[2:] for row in figures), strict=True))
        known = [[value for value in column if value is not None] for column in columns]
        total = [sum(len(one.label) for one in found), int(sum(one.label.sum() for one in found))]
        rows.append(("mean", *total, *(float(np.mean(column)) if column else None for column in known)))
        worst = [min(column, default=None) for column in known[:-1]] + [max(known[-1], default=None)]
        rows.append(("worst", *total, *worst))
    return Table("Fake or genuine, one follower", ("judged", *FIGURES), rows, _NOTE)


def _values(rows: pl.DataFrame, by: str) -> pl.Series:
    if by in ("source", "creator_id"):
        return source_names(rows.select(by, **({} if by == "creator_id" else {"creator_id": pl.lit("")})))
    if by not in rows.columns or by in COLUMNS or by in ("fake", "follower_id"):
        raise UsageError(f"profiles cannot be left out by '{by}'; choose source, creator_id, country or language")
    return rows[by].fill_null("unknown")


def _apart(rows: pl.DataFrame, train: pl.DataFrame, name: str, seed: int) -> Judged:
    from training.followers import fit_followers

    unlike = train.filter(~profile_key(train).is_in(profile_key(rows).implode()))
    with tempfile.TemporaryDirectory() as scratch:
        bundle = fit_followers(unlike, Path(scratch) / "bundle", seed=seed)
        probability = bundle.probability(rows)
        drawn = draws(bundle, rows, probability, name, seed)
    return Judged(name, rows["fake"].to_numpy().astype(np.float64), probability, drawn)


def _folded(rows: pl.DataFrame, seed: int) -> Judged:
    """Tenfold, threefold of very many; the samples are drawn from each fold's profiles by that fold's model."""
    folds, name = (FOLDS, "tenfold") if rows.height <= MANY_ROWS else (3, "threefold")
    fold = fold_of(profile_key(rows), seed, folds)
    probability, found = np.empty(rows.height), []
    for one in np.unique(fold).tolist():
        part = _apart(rows.filter(pl.Series(fold == one)), rows.filter(pl.Series(fold != one)), str(one), seed + one)
        probability[fold == one] = part.probability
        found += [part.drawn.found] if part.drawn is not None else []
    drawn = Drawn(name, np.concatenate(found)) if found else None
    return Judged(name, rows["fake"].to_numpy().astype(np.float64), probability, drawn)


def _figures(one: Judged) -> tuple[float | None, ...]:
    from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

    label, probability = one.label, one.probability
    flagged, both = probability > THRESHOLD, 0 < label.sum() < len(label)
    return (
        len(label),
        int(label.sum()),
        float(roc_auc_score(label, probability)) if both else None,
        float(average_precision_score(label, probability)) if both else None,
        float((flagged == label).mean()),
        float(f1_score(label, flagged)) if both else None,
        calibration_error(label, probability),
    )
