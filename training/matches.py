"""Training pairs for fit: the judged matches of each brief, and creators that nobody matched with it as negatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.errors import Problem, RecordsError
from models.documents import texts
from models.niches import Niches, labels_of
from models.pairs import pair_features
from training.retrieval import RELEVANT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from features.records import Tables
    from models.documents import Brief
    from models.encoder import Encoder
    from models.pairs import Candidates, Wish

    Floats = NDArray[np.float64]

FEWEST_BRANDS = 2  # one to learn from, another to try it on
MOST_OTHERS = 1_000  # creators nobody matched with a brief, ranked beside those matched with it
NEGATIVES_PER_RELEVANT = 6  # where all matches are relevant, half of them of the brief's niche: the hard ones
NICHE_FOLDS = 3


@dataclass(frozen=True)
class Matched:
    """A brief with its matches.

    Attributes:
        brief: Its row.
        brand: Its brand, or its own id where none is named: what splits are grouped by.
        grades: Relevance of each creator that somebody matched with it.
    """

    brief: Brief
    brand: str
    grades: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Judged:
    """A brief with the creators it is ranked over, in random order.

    Attributes:
        brief_id: The brief.
        brand: See `Matched`.
        pairs: Pair features, one row a creator.
        relevance: 0 to 3; creators that nobody matched with the brief count as 0.
        used: Which rows train and calibrate the model; the others are only ranked.
    """

    brief_id: str
    brand: str
    pairs: pl.DataFrame
    relevance: Floats
    used: NDArray[np.bool_]


def matched_briefs(tables: Tables) -> list[Matched]:
    """The briefs that have a relevant match, in the order of `tables.briefs`, their example creators left out.

    Raises:
        RecordsError: There are no briefs, no relevant matches, or of one brand only.
    """
    graded = tables.matches.with_columns(pl.col("relevance").fill_null(0)).join(
        tables.creators.select("creator_id"), on="creator_id", how="semi"
    )
    grades = {
        brief_id: dict(rows.select("creator_id", "relevance").iter_rows())
        for (brief_id,), rows in graded.group_by("brief_id")
    }
    found = []
    for brief in tables.briefs.to_dicts():
        examples = set(texts(brief, "example_creators"))
        known = {name: grade for name, grade in grades.get(brief["brief_id"], {}).items() if name not in examples}
        if any(grade >= RELEVANT for grade in known.values()):
            found.append(Matched(brief, str(brief["brand"] or brief["brief_id"]).casefold(), known))
    if len({one.brand for one in found}) < FEWEST_BRANDS:
        message = f"at least two brands with a creator of relevance {RELEVANT} or more are needed to learn fit"
        raise RecordsError([Problem("matches", message)])
    return found


def judged_briefs(matched: Sequence[Matched], encoder: Encoder, candidates: Candidates, seed: int) -> list[Judged]:
    """Each brief paired with the creators that it is ranked over.

    Args:
        matched: The briefs, of `matched_briefs`.
        encoder: Turns briefs into wishes.
        candidates: The creators that may be ranked, those matched among them; see `ranked_creators`.
        seed: Of the sampled negatives.
    """
    place = {creator_id: row for row, creator_id in enumerate(candidates.creator_ids)}
    main_niche = _main(candidates.niches)
    wishes = encoder.wishes([one.brief for one in matched], candidates)
    judged = []
    for number, (one, wish) in enumerate(zip(matched, wishes, strict=True)):
        known = {place[creator_id]: grade for creator_id, grade in one.grades.items()}
        rng = np.random.default_rng([seed, number])
        judged.append(_judge(one, wish, candidates, known, main_niche, rng))
    return judged


def ranked_creators(tables: Tables, seed: int) -> list[str]:
    """The creators of any match, and a sample of the others large enough to rank a brief over."""
    everyone = tables.creators["creator_id"].sort()
    matched = everyone.filter(everyone.is_in(tables.matches["creator_id"].unique().to_list()))
    others = everyone.filter(~everyone.is_in(matched.to_list()))
    return [*matched, *others.sample(min(len(others), MOST_OTHERS), seed=seed)]


def held_out_niches(encoder: Encoder, candidates: Candidates, niches: pl.DataFrame) -> Candidates:
    """Each creator's niche weights by a classifier that did not learn from its label, as for a creator not seen."""
    if not encoder.niches.names:
        return candidates
    topics = candidates.vectors.topics
    labels = labels_of(candidates.creator_ids, niches)
    weights = np.zeros((len(candidates), len(encoder.niches.names)))
    for fold in range(NICHE_FOLDS):
        out = np.arange(len(topics)) % NICHE_FOLDS == fold
        fitted = Niches.fit(topics[~out], [names for names, held in zip(labels, out, strict=True) if not held])
        columns = [encoder.niches.names.index(name) for name in fitted.names if name in encoder.niches.names]
        known = [name in encoder.niches.names for name in fitted.names]
        weights[np.ix_(out, columns)] = fitted.weights(topics[out])[:, known]
    return candidates.with_niches(weights)


def _judge(
    one: Matched,
    wish: Wish,
    candidates: Candidates,
    known: Mapping[int, int],
    main_niche: NDArray[np.int64],
    rng: np.random.Generator,
) -> Judged:
    matched = np.array(sorted(known), dtype=np.int64)
    others = np.setdiff1d(np.arange(len(candidates)), matched)
    others = rng.choice(others, min(len(others), MOST_OTHERS), replace=False)
    relevant = sum(grade >= RELEVANT for grade in known.values())
    of_niche = main_niche[others] == _main(wish.niches[None, :])[0]
    if relevant == len(known):
        half = relevant * NEGATIVES_PER_RELEVANT // 2
        negatives = np.concatenate([others[of_niche][:half], others[~of_niche][:half]])
    else:  # somebody judged which creators of the niche do not fit; of the rest many would
        negatives = others[~of_niche][: max(0, relevant * NEGATIVES_PER_RELEVANT - (len(known) - relevant))]
    rows = rng.permutation(np.concatenate([matched, others]))
    return Judged(
        brief_id=str(one.brief["brief_id"]),
        brand=one.brand,
        pairs=pair_features(wish, candidates.take(rows)),
        relevance=np.array([known.get(row, 0) for row in rows.tolist()], dtype=np.float64),
        used=np.isin(rows, matched) | np.isin(rows, negatives),
    )


def _main(weights: Floats) -> NDArray[np.int64]:
    """The heaviest niche of each row; -1 where there is none."""
    if weights.shape[1] == 0:
        return np.full(len(weights), -1, dtype=np.int64)
    return np.where(weights.any(axis=1), weights.argmax(axis=1), -1)
