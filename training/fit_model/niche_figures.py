"""Figures of niche weights against labels, the same for creators of one niche and of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.metrics import calibration_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def figures(label: Floats, weights: Floats) -> tuple[float, float, float, float]:
    """Macro-F1, accuracy, micro-F1 and ECE.

    A creator of k niches is given its k heaviest ones; F1 is over these, so with one niche each it is the usual one.
    Accuracy is the share whose heaviest niche is one of theirs, and ECE holds that share against its weight.
    Macro-F1 is the mean over the niches that occur among these creators.
    """
    taken = given(label, weights)
    hits, sizes = (taken * label).sum(axis=0), taken.sum(axis=0) + label.sum(axis=0)
    there = label.any(axis=0)
    right = np.take_along_axis(label, weights.argmax(axis=1)[:, None], axis=1)[:, 0]
    return (
        float((2 * hits[there] / sizes[there]).mean()),
        float(right.mean()),
        float(2 * hits.sum() / sizes.sum()),
        calibration_error(right, weights.max(axis=1)),
    )


def given(label: Floats, weights: Floats) -> Floats:
    """1 for the k heaviest niches of each creator of k niches."""
    rank = np.argsort(np.argsort(-weights, axis=1, kind="stable"), axis=1)
    taken: Floats = (rank < label.sum(axis=1, keepdims=True)).astype(np.float64)
    return taken
