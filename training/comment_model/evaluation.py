"""How well the comment model's recipe does on comments, creators, sources and languages that it was not fitted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.errors import UsageError
from features.text.phrases import LATIN, LETTER, LETTER_NOT_LATIN, script_of
from training.comment_model.fitting import Labelled, fitted, folds_of
from training.evaluation_tables import Table
from training.metrics import BINS, calibration_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]

FOLDS = 10
MOST_SLICES = 20
"""Values that are left out one by one; more are put together in folds of values."""
THRESHOLD = 0.5
FEWEST = 30
"""Comments of a script or language, for a row of its own."""
COLUMNS = ("comments", "spam", "accuracy", "F1", "AUC", "AP", "ECE")
WHERE = ("comments", "spam", "mean probability", "flagged", "false alarms", "AUC")
NO_LETTERS = "none"

_UNSEEN = "Texts that also stand in the part that is judged were taken out of the part that it was fitted on."


def crossed(data: Labelled, by: str | None) -> pl.DataFrame:
    """Predictions of every comment by a model of the others.

    Args:
        data: Labelled comments.
        by: Leave one value of this column out at a time (folds of values where there are more than 20); without it
            ten folds, with equal texts in one.

    Returns:
        The rows of `data` with `slice`, `label` and `probability`.

    Raises UsageError where there is no such column, or it leaves nothing to fit on.
    """
    if by is not None and by not in data.rows.columns:
        raise UsageError(f"the comments have no column '{by}'; there are {', '.join(_choices(data))}")
    names = data.rows["key"] if by is None else data.rows[by].cast(pl.String).fill_null("unknown")
    if by is None or names.n_unique() > MOST_SLICES:
        folds = folds_of(names, FOLDS)
        names = pl.Series([f"fold {folds[name] + 1}" for name in names], dtype=pl.String)
    if names.n_unique() < 2:
        same = "text" if by is None else f"value of '{by}'"
        raise UsageError(f"all comments have the same {same}; leaving it out leaves nothing to fit on")
    values = names.to_numpy()
    parts = [
        _judged(data, np.flatnonzero(values != name), np.flatnonzero(values == name), name) for name in _ordered(names)
    ]
    return pl.concat(parts)


def transferred(rows: pl.DataFrame, train: pl.DataFrame) -> pl.DataFrame:
    """Predictions of `rows` by a model fitted on `train`; a slice is a source, or a creator where they are few."""
    shared = [name for name in train.columns if name in rows.columns]
    data = Labelled.of(pl.concat([train.select(shared), rows.select(shared)]))
    fit_on, judged = np.arange(train.height), np.arange(train.height, len(data))
    found = _judged(data, fit_on, judged, "all")
    by = next((name for name in ("source", "creator_id") if 1 < rows[name].n_unique() <= MOST_SLICES), None)
    return found if by is None else found.with_columns(slice=pl.col(by)).sort("slice", maintain_order=True)


def manner(rows: pl.DataFrame, by: str | None) -> str:
    """How `crossed` leaves comments out, in words."""
    if by is None:
        return "tenfold, equal texts in one fold"
    if rows[by].n_unique() > MOST_SLICES:
        return f"tenfold, each {by} in one fold"
    return f"leaving one {by} out at a time"


def overall(predictions: pl.DataFrame, title: str) -> Table:
    """One row a slice, then the mean of the slices and everything together."""
    names = predictions["slice"].unique(maintain_order=True).to_list()
    parts = [_figures(predictions.filter(pl.col("slice") == name)) for name in names]
    rows: list[tuple[object, ...]] = [(name, *part) for name, part in zip(names, parts, strict=True)]
    if len(parts) > 1:
        rows.append(("mean", predictions.height, *_means(parts)))
    rows.append(("pooled", *_figures(predictions)))
    note = f"{_UNSEEN} Accuracy and F1 at {THRESHOLD}; ECE over {BINS} bins of equal mass."
    return Table(title, ("judged", *COLUMNS), rows, note)


def by_writing(predictions: pl.DataFrame) -> list[Table]:
    """Figures by script, and by language where the creators' languages are known."""
    written = predictions.with_columns(script=_script())
    note = f"Flagged: probability {THRESHOLD} or more. False alarms: flagged among the genuine."
    columns = [name for name in ("script", "language") if name in written.columns]
    return [Table(f"By {name}", (name, *WHERE), _where(written, name), note) for name in columns]


def _where(predictions: pl.DataFrame, column: str) -> list[tuple[object, ...]]:
    counted = predictions.drop_nulls(column).group_by(column).len().filter(pl.col("len") >= FEWEST)
    names = counted.sort("len", column, descending=[True, False])[column].to_list()
    parts = [(name, predictions.filter(pl.col(column) == name)) for name in names]
    return [(name, *_rates(part)) for name, part in [*parts, ("all", predictions)]]


def _rates(part: pl.DataFrame) -> tuple[object, ...]:
    label, probability = part["label"].to_numpy(), part["probability"].to_numpy()
    flagged = probability >= THRESHOLD
    false = float(flagged[label == 0].mean()) if (label == 0).any() else None
    return (
        part.height,
        float(label.mean()),
        float(probability.mean()),
        float(flagged.mean()),
        false,
        _auc(label, probability),
    )


def _judged(data: Labelled, fit_on: Numbers, judged: Numbers, name: str) -> pl.DataFrame:
    key = data.rows["key"]
    fit_on = fit_on[~key[fit_on].is_in(key[judged].implode()).to_numpy()]
    label = data.label[fit_on]
    if not 0 < label.sum() < len(label):
        raise UsageError(f"without '{name}' there are not both genuine comments and spam left to fit on")
    apart = data.part(judged)
    probability = fitted(data.part(fit_on)).probability(apart)
    return apart.rows.with_columns(
        pl.lit(name).alias("slice"), pl.Series("label", apart.label), pl.Series("probability", probability)
    )


def _figures(part: pl.DataFrame) -> tuple[float | None, ...]:
    from sklearn.metrics import average_precision_score, f1_score

    label, probability = part["label"].to_numpy(), part["probability"].to_numpy()
    flagged = (probability >= THRESHOLD).astype(np.float64)
    any_spam = bool(label.sum() > 0)
    return (
        part.height,
        float(label.mean()),
        float((flagged == label).mean()),
        float(f1_score(label, flagged)) if any_spam else None,
        _auc(label, probability),
        float(average_precision_score(label, probability)) if any_spam else None,
        calibration_error(label, probability),
    )


def _auc(label: Floats, probability: Floats) -> float | None:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(label, probability)) if 0 < label.sum() < len(label) else None


def _means(parts: list[tuple[float | None, ...]]) -> Iterator[float | None]:
    for column in list(zip(*parts, strict=True))[1:]:
        known = [value for value in column if value is not None]
        yield float(np.mean(known)) if known else None


def _ordered(names: pl.Series) -> list[str]:
    return sorted(names.unique(), key=lambda name: (len(name), name))


def _choices(data: Labelled) -> list[str]:
    return [name for name in data.rows.columns if name not in ("text", "key", "spam", "comment_id")]


def _script() -> pl.Expr:
    """The script of the first letter that is not Latin, else Latin, else `none`."""
    letter = pl.col("text").str.extract(LETTER_NOT_LATIN)
    other = letter.map_elements(script_of, return_dtype=pl.String)
    latin = pl.when(pl.col("text").str.contains(LETTER)).then(pl.lit(LATIN)).otherwise(pl.lit(NO_LETTERS))
    return pl.coalesce(other, latin)
