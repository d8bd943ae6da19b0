"""The fit model's evaluation: brands that posts tag, each ranked over creators and by a model that never saw it.

The protocol, the brands that count and what is masked are those of `training.fit_model.mentions`. Rank figures are
means over brands, beside the cosine of TF-IDF over the same creators.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.context import build as build_context
from features.errors import Problem, RecordsError
from features.records import POSTS, read, read_rows
from features.tiers import TIER_NAMES, tier_of
from models.texts.documents import brief_text
from training.evaluation_tables import Table
from training.fit import judged_trials
from training.fit_model.baseline import baseline_scores, post_documents
from training.fit_model.boosting import OBJECTIVES, cross_validate
from training.fit_model.mentions import FEWEST_TO_COUNT, SHORT, mined_trials, tagged_brands
from training.fit_model.ranking_figures import RELEVANT, retrieval_metrics
from training.fit_model.trials import halves
from training.metrics import calibration_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from features.records import Tables
    from training.fit_model.boosting import HeldOut
    from training.fit_model.matches import Judged
    from training.fit_model.trials import Trial

    Progress = Callable[[int, int], None]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

STAGES = 5  # trial, pairs, models, baseline, niches
FIGURES = ("auc", "ndcg_at_10", "recall_at_100", "mrr")
RESAMPLES = 1_000
COVERAGE = 0.95
FEWEST_BRANDS = 5  # of a slice, for its figures to mean anything
BINS = 10
SCRIPT_LETTERS = 500  # of a text, looked at for its script
COLUMNS = tuple(name for figure in FIGURES for name in (figure, f"{figure} lo", f"{figure} hi", f"{figure} baseline"))


@dataclass(frozen=True, eq=False)
class Ranked:
    """One brand's candidates.

    Attributes:
        judged: The brief.
        model: Probabilities.
        baseline: Cosines of TF-IDF.
        words: Words of the brief.
    """

    judged: Judged
    model: Floats
    baseline: Floats
    words: int

    def figures(self, kept: Flags | None = None) -> tuple[list[float], list[float]] | None:
        """`FIGURES` of model and baseline, of the candidates kept; None where none or all of these are relevant."""
        chosen = np.ones(len(self.model), dtype=np.bool_) if kept is None else kept
        relevance = self.judged.relevance[chosen]
        if not 0 < np.count_nonzero(relevance >= RELEVANT) < len(relevance):
            return None
        model, baseline = (retrieval_metrics(scores[chosen], relevance) for scores in (self.model, self.baseline))
        return [model[name] for name in FIGURES], [baseline[name] for name in FIGURES]


def evaluate_fit(data: Path, *, seed: int = 0, progress: Progress | None = None) -> list[Table]:
    """Judge the recipe of the fit model, and of its niches, on a folder of records.

    Args:
        data: Records whose posts mention accounts, or with a table `niches`, or both.
        seed: Of folds, samples and resamples.
        progress: Called with (done, total).

    Raises:
        RecordsError: The records were refused, or there is neither a brand with enough taggers nor a niche.
    """
    done = progress or (lambda _done, _total: None)
    tables = read(data, labels=True)
    in_order = read_rows(data, POSTS)
    counted = [one for one in tagged_brands(in_order) if one.fewest >= FEWEST_TO_COUNT]
    if len(counted) < FEWEST_BRANDS and tables.niches.is_empty():
        message = (
            f"nothing to judge fit by: the posts mention fewer than {FEWEST_BRANDS} accounts that {FEWEST_TO_COUNT} "
            "creators of each half tag, and there is no table niches"
        )
        raise RecordsError([Problem("posts", message, column="mentions")])
    found = [] if len(counted) < FEWEST_BRANDS else _of_brands(tables, in_order, seed, done)
    if tables.niches.height:
        from training.fit_model.niche_evaluation import niche_tables

        found += niche_tables(tables, seed)
    done(STAGES, STAGES)
    return [table for table in found if table.rows]


def _of_brands(tables: Tables, in_order: pl.DataFrame, seed: int, done: Progress) -> list[Table]:
    [trial] = mined_trials(tables, both=False, posts=in_order, short_counted=True, seed=seed)
    done(1, STAGES)
    judged = judged_trials([trial], build_context(trial.known), seed)
    done(2, STAGES)
    fitted = {objective: cross_validate(judged, seed, objective) for objective in OBJECTIVES}
    done(3, STAGES)
    known = set(halves(tables)[0])
    posts = post_documents(in_order.filter(pl.col("creator_id").is_in(list(known))))
    ranked = {objective: _ranked(held_out, trial, posts) for objective, held_out in fitted.items()}
    short = _ranked(fitted[OBJECTIVES[0]], trial, posts, short=True)
    done(4, STAGES)
    return brand_tables(fitted, ranked, short, _slices(trial), seed)


def brand_tables(
    fitted: Mapping[str, HeldOut],
    ranked: Mapping[str, Sequence[Ranked]],
    short: Sequence[Ranked],
    slices: Mapping[str, Mapping[str, str]],
    seed: int,
) -> list[Table]:
    """All tables of rankings and of calibration.

    Args:
        fitted: The held-out scores of each objective.
        ranked: The rankings of each.
        short: Those of the first objective for briefs cut short.
        slices: For each way to slice, the slice of each candidate.
        seed: Of the resamples.
    """
    first = ranked[OBJECTIVES[0]]
    niches = sorted({one.judged.niche for one in first if one.judged.niche is not None})
    note = (
        f"Means over brands, each over {len(first[0].judged.relevance) if first else 0:,} candidates, by models that "
        f"never saw the brand; intervals are {COVERAGE:.0%} over resampled brands. The baseline is TF-IDF and cosine."
    )
    tables = [
        Table(
            "Brands never seen in training",
            ("objective", "brands", *COLUMNS),
            [(name, *_means([one.figures() for one in own], seed)) for name, own in ranked.items()],
            note,
        ),
        Table(
            "Briefs cut to a few words",
            ("words", "brands", *COLUMNS),
            [(str(most), *_means([one.figures() for one in own], seed)) for most, own in _by_words(short).items()],
            "The same brands by briefs of some of their words, drawn at random: people write few.",
        ),
        Table(
            "Fit by niche of the brand",
            ("niche", "brands", *COLUMNS),
            [(name, *_means([one.figures() for one in first if one.judged.niche == name], seed)) for name in niches],
            "The heaviest niche of the brief, as the niche classifier of known creators has it.",
        ),
    ]
    tables += [_by_slice(title, slice_of, first, seed) for title, slice_of in slices.items()]
    return [*tables, *(_calibration(name, held_out) for name, held_out in fitted.items())]


def _by_slice(title: str, slice_of: Mapping[str, str], ranked: Sequence[Ranked], seed: int) -> Table:
    rows = []
    for name in _in_order(slice_of.values()):
        figures = [one.figures(_kept(one, slice_of, name)) for one in ranked]
        if sum(one is not None for one in figures) >= FEWEST_BRANDS:
            rows.append((name, *_means(figures, seed)))
    return Table(
        f"Fit by {title} of the candidates",
        (title, "brands", *COLUMNS),
        rows,
        f"Ranked among candidates of the {title} only, for brands that some of them tag.",
    )


def _by_words(short: Sequence[Ranked]) -> dict[int, list[Ranked]]:
    """Rankings of briefs cut short by the words that they were cut to."""
    return {most: own for most in SHORT if (own := [one for one in short if one.words == most])}


def _ranked(held_out: HeldOut, trial: Trial, posts: Sequence[str], *, short: bool = False) -> list[Ranked]:
    texts = {str(one.brief["brief_id"]): brief_text({"text": one.brief["text"]}) for one in trial.matched}
    counted = held_out.counted(short=short)
    documents = post_documents(trial.candidates.posts, by_creator=True)
    said = [texts[one.brief_id] for one, _ in counted]
    scores = baseline_scores(posts, said, list(documents.values()))
    place = {name: row for row, name in enumerate(documents)}
    rows = [np.array([place[name] for name in one.creator_ids.to_list()]) for one, _ in counted]
    return [
        Ranked(one, model, scores[brief][own], len(said[brief].split()))
        for brief, ((one, model), own) in enumerate(zip(counted, rows, strict=True))
    ]


def _means(figures: Sequence[tuple[list[float], list[float]] | None], seed: int) -> tuple[object, ...]:
    """Number of brands, then of each figure the mean, the ends of its interval, and the baseline's mean."""
    known = [one for one in figures if one is not None]
    if not known:
        return (0, *(None for _ in COLUMNS))
    model, baseline = (np.array([one[side] for one in known]) for side in (0, 1))
    rng = np.random.default_rng(seed)
    means = model[rng.integers(0, len(known), (RESAMPLES, len(known)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2], axis=0)
    ends = zip(model.mean(axis=0), low, high, baseline.mean(axis=0), strict=True)
    return (len(known), *(float(value) for of_figure in ends for value in of_figure))


def _kept(one: Ranked, slice_of: Mapping[str, str], name: str) -> Flags:
    return np.array([slice_of.get(creator_id) == name for creator_id in one.judged.creator_ids.to_list()])


def _in_order(names: Iterable[str]) -> list[str]:
    """Tiers from small to large, other names from common to rare."""
    counted = Counter(names)
    return sorted(counted, key=lambda name: (TIER_NAMES.index(name) if name in TIER_NAMES else -counted[name], name))


def _slices(trial: Trial) -> dict[str, dict[str, str]]:
    creators = trial.candidates.creators.select("creator_id", tier=tier_of(pl.col("followers")).fill_null("unknown"))
    documents = post_documents(trial.candidates.posts, by_creator=True)
    return {
        "tier": dict(creators.iter_rows()),
        "script": {name: script_of(text) for name, text in documents.items()},
    }


def script_of(text: str) -> str:
    """The script of most letters, by the first word of their Unicode names; `none` where there are no letters.

    >>> script_of("Привет, world"), script_of("100 %")
    ('cyrillic', 'none')
    """
    names = Counter(
        unicodedata.name(letter, "unknown").split()[0].lower() for letter in text[:SCRIPT_LETTERS] if letter.isalpha()
    )
    return names.most_common(1)[0][0] if names else "none"


def _calibration(objective: str, held_out: HeldOut) -> Table:
    """Probability against share of pairs that fit, in bins of equal size, and the error over all of them."""
    _, probability, label = held_out.used()
    order = np.argsort(probability, kind="stable")
    rows: list[tuple[object, ...]] = [
        (
            f"{part + 1} of {BINS}",
            len(own),
            float(probability[own].mean()),
            float(label[own].mean()),
            float(abs(probability[own].mean() - label[own].mean())),
        )
        for part, own in enumerate(np.array_split(order, BINS))
        if len(own)
    ]
    error = calibration_error(label, probability)
    rows.append(("all", len(label), float(probability.mean()), float(label.mean()), error))
    return Table(
        f"Calibration ({objective})",
        ("probability", "pairs", "mean probability", "share that fits", "error"),
        rows,
        "Pairs of brands held out: those who tag the brand, and six others for each. The last error is the ECE.",
    )
