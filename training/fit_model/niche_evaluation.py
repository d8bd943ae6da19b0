"""The niche classifier judged on creators that it never saw, beside words alone: overall, by niche, script and text."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.errors import Problem, RecordsError
from models.matching.taxonomy import Taxonomy
from models.niches import labels_of
from models.texts.documents import creator_documents
from models.texts.marks import creator_marks
from models.texts.space import TextSpace
from training.evaluation_tables import Table
from training.fit_model.niche_figures import figures, given
from training.fit_model.niche_fitting import learn
from training.fit_model.trials import CANDIDATES, KNOWN
from training.metrics import BINS
from training.split import half_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from features.records import Tables
    from training.fit_model.niche_fitting import FittedNiches

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

SCRIPTS = {
    "Latin": r"\p{Latin}",
    "Cyrillic": r"\p{Cyrillic}",
    "Arabic": r"\p{Arabic}",
    "Hebrew": r"\p{Hebrew}",
    "Greek": r"\p{Greek}",
    "Devanagari": r"\p{Devanagari}",
    "Thai": r"\p{Thai}",
    "Korean": r"\p{Hangul}",
    "Chinese or Japanese": r"[\p{Han}\p{Hiragana}\p{Katakana}]",
}
AMOUNTS = (0, 4, 10, 20, 50, 100)
"""Edges of the slices by amount of text: known words and marks of a creator."""
FEWEST_IN_SLICE = 10
BASELINE_DOCUMENTS = 3  # that a word of the baseline must occur in
MODEL, BASELINE = "model", "words alone"


@dataclass(frozen=True, eq=False)
class Judged:
    """Creators that nothing was learnt from, a row each.

    Attributes:
        names: The niches learnt, columns of `label` and `weights`.
        label: 1 where a creator is of the niche.
        weights: By `model` and by the baseline.
        known: Known words and marks of each creator.
        unknown: Where the model says so.
        script: The script that most letters of captions and bio are of.
        note: On what, and what was left out.
    """

    names: tuple[str, ...]
    label: Floats
    weights: dict[str, Floats]
    known: NDArray[np.int64]
    unknown: Flags
    script: NDArray[np.str_]
    note: str


def niche_tables(tables: Tables, seed: int = 0) -> list[Table]:
    """Fit on the known half of the creators, judge on the other. None where there are no labels.

    Args:
        tables: Records with labels.
        seed: Of the text space and the folds of the calibration.
    """
    if tables.niches.is_empty():
        return []
    judged = judge(tables, seed)
    several = ("several niches", judged.label.sum(axis=1) > 1)
    everyone = np.ones(len(judged.label), dtype=np.bool_)
    told = [("all", everyone), ("all but unknown", ~judged.unknown)]
    told += [several] if several[1].sum() >= FEWEST_IN_SLICE else []
    return [
        Table("Niches", ("creators", *FIGURES), _sliced(judged, told), judged.note),
        Table("Niches by niche", ("niche", *OF_A_NICHE), _by_niche(judged), _BY_NICHE),
        Table("Niches by script", ("script", *FIGURES), _sliced(judged, _scripts(judged)), _BY_SCRIPT),
        Table("Niches by amount of text", ("known terms", *FIGURES), _sliced(judged, _amounts(judged)), _BY_TEXT),
    ]


def judge(tables: Tables, seed: int = 0) -> Judged:
    """Weights of the creators of the other half by a model and a baseline that learnt from the known half.

    Raises:
        RecordsError: The known half has fewer than two niches to learn.
    """
    of = Taxonomy.of_labels(tables.niches["niche"])
    named = of.resolved(tables.niches)
    labelled = tables.creators.join(named, on="creator_id", how="semi")["creator_id"]
    halves = (KNOWN, CANDIDATES)
    known, other = (tables.select([name for name in labelled if half_of(name) == half]) for half in halves)
    documents = creator_documents(known)
    text = TextSpace.fit(documents["text"], seed)
    ids = documents["creator_id"].to_list()
    fitted = learn(
        ids, text.transform(documents["text"]), creator_marks(known)["marks"], labels_of(ids, named), of, seed
    )
    if not fitted.niches.names:
        few = "the known half of the creators has fewer than two niches that can be learnt"
        raise RecordsError([Problem("niches", few)])
    return _judged(known, other, named, text, fitted)


FIGURES = (
    "n",
    "macro_f1",
    "accuracy",
    "micro_f1",
    "ece",
    "unknown",
    "baseline_macro_f1",
    "baseline_accuracy",
    "baseline_ece",
)
OF_A_NICHE = ("n", "precision", "recall", "f1", "mean_weight", "share", "baseline_f1")
_NOTE = (
    "Learnt from {learnt:,} creators (even MD5 of the id), judged on the others with any text; {out:,} of niches with "
    "too few to learn from are left out. A creator of k niches is given its k heaviest; accuracy: the heaviest is one "
    "of them; ECE: of that, over {bins} bins of equal mass. Baseline: TF-IDF of words (sublinear, min_df={least}) of "
    "captions and alt text, balanced logistic regression."
)
_BY_NICHE = "Share: of the labels; mean weight: what the model gives the niche over all creators, for comparison."
_BY_SCRIPT = "Of captions and bio. Macro-F1 is over the niches that occur in the slice: few creators, few niches."
_BY_TEXT = "Known words and marks of a creator; see `models.niches.Niches.known`."


def _judged(known: Tables, other: Tables, named: pl.DataFrame, text: TextSpace, fitted: FittedNiches) -> Judged:
    niches = fitted.niches
    documents = creator_documents(other).with_row_index("row").filter(pl.col("text") != "")
    rows = documents["row"].to_numpy()
    label = _labels(documents["creator_id"].to_list(), named, niches.names)
    learnt = label.any(axis=1)
    rows, label, documents = rows[learnt], label[learnt], documents.filter(pl.Series(learnt))
    vectors, marks = text.transform(documents["text"]), creator_marks(other)["marks"].gather(rows)
    return Judged(
        names=niches.names,
        label=label,
        weights={MODEL: niches.weights(vectors, marks), BASELINE: _baseline(known, other, named, niches.names)[rows]},
        known=niches.known(vectors, marks),
        unknown=niches.unknown(vectors, marks),
        script=_script(other)[rows],
        note=_NOTE.format(
            learnt=int(fitted.metrics["niche_creators"]),
            out=int((~learnt).sum()),
            bins=BINS,
            least=BASELINE_DOCUMENTS,
        ),
    )


def _baseline(known: Tables, other: Tables, named: pl.DataFrame, names: Sequence[str]) -> Floats:
    """Weights of `other` by logistic regression over words; a creator of several niches counts once for each."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    label = _labels(known.creators["creator_id"].to_list(), named, names)
    rows, niche = np.nonzero(label)
    words = TfidfVectorizer(sublinear_tf=True, min_df=min(BASELINE_DOCUMENTS, known.creators.height))
    terms = words.fit_transform(_said(known))
    model = LogisticRegression(class_weight="balanced", max_iter=1000).fit(terms[rows], niche)
    weights: Floats = np.zeros((other.creators.height, len(names)))
    weights[:, model.classes_] = model.predict_proba(words.transform(_said(other)))
    return weights


