"""Fitting the niche classifier: two linear models a niche over words, parts of words and marks, then its calibration.

What was compared, and on what, is told in docs/niches.md.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy import sparse

from models.matching.taxonomy import Taxonomy
from models.niches import Niches, calibrated, labels_of, mark_vectors
from models.texts.documents import creator_documents
from models.texts.marks import creator_marks, told_marks
from models.texts.space import Channel
from models.texts.terms import term_matrix
from training.fit_model.niche_figures import figures
from training.split import fold_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from features.records import Tables
    from models.texts.space import TextSpace, TextVectors

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]

FEWEST_LABELS = 5  # creators of a niche, for it to be learnt
MOST_LEARNT = 20_000  # creators; a sample of more
MOST_MARKS = 20_000
LEAST_DOCUMENTS, SMALL_CORPUS = 2, 300  # a mark must occur in as many documents, once there are so many
INVERSE_PENALTY = 1.0
SMOOTHING = 0.3  # of complement naive Bayes
BAYES = 0.8  # times its scores are added to those of the regression
FOLDS = 4


@dataclass(frozen=True)
class Setting:
    """What differs between corpora.

    Attributes:
        shares: Of words, parts of words and marks in a document's vector.
        balance: Power of (mean size / a niche's size) that its creators weigh: 0 as they come, 1 all niches alike.
    """

    shares: tuple[float, float, float]
    balance: float


SETTINGS = (Setting((0.5, 1.0, 0.8), 0.6), Setting((1.0, 0.5, 0.8), 1.0))
"""Tried on held-out folds of the corpus, the better is taken: the first suits thousands of creators, the other
hundreds (docs/niches.md)."""


@dataclass(frozen=True, eq=False)
class FittedNiches:
    """A classifier, and how classifiers of the same kind did on creators that they were fitted without.

    Attributes:
        niches: The classifier.
        metrics: `niche_creators` learnt from and `niche_macro_f1`, `niche_accuracy` and `niche_ece` over folds of them;
            empty where nothing was learnt.
    """

    niches: Niches
    metrics: dict[str, float]


@dataclass(frozen=True, eq=False)
class _Linear:
    """Scores are terms @ slopes + intercepts."""

    slopes: Floats
    intercepts: Floats


def fit_niches(tables: Tables, text: TextSpace, taxonomy: Taxonomy | None = None, seed: int = 0) -> FittedNiches:
    """Learn the niches that the table `niches` gives, over creators with any text.

    Args:
        tables: Records with labels.
        text: The text space.
        taxonomy: Names and aliases of the niches; `Taxonomy.of_labels` unless given.
        seed: Of the folds and of the sample where there are very many creators.

    Raises:
        RecordsError: A label is of no niche of the taxonomy.
    """
    of = taxonomy or Taxonomy.of_labels(tables.niches["niche"])
    named = of.resolved(tables.niches)
    chosen = tables.creators.join(named, on="creator_id", how="semi")["creator_id"]
    chosen = chosen.sample(min(len(chosen), MOST_LEARNT), seed=seed).sort()
    some = tables.select(chosen.to_list())
    documents = creator_documents(some)
    ids = documents["creator_id"].to_list()
    return learn(ids, text.transform(documents["text"]), creator_marks(some)["marks"], labels_of(ids, named), of, seed)


def learn(
    creator_ids: Sequence[str],
    vectors: TextVectors,
    marks: pl.Series,
    labels: Sequence[Sequence[str]],
    taxonomy: Taxonomy,
    seed: int = 0,
) -> FittedNiches:
    """Learn from vectors and marks of creators and their niches, the names of `taxonomy`.

    Creators without a label or any known term are left out, and niches with fewer than `FEWEST_LABELS` creators;
    where fewer than two niches are left, nothing is learnt. The order of the creators changes nothing.
    """
    names = [name for name in taxonomy.names if sum(name in own for own in labels) >= FEWEST_LABELS]
    label = _label(labels, names)
    rows = _learnable(creator_ids, vectors, marks, label)
    if len(names) < 2 or len(rows) < FEWEST_LABELS * 2:
        return FittedNiches(Niches.none(), {})
    label, marks = label[rows], marks.gather(rows)
    known = _marks(marks)
    parts = (vectors.words[rows], vectors.grams[rows], mark_vectors(known, marks))
    fold = fold_of(pl.Series([creator_ids[row] for row in rows.tolist()]), seed, FOLDS)
    tried = [(_held_out_scores(_joined(parts, one), label, fold, one.balance), one) for one in SETTINGS]
    scores, setting = max(tried, key=lambda one: sum(figures(label, one[0])[:2]))
    calibration = _calibration(scores, label)
    fitted = _fit(_joined(parts, setting), label, setting.balance)
    slopes = _cut(fitted.slopes, parts, setting)
    niches = Niches(taxonomy.restricted(names), known, slopes, fitted.intercepts, calibration)
    return FittedNiches(niches, _metrics(label, calibrated(scores, *calibration)))


def _label(labels: Sequence[Sequence[str]], names: Sequence[str]) -> Floats:
    found: Floats = np.array([[name in own for name in names] for own in labels], dtype=np.float64)
    return found.reshape(len(labels), len(names))


def _learnable(creator_ids: Sequence[str], vectors: TextVectors, marks: pl.Series, label: Floats) -> NDArray[np.int64]:
    """Rows with a label and anything said, in order of id."""
    said = (np.diff(vectors.grams.indptr) > 0) | (marks.list.len().to_numpy() > 0)
    rows = np.flatnonzero((label.sum(axis=1) > 0) & said).tolist()
    return np.array(sorted(rows, key=lambda row: creator_ids[row]), dtype=np.int64)


def _metrics(label: Floats, weights: Floats) -> dict[str, float]:
    macro_f1, accuracy, _, ece = figures(label, weights)
    found = {"creators": float(len(label)), "macro_f1": macro_f1, "accuracy": accuracy, "ece": ece}
    return {f"niche_{name}": value for name, value in found.items()}


def _cut(slopes: Floats, parts: Sequence[sparse.csr_array], setting: Setting) -> tuple[Singles, Singles, Singles]:
    """The slopes of words, parts of words and marks, for vectors without `setting.shares`."""
    cuts = np.cumsum([part.shape[1] for part in parts])[:-1]
    words, grams, marks = (
        np.ascontiguousarray(part * share, dtype=np.float32)
        for part, share in zip(np.split(slopes, cuts), setting.shares, strict=True)
    )
    return words, grams, marks


def _marks(marks: pl.Series) -> Channel:
    """The commonest marks, with the weight of each."""
    told = told_marks(marks)
    every = told["term"].unique().sort()
    counts = term_matrix(told, len(marks), every)
    frequency = np.bincount(counts.indices, minlength=len(every))
    least = LEAST_DOCUMENTS if len(marks) >= SMALL_CORPUS else 1
    ranked = np.lexsort((np.arange(len(every)), -frequency))
    kept = np.sort(ranked[frequency[ranked] >= least][:MOST_MARKS])
    idf = np.log((1 + len(marks)) / (1 + frequency[kept])) + 1
    return Channel(every.gather(kept), idf, np.zeros((len(kept), 0), dtype=np.float32))


def _joined(parts: Sequence[sparse.csr_array], setting: Setting) -> sparse.csr_array:
    return sparse.csr_array(sparse.hstack([part * share for part, share in zip(parts, setting.shares, strict=True)]))


def _held_out_scores(terms: sparse.csr_array, label: Floats, fold: NDArray[np.int64], balance: float) -> Floats:
    scores = np.zeros(label.shape)
    for one in np.unique(fold):
        fitted = _fit(terms[fold != one], label[fold != one], balance)
        scores[fold == one] = terms[fold == one] @ fitted.slopes + fitted.intercepts
    return scores


def _fit(terms: sparse.csr_array, label: Floats, balance: float) -> _Linear:
    size = np.maximum(label.sum(axis=0), 1.0)
    weight = (label @ (size.mean() / size) ** balance) / np.maximum(label.sum(axis=1), 1.0)
    regression = _regression(terms, label, weight)
    return _Linear(regression.slopes + BAYES * _bayes(terms, label), regression.intercepts)


def _regression(terms: sparse.csr_array, label: Floats, weight: Floats) -> _Linear:
    """One logistic regression a niche, of it against the rest."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    slopes, intercepts = np.zeros((terms.shape[1], label.shape[1])), np.zeros(label.shape[1])
    plain = sparse.csr_matrix(terms, dtype=np.float64)
    for k, one in enumerate(label.T):
        if one.min() == one.max():  # a fold may lack a niche
            intercepts[k] = np.log((one.sum() + 0.5) / (len(one) - one.sum() + 0.5))
            continue
        model = LogisticRegression(
            C=INVERSE_PENALTY, solver="liblinear", dual=True, tol=1e-2, max_iter=200, random_state=0
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # 200 rounds are near enough
            model.fit(plain, one, sample_weight=weight)
        slopes[:, k], intercepts[k] = model.coef_[0], model.intercept_[0]
    return _Linear(slopes, intercepts)


def _bayes(terms: sparse.csr_array, label: Floats) -> Floats:
    """Complement naive Bayes: minus the log share of each term among creators of other niches, less its mean."""
    other = terms.T @ (1.0 - label) + SMOOTHING
    slopes = -np.log(other / other.sum(axis=0))
    centred: Floats = slopes - slopes.mean(axis=1, keepdims=True)
    return centred


def _calibration(scores: Floats, label: Floats) -> tuple[float, float]:
    """Steepness and damping (see `models.niches.calibrated`) under which the held-out labels are likeliest."""
    from scipy.optimize import minimize

    share = label / label.sum(axis=1, keepdims=True)

    def surprise(parameters: Floats) -> float:
        weights = calibrated(scores, float(np.exp(parameters[0])), float(parameters[1]))
        return -float((share * np.log(np.maximum(weights, 1e-12))).sum())

    found = minimize(surprise, np.zeros(2), method="L-BFGS-B", bounds=[(-3.0, 3.0), (0.0, 1.0)])
    return float(np.exp(found.x[0])), float(found.x[1])
