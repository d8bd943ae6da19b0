"""Ranking creators for a brief: fit, then risk, then the brief's hard filters; every candidate gets its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.filters import failed_filters
from models.pairs import PAIR_FEATURES, pair_features
from models.ranking import FitReason, Ranking

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from features.records import Tables
    from models.fit import FitBundle
    from models.pairs import Candidates, Wish

    Floats = NDArray[np.float64]

RISK_WEIGHT = 0.5
"""A creator whose risk is 100 keeps 1 - RISK_WEIGHT of the fit."""

MOST_MATCHED_TERMS = 5


def rank(
    bundle: FitBundle,
    briefs: pl.DataFrame,
    tables: Tables,
    signals: pl.DataFrame,
    risk: pl.DataFrame,
    *,
    top: int | None = 50,
    reasons: int = 50,
) -> list[Ranking]:
    """Rank the creators of `tables` for each brief; all are scored, the first `top` of each brief are given back.

    Args:
        bundle: The fit model.
        briefs: Rows of the table `briefs`.
        tables: The candidates' records, and those of the briefs' example creators as far as they are at hand.
        signals: The candidates' rows of `features.build`.
        risk: `creator_id` and `risk_score` (0 to 100, null where not known); creators may be absent from it.
        top: Creators to give back for each brief; all of them with None.
        reasons: For so many of the first of each brief, say why.
    """
    candidates = bundle.encoder.candidates(tables, signals)
    known = candidates.traits.select("creator_id").join(
        risk.select("creator_id", pl.col("risk_score").cast(pl.Float64)),
        on="creator_id",
        how="left",
        maintain_order="left",
    )
    rankings = []
    for wish in bundle.encoder.wishes(briefs.to_dicts(), candidates):
        rankings += rank_candidates(bundle, wish, candidates, known["risk_score"], top=top, reasons=reasons)
    return rankings


def rank_candidates(
    bundle: FitBundle,
    wish: Wish,
    candidates: Candidates,
    risk: pl.Series,
    *,
    top: int | None = 50,
    reasons: int = 50,
) -> list[Ranking]:
    """The places of candidates for one brief.

    Those that fail a hard filter stand after all that fail none. Then the higher fit score comes first, the
    closer words where the scores are equal, and the id where these are equal too, so that the order in which
    candidates are handed in does not matter.

    Args:
        bundle: The fit model.
        wish: The brief, as `bundle.encoder.wishes` gives it.
        candidates: The creators to rank.
        risk: Their risk scores, in the same order; null changes nothing.
        top: Creators to give back; all of them with None.
        reasons: For so many of the first, say why.
    """
    pairs = pair_features(wish, candidates)
    fit = 100.0 * bundle.probability(pairs)
    score = after_risk(fit, risk)
    failed = failed_filters(wish.brief, candidates.traits.with_columns(risk_score=risk))
    order = _order(candidates, pairs, score, failed)[:top]
    explained = _reasons(bundle, wish, candidates, pairs, order[:reasons])
    return [
        Ranking(
            brief_id=str(wish.brief["brief_id"]),
            rank=place + 1,
            creator_id=candidates.traits["creator_id"][row],
            fit_score=float(score[row]),
            fit_before_risk=float(fit[row]),
            risk_score=risk[row],
            failed_filters=tuple(failed[row]),
            base_log_odds=bundle.base_log_odds,
            base_fit=bundle.base_fit,
            reasons=explained[place] if place < len(explained) else (),
        )
        for place, row in enumerate(order.tolist())
    ]


def after_risk(fit: Floats, risk: pl.Series) -> Floats:
    """Fit x (1 - RISK_WEIGHT x risk / 100); the fit itself where the risk is null."""
    return fit * (1.0 - RISK_WEIGHT * risk.fill_null(0.0).to_numpy() / 100.0)


def _order(candidates: Candidates, pairs: pl.DataFrame, score: Floats, failed: pl.Series) -> NDArray[np.int64]:
    keys = pl.DataFrame(
        {
            "fails": failed.list.len() > 0,
            "score": score,
            "words": pairs["words"].fill_null(-1.0),
            "creator_id": candidates.traits["creator_id"],
        }
    ).with_row_index("row")
    by = ("fails", "score", "words", "creator_id")
    return keys.sort(by, descending=[False, True, True, False])["row"].to_numpy().astype(np.int64)


def _reasons(
    bundle: FitBundle, wish: Wish, candidates: Candidates, pairs: pl.DataFrame, rows: NDArray[np.int64]
) -> list[tuple[FitReason, ...]]:
    explanation = bundle.explain(pairs[rows])
    values = pairs[rows].rows()
    terms = bundle.encoder.text.words.terms
    answers = []
    for place, row in enumerate(rows.tolist()):
        matched = {
            "words": matched_terms(wish.text.words, candidates.vectors.words[[row], :], terms),
            "hashtags": matched_terms(wish.text.words, candidates.hashtags[[row], :], terms),
        }
        log_odds, points = explanation.log_odds[place], explanation.points[place]
        answers.append(
            tuple(
                FitReason(
                    signal=PAIR_FEATURES[k].name,
                    sentence=PAIR_FEATURES[k].sentence,
                    value=values[place][k],
                    unit=PAIR_FEATURES[k].unit,
                    log_odds=float(log_odds[k]),
                    points=float(points[k]),
                    matched_terms=matched.get(PAIR_FEATURES[k].name, ()),
                )
                for k in np.argsort(-np.abs(points), kind="stable").tolist()
                if log_odds[k] != 0
            )
        )
    return answers


def matched_terms(one: sparse.csr_array, other: sparse.csr_array, terms: pl.Series) -> tuple[str, ...]:
    """The terms that add most to the cosine of two rows, most first, ties in the order of the alphabet."""
    shared, mine, theirs = np.intersect1d(one.indices, other.indices, return_indices=True)
    product = one.data[mine] * other.data[theirs]
    first = np.lexsort((shared, -product))[:MOST_MATCHED_TERMS]
    return tuple(terms.gather(shared[first]).to_list())
