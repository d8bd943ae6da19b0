"""Fit lines over comments: n-grams as one sparse matrix, logistic regression, calibration on comments not seen."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy import sparse

from models.comment_features.grams import PLACES
from models.comment_features.reading import read, standard
from models.verdicts.calibration import SMALLEST_SLOPE, Calibration, platt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.comment_features.reading import Reading

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]

FOLDS = 5
INVERSE_PENALTY = 10.0
"""Of n-gram vectors of length about 1; chosen by leaving videos out, where 3 and 30 did as well within 0.002."""
LEAST_COMMENTS = 2
"""An n-gram must stand in: one seen once says nothing of the next comment."""
MOST_PLACES = 60_000
"""N-grams of a line, the commonest; keeps a bundle below 2 MB."""
MOST_STEPS = 300
TOLERANCE = 1e-4
START = 0.1
"""Standard deviation of the log odds that calibration sets out from."""
_READ_AT_ONCE = 20_000


@dataclass(frozen=True, eq=False)
class Labelled:
    """Labelled comments, ready to be fitted.

    Attributes:
        rows: `creator_id`, `text`, `spam`, `source`, and `key`, equal for texts that read the same.
        grams: Comments x n-grams, weighed as the model weighs them.
        places: The place of each column of `grams`.
        signals: Comments x signals.
    """

    rows: pl.DataFrame
    grams: sparse.csr_array
    places: NDArray[np.uint32]
    signals: Floats

    @classmethod
    def of(cls, rows: pl.DataFrame) -> Labelled:
        """Read the texts of rows with `creator_id`, `text`, `spam` and `source`."""
        readings = [read(part["text"].to_list()) for part in rows.iter_slices(_READ_AT_ONCE)]
        everything = sparse.csr_array(sparse.vstack([_matrix(reading) for reading in readings]))
        places, columns = np.unique(everything.indices, return_inverse=True)
        grams = sparse.csr_array(
            (everything.data, columns, everything.indptr), shape=(everything.shape[0], max(len(places), 1))
        )
        signals = np.vstack([reading.signals for reading in readings])
        return cls(rows.with_columns(key=text_key(pl.col("text"))), grams, places.astype(np.uint32), signals)

    def __len__(self) -> int:
        """How many comments."""
        return self.rows.height

    @property
    def label(self) -> Floats:
        """1 for spam, 0 for genuine."""
        return self.rows["spam"].to_numpy().astype(np.float64)

    def part(self, rows: Numbers) -> Labelled:
        """These rows alone."""
        return Labelled(self.rows[rows], self.grams[rows], self.places, self.signals[rows])


@dataclass(frozen=True, eq=False)
class Line:
    """A fitted line; `weights` belong to the columns `known` of the matrix of n-grams."""

    known: Numbers
    weights: Floats
    slopes: Floats
    intercept: float

    def raw(self, grams: sparse.csr_array, standard_signals: Floats) -> Floats:
        """Log odds before calibration."""
        found = grams[:, self.known] @ self.weights + standard_signals @ self.slopes + self.intercept
        return np.asarray(found, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A model of comments before it is written.

    Attributes:
        line: Fitted on all rows.
        fold_lines: One a fold of creators, fitted on the others; none where all comments are of one creator.
        folds: The fold of each creator.
        means: Of the signals.
        spreads: Standard deviations of the signals.
        calibration: From raw log odds of comments that were not seen.
        unseen: The calibrated probability of each row by a line that did not see it.
    """

    line: Line
    fold_lines: tuple[Line, ...]
    folds: dict[str, int]
    means: Floats
    spreads: Floats
    calibration: Calibration
    unseen: Floats

    def probability(self, data: Labelled) -> Floats:
        """Calibrated probability of comments whose matrix has the same columns."""
        raw = self.line.raw(data.grams, standard(data.signals, self.means, self.spreads))
        return self.calibration.probability(raw)


