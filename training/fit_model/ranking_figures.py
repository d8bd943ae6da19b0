"""Figures of a ranking: how early the relevant creators come, one figure a brief."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.metrics import area_under_curve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TOP = 10
DEPTHS = (10, 50, 100)
RELEVANT = 2  # of 0 to 3: a match counts as relevant from here on


def retrieval_metrics(scores: Floats, relevance: Floats) -> dict[str, float]:
    """AUC, NDCG@10, recall at each of `DEPTHS` and reciprocal rank of one brief's candidates.

    Gains of NDCG are 2^relevance - 1 (Burges 2005); equal scores keep the order given, so shuffle before.

    Args:
        scores: One a candidate, the higher the better.
        relevance: 0 to 3, one a candidate, at least one of them `RELEVANT`.
    """
    order = np.argsort(-scores, kind="stable")
    relevant = relevance[order] >= RELEVANT
    right = relevance >= RELEVANT
    metrics = {"auc": area_under_curve(scores[~right], scores[right]), f"ndcg_at_{TOP}": _ndcg(relevance, order)}
    metrics |= {f"recall_at_{depth}": float(relevant[:depth].sum() / relevant.sum()) for depth in DEPTHS}
    return metrics | {"mrr": 1.0 / (1.0 + int(np.argmax(relevant)))}


def _ndcg(relevance: Floats, order: NDArray[np.int64]) -> float:
    gains = np.exp2(relevance) - 1
    discounts = 1 / np.log2(np.arange(2, min(TOP, len(gains)) + 2))
    best = np.sort(gains)[::-1][:TOP] @ discounts
    return float(gains[order][:TOP] @ discounts / best) if best > 0 else float("nan")
