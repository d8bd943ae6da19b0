"""Ranking creators for a brief: fit and reach, then risk, then hard filters; all of a pool get their places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from models.matching.pairs import PAIR_FEATURE_NAMES, pair_values
from models.rankings.filters import NO_LIMITS, failed_filters, not_known, nothing_failed
from models.rankings.notes import notes_of
from models.rankings.ranking import Rankings, Versions
from models.rankings.results import Scored, results
from models.rankings.risk import Parts, gated, reach_of, weights_of
from models.rankings.sensitivity import sensitivity
from models.rankings.sets import FROM_FIRST, suggested_set

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from models.fit import FitBundle
    from models.matching.pairs import Wish
    from models.rankings.filters import Limits
    from models.rankings.pool import Pool
    from models.rankings.ranking import RiskForm, Weights
    from models.texts.documents import Brief


def rank(
    bundle: FitBundle,
    wish: Wish,
    pool: Pool,
    *,
    weights: Weights | None = None,
    risk_form: RiskForm = "multiply",
    limits: Limits = NO_LIMITS,
    top: int | None = 50,
    reasons: int = 50,
    model: Versions | None = None,
) -> Rankings:
    """Rank the creators of a pool for a brief; all are scored, the first `top` are given back.

    Those that fail a hard filter stand after all that fail none. Then the higher fit score comes first, the
    closer words where the scores are equal, and the id where these are equal too, so that the order in which
    creators are handed in does not matter.

    Args:
        bundle: The fit model.
        wish: The brief, as `bundle.encoder.wishes` gives it.
        pool: The creators to rank.
        weights: What relevance, authenticity and reach count for; the brief's own unless given.
        risk_form: How risk takes its part, see `models.rankings.risk.after_risk`.
        limits: Hard filters beside the brief's.
        top: Creators to give back; all of them with None.
        reasons: For so many of the first, say why: reasons, what it beats the next in, posts, brands, audience.
        model: What to name as the answer's makers; the fit model's version unless given.

    Raises:
        UsageError: The brief's weights are not such, see `models.rankings.risk.weights_of`.
    """
    brief = gated(wish.brief, risk_form)
    weights = weights_of(brief) if weights is None else weights
    pairs = pair_values(wish, pool.candidates)
    parts = Parts(
        fit=100.0 * bundle.probability(pairs),
        reach=reach_of(pool.candidates.traits["followers"]),
        risk=pool.risk["risk_score"].to_numpy(),
    )
    traits = pool.candidates.traits.hstack([pool.risk["risk_score"]])
    failed, fails = _failing(pool, brief, traits, limits)
    scored = Scored(pairs, parts, weights, parts.score(weights, risk_form), failed, fails)
    words = np.nan_to_num(pairs[:, PAIR_FEATURE_NAMES.index("words")], nan=-1.0)
    places = Places(scored.fails, words, pool.candidates.traits["creator_id"])
    order = places.order(scored.score) if top is None else places.first(scored.score, max(top + 1, FROM_FIRST))
    return Rankings(
        brief_id=str(brief["brief_id"]),
        results=results(bundle, wish, pool, scored, order, top=top, reasons=reasons),
        considered=pool.considered,
        excluded=dict(pool.excluded),
        notes=notes_of(
            wish, bundle.encoder.niches, pool, fails=bool(scored.fails.all()), unknown=not_known(brief, traits, limits)
        ),
        sensitivity=sensitivity(parts, weights, risk_form, places.first),
        set=suggested_set(brief, pool, order, scored.score, scored.fails),
        weights=weights,
        risk_form=risk_form,
        model=model or Versions(fit=bundle.contract.version),
    )


def _failing(pool: Pool, brief: Brief, traits: pl.DataFrame, limits: Limits) -> tuple[pl.Series, NDArray[np.bool_]]:
    """Names of the filters that each of a pool fails, and whether it fails any; who was let through fails none."""
    if pool.passed == (brief, limits):
        return nothing_failed(len(pool)), np.zeros(len(pool), dtype=np.bool_)
    failed = failed_filters(brief, traits, limits)
    return failed, (failed.list.len() > 0).to_numpy()


@dataclass(frozen=True, eq=False)
class Places:
    """What makes the order beside the score: filters before it; words, then ids, where scores are equal.

    Attributes:
        fails: Whether each creator fails a filter; of a pool that was scored, `Scored.fails`.
        words: How close its words are.
        creator_ids: Its id.
    """

    fails: NDArray[np.bool_]
    words: NDArray[np.float64]
    creator_ids: pl.Series

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        """The place of each id in the order of the ids."""
        ids = self.creator_ids.to_list()
        found = np.empty(len(ids), dtype=np.int64)
        found[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))  # sooner than Polars asks its threads
        return found

    def order(self, score: NDArray[np.float64]) -> NDArray[np.int64]:
        """The rows, the best first."""
        return self._sorted(np.arange(len(score)), score)

    def first(self, score: NDArray[np.float64], count: int) -> NDArray[np.int64]:
        """The first rows of that order, without sorting those of a lower score."""
        passing = score[~self.fails]
        if count >= len(passing):
            return self.order(score)[:count]
        least = np.partition(passing, len(passing) - count)[len(passing) - count]
        rows = np.flatnonzero(~self.fails & (score >= least))
        return self._sorted(rows, score)[:count]

    def _sorted(self, rows: NDArray[np.int64], score: NDArray[np.float64]) -> NDArray[np.int64]:
        """These rows, the best first; ids, which take longest to sort, only where nothing else tells two apart."""
        keys = (-self.words[rows], -score[rows], self.fails[rows])
        order = np.lexsort(keys)
        alike = [key[order[1:]] == key[order[:-1]] for key in keys]
        if np.logical_and.reduce(alike).any():
            order = np.lexsort((self.ids[rows], *keys))
        return rows[order]
