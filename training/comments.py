"""Train the comment model: labelled comments to a bundle with honest figures, in MLflow's registry."""

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
from features.records import COMMENTS, creators_beside, read_rows
from features.text import promotion
from models import registry
from models.comment_features.signals import NAMES
from models.comments import CommentBundle, CommentContract, Line, creator_number, write_bundle
from training.comment_model.card import model_card
from training.comment_model.evaluation import by_writing, crossed, manner, overall, transferred
from training.comment_model.fitting import FOLDS, INVERSE_PENALTY, Labelled, fitted
from training.draws import sample
from training.evaluation_tables import of_a_sample
from training.tracking import track

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from training.comment_model.fitting import Fitted
    from training.comment_model.fitting import Line as FittedLine
    from training.evaluation_tables import Table
    from training.tracking import Trained

    Progress = Callable[[int, int], None]

MOST_ROWS = 60_000
"""Comments that are fitted on; more are drawn from."""
MOST_CROSSED = 40_000
"""Comments of an evaluation that fits every part of them anew."""
MOST_JUDGED_BY = 10_000
"""The same for the evaluation that comes with a training."""
FEWEST_OF_A_KIND = 30
LARGEST_STEP = np.iinfo(np.int16).max
"""Steps of the largest weight of a line."""
SMALLEST_STEP = 1e-12
LIBRARIES = ("bonafide", "numpy", "polars", "scikit-learn", "scipy")
FIGURES = ("rows", "spam_share", "accuracy", "f1", "auc", "ap", "ece")
"""Names of the columns of `comment_evaluation.overall`, as metrics."""

_COLUMNS = ("creator_id", "comment_id", "author_id", "text", "spam", "source")


def train_comments(data: Path, *, promote: bool = False, seed: int = 0, progress: Progress | None = None) -> Trained:
    """Train, evaluate, log and register a comment model.

    Args:
        data: Labelled comments, as `features.records.read_rows` takes them. A creator's own are left out.
        promote: Make it the champion even where there is one.
        seed: Decides which comments are drawn from very many; the same data and seed give the same model.
        progress: Called with (done, total).

    Returns:
        The version; its metrics are on comments left out: `FIGURES` over all, and the last five as `mean_...` over
        the parts.

    Raises:
        RecordsError: The comments were refused.
        RecordsError: There are too few labels.
    """
    rows = labelled(data)
    tell = progress or (lambda _done, _total: None)
    with tempfile.TemporaryDirectory() as scratch:
        tell(0, 2)
        some = sample(rows, MOST_JUDGED_BY, seed)
        tables = of_a_sample(_judged(some), some.height, rows.height)
        tell(1, 2)
        bundle = _fit(rows, Path(scratch) / "bundle", seed=seed, metrics=_metrics(tables[0]))
        tell(2, 2)
        files = Path(scratch) / "files"
        files.mkdir()
        (files / "model_card.md").write_text(model_card(bundle, tables), "utf-8")
        return _tracked(bundle, files, promote=promote)


def fit_comments(rows: pl.DataFrame, folder: Path, *, seed: int = 0) -> CommentBundle:
    """Fit a comment model and write its bundle to `folder`; nothing is judged or registered.

    Args:
        rows: `creator_id`, `comment_id`, `text`, `spam`; `author_id` and `source` where they are known.
        folder: Must not exist yet.
        seed: Decides which comments are drawn from very many.

    Raises RecordsError when there are too few labels.
    """
    return _fit(usable(rows), folder, seed=seed, metrics={})


def evaluate_comments(data: Path, *, train: Path | None = None, by: str | None = None, seed: int = 0) -> list[Table]:
    """Judge the recipe on labelled comments, never on texts that it was fitted on.

    Args:
        data: Labelled comments to be judged on.
        train: Fit there.
        by: Without `train`: leave one value of this column out at a time, of more than 20 a tenth of them:
            `creator_id`, `source`, or `language` where `data` holds creators. Ten folds unless given.
        seed: Decides which comments are drawn from very many.

    Returns:
        Figures by part, mean and pooled; then the same comments by script and, where it is known, language.

    Raises:
        RecordsError: The comments were refused.
        RecordsError: There are too few labels.
        UsageError: There is no such column, or both `train` and `by`.
    """
    if train is not None and by is not None:
        raise UsageError("give either --train or --by: what is fitted elsewhere leaves nothing out")
    known = labelled(data)
    rows = sample(known, MOST_ROWS if train else MOST_CROSSED, seed)
    if train is not None:
        predictions = transferred(rows, sample(labelled(train), MOST_ROWS, seed))
        title = f"Comments of {data.name} by a model of {train.name}"
    else:
        predictions = crossed(Labelled.of(rows), by)
        title = f"Comments, {manner(rows, by)}"
    return of_a_sample([overall(predictions, title), *by_writing(predictions)], rows.height, known.height)


def labelled(data: Path) -> pl.DataFrame:
    """The labelled comments of a file or folder, with `language` where it also holds the creators."""
    rows = read_rows(data, COMMENTS, labels=True)
    spoken = creators_beside(data, "creator_id", "language")
    if spoken is not None:
        rows = rows.join(spoken, on="creator_id", how="left", maintain_order="left")
    return usable(rows)