def fitted(data: Labelled) -> Fitted:
    """Fit and calibrate on labelled comments of both kinds.

    Calibrated on sources left out where there are several that can be told apart without each, else on creators
    left out, else, where one creator is all there is, on texts left out.
    """
    means, spreads = data.signals.mean(axis=0), data.signals.std(axis=0)
    spreads = np.where(spreads > 0, spreads, 1.0)
    scaled = standard(data.signals, means, spreads)
    folds = folds_of(data.rows["creator_id"])
    by_creator = np.array([folds[name] for name in data.rows["creator_id"]], dtype=np.int64)
    several = len(set(folds.values())) > 1
    groups = by_creator if several else _folds(data.rows["key"])
    lines, raw = _crossed(data, scaled, groups)
    _, source = np.unique(data.rows["source"].to_numpy(), return_inverse=True)
    if source.max() > 0 and _both_without(data.label, source):
        raw = _crossed(data, scaled, source)[1]
    calibration = calibrated(raw, data.label, len(source) / np.bincount(source)[source])
    return Fitted(
        line=fit_line(data.grams, scaled, data.label),
        fold_lines=tuple(lines) if several else (),
        folds=folds,
        means=means,
        spreads=spreads,
        calibration=calibration,
        unseen=calibration.probability(raw),
    )


def fit_line(grams: sparse.csr_array, standard_signals: Floats, label: Floats) -> Line:
    """Logistic regression over the commonest n-grams and the signals, with one penalty for both."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

    known = _commonest(grams)
    design = sparse.csr_matrix(sparse.hstack([grams[:, known], sparse.csr_array(standard_signals)]))
    with threadpool_limits(1):
        model = LogisticRegression(C=INVERSE_PENALTY, max_iter=MOST_STEPS, tol=TOLERANCE).fit(design, label)
    slopes = model.coef_[0]
    return Line(known, slopes[: len(known)], slopes[len(known) :], float(model.intercept_[0]))


def calibrated(raw: Floats, label: Floats, weight: Floats) -> Calibration:
    """Platt scaling that sets out from the base rate: from raw log odds that are far off, Newton's steps run away."""
    rate = float(weight @ label / weight.sum())
    spread = max(float(raw.std()), 1e-9)
    scale = START / spread
    shift = float(np.log(rate / (1 - rate))) - scale * float(raw.mean())
    found = platt(scale * raw + shift, label, weight)
    return Calibration(max(scale * found.slope, SMALLEST_SLOPE), found.slope * shift + found.intercept)


def text_key(text: pl.Expr) -> pl.Expr:
    """Equal for texts that differ in letter case, white space and what nobody sees alone."""
    return text.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[\s\p{Cf}]+", " ").str.strip_chars()


def folds_of(names: pl.Series, folds: int = FOLDS) -> dict[str, int]:
    """The fold of each name: of nearly equally many names each, and fewer folds where there are fewer names."""
    ordered = sorted(names.unique(), key=lambda name: sha256(name.encode()).digest())
    many = min(folds, len(ordered))
    return {name: place % many for place, name in enumerate(ordered)}


def _folds(names: pl.Series) -> Numbers:
    folds = folds_of(names)
    return np.array([folds[name] for name in names], dtype=np.int64)


def _crossed(data: Labelled, scaled: Floats, group: Numbers) -> tuple[list[Line], Floats]:
    """A line for each group, fitted on the others, and what it says of the group."""
    lines, raw = [], np.zeros(len(data))
    for k in range(int(group.max()) + 1):
        apart, rest = np.flatnonzero(group == k), np.flatnonzero(group != k)
        line = fit_line(data.grams[rest], scaled[rest], data.label[rest])
        raw[apart] = line.raw(data.grams[apart], scaled[apart])
        lines.append(line)
    return lines, raw


def _both_without(label: Floats, group: Numbers) -> bool:
    """Whether both labels are left without any one group."""
    rest = (label[group != k] for k in range(int(group.max()) + 1))
    return all(0 < part.sum() < len(part) for part in rest)


def _commonest(grams: sparse.csr_array) -> Numbers:
    comments = np.bincount(grams.indices, minlength=grams.shape[1])
    kept = np.flatnonzero(comments >= LEAST_COMMENTS)
    if len(kept) > MOST_PLACES:
        kept = np.sort(kept[np.argsort(-comments[kept], kind="stable")[:MOST_PLACES]])
    return kept


def _matrix(reading: Reading) -> sparse.csr_array:
    """Comments x places: each n-gram's count, over the length of what is weighed together, times its weight."""
    shape = (len(reading.signals), PLACES)
    blocks = []
    for weight, grams in reading.blocks:
        value = weight / grams.lengths()
        comment = np.repeat(np.arange(shape[0]), np.diff(grams.starts))
        for kind in grams.places[:, grams.starts[0] : grams.starts[-1]]:
            real = kind < PLACES
            blocks.append((value[comment[real]], comment[real], kind[real]))
    values, comments, places = (np.concatenate(part) for part in zip(*blocks, strict=True))
    return sparse.csr_array((values, (comments, places)), shape=shape)
