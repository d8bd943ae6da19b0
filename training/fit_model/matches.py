"""Training pairs for fit: the judged matches of each brief, and creators that nobody matched with it as negatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

import features
from models.matching.encoder import Encoder
from models.matching.pairs import PAIR_FEATURE_NAMES, brand_columns, pair_features
from models.niches import Niches
from models.texts.documents import creator_documents
from models.texts.space import TextSpace
from training.fit_model.brand_fitting import fit_leanings, past_brands, turned
from training.fit_model.niche_fitting import fit_niches
from training.fit_model.ranking_figures import RELEVANT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from features import Context
    from features.records import Tables
    from models.matching.candidates import Candidates
    from models.matching.pairs import Wish
    from models.matching.taxonomy import Taxonomy
    from training.fit_model.brand_fitting import Leanings
    from training.fit_model.trials import Matched, Trial

    Floats = NDArray[np.float64]
    Singles = NDArray[np.float32]

NEGATIVES_PER_RELEVANT = 6  # the mix that the probability is calibrated to
MOST_NEGATIVES = 600  # sampled for a brief to learn the order from; together they weigh as much as that mix
LEARNT = ("brand_topics", "brand_leaning", "brand_talk")
"""Pair features that are learnt from who goes with which brand, so a brand must be left out to train on it."""


@dataclass(frozen=True, eq=False)
class Judged:
    """A brief with the creators it is ranked over, in random order.

    Attributes:
        brief_id: The brief.
        brand: See `Matched`.
        fold: The brand's, of the cross-validation.
        counts: Whether all candidates stand here, so that figures of the ranking mean something.
        short: See `Matched`.
        niche: The heaviest niche of the brief; None where it has none.
        creator_ids: The creators.
        pairs: Pair features, one row a creator; brand topics know nothing of the brands of its fold.
        relevance: 0 to 3; creators that nobody matched with the brief count as 0.
        weight: What each row counts in training; the rows of weight 0 are only ranked.
        mixed: Rows that are mixed as the probability is meant: it is calibrated and judged on these.
        apart: For each other fold, `LEARNT` of the rows with a weight, knowing nothing of that fold either.
    """

    brief_id: str
    brand: str
    fold: int
    counts: bool
    short: bool
    niche: str | None
    creator_ids: pl.Series
    pairs: pl.DataFrame
    relevance: Floats
    weight: Floats
    mixed: NDArray[np.bool_]
    apart: Mapping[int, pl.DataFrame]

    def learnable(self, without: int | None = None) -> pl.DataFrame:
        """Pair features of the rows with a weight, knowing nothing of the brief's own fold and of another."""
        rows = self.pairs.filter(self.weight > 0)
        if without is None or not self.apart:
            return rows
        return rows.with_columns(self.apart[without]).select(PAIR_FEATURE_NAMES)


@dataclass(frozen=True, eq=False)
class Learnt:
    """An encoder of the known creators of a trial, and the predictions that its brand topics are turned from."""

    encoder: Encoder
    leanings: Leanings | None


def learn(
    trial: Trial, context: Context, seed: int, *, taxonomy: Taxonomy | None = None, reduced: bool = True
) -> Learnt:
    """Text space, niches and brand topics of the known creators.

    Args:
        trial: Whom to learn from.
        context: Norms.
        seed: Of samples.
        taxonomy: Of the niches; that of the labels unless given.
        reduced: Leave brand topics out of the encoder; `judged_briefs` puts them in place, brand by brand.
    """
    documents = creator_documents(trial.known)
    text = TextSpace.fit(documents["text"], seed)
    fitted = fit_niches(trial.known, text, taxonomy, seed).niches if trial.known.niches.height else Niches.none()
    vectors = text.transform(documents["text"])
    place = {name: row for row, name in enumerate(documents["creator_id"].to_list())}
    tagged = {brand: [place[name] for name in own] for brand, own in trial.tagged.items()}
    niches = {
        str(niche): sorted({place[name] for name in rows["creator_id"]})
        for (niche,), rows in sorted(trial.known.niches.group_by("niche"), key=lambda one: str(one[0]))
    }
    leanings = fit_leanings(vectors.words, vectors.grams, tagged, niches, seed)
    past = past_brands(tagged, vectors.word_topics)
    if leanings is not None and not reduced:
        text = TextSpace(text.words, text.grams, leanings.topics())
    return Learnt(Encoder(text, fitted, context, past), leanings)