def _said(tables: Tables) -> list[str]:
    """Captions and alt texts alone."""
    bare = tables.from_frames({"creators": tables.creators.select("creator_id", "platform"), "posts": tables.posts})
    return creator_documents(bare)["text"].to_list()


def _labels(creator_ids: Sequence[str], named: pl.DataFrame, names: Sequence[str]) -> Floats:
    found = [[name in own for name in names] for own in labels_of(creator_ids, named)]
    label: Floats = np.array(found, dtype=np.float64).reshape(len(creator_ids), len(names))
    return label


def _script(tables: Tables) -> NDArray[np.str_]:
    posts = tables.posts.select("creator_id", text="caption")
    texts = pl.concat([posts, tables.creators.select("creator_id", text="bio")])
    counted = texts.group_by("creator_id").agg(
        pl.col("text").fill_null("").str.count_matches(letter).sum().alias(name) for name, letter in SCRIPTS.items()
    )
    counts = tables.creators.select("creator_id").join(counted, on="creator_id", how="left", maintain_order="left")
    letters = counts.select(*SCRIPTS).fill_null(0).to_numpy()
    return np.where(letters.any(axis=1), np.array(list(SCRIPTS))[letters.argmax(axis=1)], "none")


def _sliced(judged: Judged, slices: Sequence[tuple[str, Flags]]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for name, chosen in slices:
        if not chosen.any():
            continue
        label = judged.label[chosen]
        by = figures(label, judged.weights[MODEL][chosen])
        baseline = figures(label, judged.weights[BASELINE][chosen])
        rows.append((name, len(label), *by, float(judged.unknown[chosen].mean()), *baseline[:2], baseline[3]))
    return rows


def _by_niche(judged: Judged) -> list[tuple[object, ...]]:
    label, weights = judged.label, judged.weights[MODEL]
    taken, baseline = given(label, weights), given(label, judged.weights[BASELINE])
    rows: list[tuple[object, ...]] = []
    for k, name in enumerate(judged.names):
        of, hits, told = label[:, k].sum(), (label * taken)[:, k].sum(), taken[:, k].sum()
        by_words = 2 * (label * baseline)[:, k].sum() / max(of + baseline[:, k].sum(), 1.0)
        precision = float(hits / told) if told else None
        recall = float(hits / of) if of else None
        share = float(of / label.sum())
        f1 = float(2 * hits / max(of + told, 1.0))
        rows.append((name, int(of), precision, recall, f1, float(weights[:, k].mean()), share, float(by_words)))
    return rows


def _scripts(judged: Judged) -> list[tuple[str, Flags]]:
    found = [(name, judged.script == name) for name in (*SCRIPTS, "none")]
    latin = np.isin(judged.script, ("Latin", "none"))
    return [(name, chosen) for name, chosen in found if chosen.sum() >= FEWEST_IN_SLICE] + [("not Latin", ~latin)]


def _amounts(judged: Judged) -> list[tuple[str, Flags]]:
    place = np.searchsorted(AMOUNTS, judged.known, side="right") - 1
    names = [f"{low}-{high - 1}" for low, high in pairwise(AMOUNTS)] + [f"{AMOUNTS[-1]}+"]
    return [(name, place == k) for k, name in enumerate(names)]