def usable(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with a text and a label that the creator did not write, in order of their key.

    Raises RecordsError when there are too few of either label.
    """
    absent = [pl.lit("" if name == "source" else None, pl.String).alias(name) for name in ("source", "author_id")]
    known = rows.with_columns(column for column in absent if column.meta.output_name() not in rows.columns)
    for name in ("text", "spam"):
        if not known[name].count():
            none = f"none of the {known.height:,} comments says `{name}`: the column is missing or empty"
            raise RecordsError([Problem(COMMENTS.name, none)])
    found = known.drop_nulls(["text", "spam"]).filter(pl.col("author_id").ne_missing(pl.col("creator_id")))
    spam = int(found["spam"].sum())
    if min(spam, found.height - spam) < FEWEST_OF_A_KIND:
        needed = (
            f"training needs at least {FEWEST_OF_A_KIND} comments by others with a text labelled `spam` true and as "
            f"many labelled false; found {spam:,} and {found.height - spam:,}"
        )
        raise RecordsError([Problem(COMMENTS.name, needed)])
    more = [name for name in ("language",) if name in found.columns]
    return found.select(*_COLUMNS, *more).sort("source", "creator_id", "comment_id")


def _judged(rows: pl.DataFrame) -> list[Table]:
    """Sources left out where there are several, else creators, else texts."""
    by = next((name for name in ("source", "creator_id") if rows[name].n_unique() > 1), None)
    predictions = crossed(Labelled.of(rows), by)
    return [overall(predictions, f"Comments, {manner(rows, by)}"), *by_writing(predictions)]


def _metrics(table: Table) -> dict[str, float]:
    rows = {str(name): figures for name, *figures in table.rows}
    pooled, mean = rows["pooled"], rows.get("mean", rows["pooled"])
    found = dict(zip(FIGURES, pooled, strict=True))
    found |= {f"mean_{name}": value for name, value in zip(FIGURES[2:], mean[2:], strict=True)}
    return {name: float(value) for name, value in found.items() if isinstance(value, int | float)}


def _fit(rows: pl.DataFrame, folder: Path, *, seed: int, metrics: dict[str, float]) -> CommentBundle:
    data = Labelled.of(sample(rows, MOST_ROWS, seed))
    model = fitted(data)
    lines = [
        Line(intercept=line.intercept, step=_step(line), slopes=line.slopes.tolist())
        for line in (model.line, *model.fold_lines)
    ]
    contract = CommentContract(
        created_at=datetime.now(UTC),
        phrases=promotion.version(),
        calibration=model.calibration,
        means=model.means.tolist(),
        spreads=model.spreads.tolist(),
        lines=lines,
        data_hash=_data_hash(rows),
        libraries={name: version(name) for name in LIBRARIES},
        metrics=metrics,
        training=_facts(data, model, seed),
    )
    return write_bundle(folder, _arrays(data, model), contract)


def _arrays(data: Labelled, model: Fitted) -> dict[str, NDArray[np.generic]]:
    """What `models.comments.CommentBundle` keeps as arrays."""
    lines = (model.line, *model.fold_lines)
    known = np.unique(np.concatenate([line.known for line in lines]))
    creators = sorted((creator_number(name), fold) for name, fold in model.folds.items())
    return {
        "places": data.places[known],
        "weights": np.stack([_in_steps(line, known) for line in lines]),
        "creators": np.array([hashed for hashed, _ in creators], dtype=np.uint64),
        "folds": np.array([fold for _, fold in creators], dtype=np.uint8),
    }


def _step(line: FittedLine) -> float:
    return max(float(np.abs(line.weights).max(initial=0.0)) / LARGEST_STEP, SMALLEST_STEP)


def _in_steps(line: FittedLine, known: NDArray[np.int64]) -> NDArray[np.int16]:
    weights = np.zeros(len(known), dtype=np.int16)
    weights[np.searchsorted(known, line.known)] = np.rint(line.weights / _step(line)).astype(np.int16)
    return weights


def _facts(data: Labelled, model: Fitted, seed: int) -> dict[str, object]:
    return {
        "comments": len(data),
        "share_of_spam": round(float(data.label.mean()), 4),
        "creators": len(model.folds),
        "sources": data.rows["source"].n_unique(),
        "folds": FOLDS,
        "inverse_penalty": INVERSE_PENALTY,
        "seed": seed,
    }


def _data_hash(rows: pl.DataFrame) -> str:
    named = rows.select("source", "creator_id", "comment_id", "text", "spam")
    return hashlib.sha256(named.write_ndjson().encode()).hexdigest()


def _tracked(bundle: CommentBundle, files: Path, *, promote: bool) -> Trained:
    contract = bundle.contract
    return track(
        registry.COMMENTS,
        bundle.folder,
        inputs=None,
        params={**contract.training, "signals": len(NAMES), "ngrams": len(bundle.places)},
        metrics=contract.metrics,
        tags={"data_hash": contract.data_hash, "bundle_version": contract.version},
        files=files,
        promote=promote,
    )