def judged_briefs(trial: Trial, learnt: Learnt, folds: Mapping[str, int], seed: int) -> list[Judged]:
    """Each brief of a trial paired with the creators that it is ranked over.

    Args:
        trial: Briefs and candidates.
        learnt: What `learn` found in the known creators, reduced.
        folds: The fold of each brand.
        seed: Of the sampled negatives and the order of rows.
    """
    encoder = learnt.encoder
    candidates = _encoded(encoder, trial.candidates)
    wishes = encoder.wishes([one.brief for one in trial.matched], _encoded(encoder, trial.examples))
    place = {creator_id: row for row, creator_id in enumerate(candidates.creator_ids)}
    main_niche = _main(candidates.dense["niches"])
    leans = _Leans.of(learnt, candidates, wishes, folds)
    judged = []
    for number, (one, wish) in enumerate(zip(trial.matched, wishes, strict=True)):
        known = {place[creator_id]: grade for creator_id, grade in one.grades.items()}
        own_niche = int(_main(wish.niches[None, :])[0])
        rng = np.random.default_rng([seed, number])
        rows, weight, mixed = _sampled(one, known, main_niche == own_niche, rng)
        fold = folds[one.brand]
        pairs = pair_features(wish, candidates.take(rows))
        if leans is not None:
            pairs = pairs.with_columns(leans.columns(number, rows, frozenset({fold})))
        learnable, others = rows[weight > 0], sorted(set(folds.values()) - {fold})
        apart = {} if leans is None else {k: leans.columns(number, learnable, frozenset({fold, k})) for k in others}
        judged.append(
            Judged(
                brief_id=str(one.brief["brief_id"]),
                brand=one.brand,
                fold=fold,
                counts=one.counts,
                short=one.short,
                niche=encoder.niches.names[own_niche] if own_niche >= 0 else None,
                creator_ids=candidates.traits["creator_id"][rows],
                pairs=pairs.select(PAIR_FEATURE_NAMES),
                relevance=np.array([known.get(row, 0) for row in rows.tolist()], dtype=np.float64),
                weight=weight,
                mixed=mixed,
                apart=apart,
            )
        )
    return judged


@dataclass(frozen=True, eq=False)
class _Leans:
    """Brand topics of candidates and briefs, for every set of folds that they may have to know nothing of."""

    candidates: Mapping[frozenset[int], tuple[Singles, Singles]]
    briefs: Mapping[frozenset[int], Singles]

    @classmethod
    def of(
        cls, learnt: Learnt, candidates: Candidates, wishes: Sequence[Wish], folds: Mapping[str, int]
    ) -> _Leans | None:
        from scipy.sparse import vstack

        if learnt.leanings is None or not wishes:
            return None
        asked = learnt.leanings.predictions(
            vstack([wish.text.words for wish in wishes], format="csr"),
            vstack([wish.text.grams for wish in wishes], format="csr"),
        )
        offered = learnt.leanings.predictions(candidates.sparse["words"], candidates.sparse["grams"])
        every = sorted(set(folds.values()))
        found: dict[frozenset[int], tuple[Singles, Singles]] = {}
        briefs: dict[frozenset[int], Singles] = {}
        for without in {frozenset({one, other}) for one in every for other in every}:
            turn = learnt.leanings.directions({brand for brand, fold in folds.items() if fold in without})
            found[without] = turned(offered, turn)
            briefs[without] = turned(asked, turn)[0]
        return cls(found, briefs)

    def columns(self, brief: int, rows: NDArray[np.int64], without: frozenset[int]) -> pl.DataFrame:
        """`LEARNT` of a brief and these candidates."""
        topics, leaning = (part[rows] for part in self.candidates[without])
        found = brand_columns(self.briefs[without][brief], topics, leaning[:, 0].astype(np.float64))
        found["brand_talk"] = leaning[:, 1].astype(np.float64)
        return pl.DataFrame([pl.Series(name, found[name], nan_to_null=True) for name in LEARNT])


def _encoded(encoder: Encoder, tables: Tables) -> Candidates:
    return encoder.candidates(tables, features.build(tables, encoder.context))


def _sampled(
    one: Matched, known: Mapping[int, int], of_niche: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.int64], Floats, NDArray[np.bool_]]:
    """Candidates in random order, what each weighs in training, and which are mixed as the probability is meant.

    Negatives are a random sample, so hard ones of the brief's niche come as often as they are met; to take half of
    them from the niche ranked worse (docs/fit-model.md). Where somebody judged which creators of the niche do not
    fit, these are the hard ones; of the niche's others many would fit, so the sample is of other niches then.
    """
    matched = np.array(sorted(known), dtype=np.int64)
    others = rng.permutation(np.setdiff1d(np.arange(len(of_niche)), matched))
    relevant = sum(grade >= RELEVANT for grade in known.values())
    negatives = others if relevant == len(known) else others[~of_niche[others]]
    wanted = max(0, relevant * NEGATIVES_PER_RELEVANT - (len(known) - relevant))
    learnt = negatives[: max(wanted, MOST_NEGATIVES)] if wanted else negatives[:0]
    rows = rng.permutation(np.concatenate([matched, others if one.counts else learnt]))
    weight = np.where(np.isin(rows, matched), 1.0, 0.0)
    weight[np.isin(rows, learnt)] = min(1.0, wanted / max(len(learnt), 1))
    return rows, weight, np.isin(rows, matched) | np.isin(rows, negatives[:wanted])


def _main(weights: Singles) -> NDArray[np.int64]:
    """The heaviest niche of each row; -1 where there is none."""
    if weights.shape[1] == 0:
        return np.full(len(weights), -1, dtype=np.int64)
    return np.where(weights.any(axis=1), weights.argmax(axis=1), -1)
