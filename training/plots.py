"""Pictures of a trained model, as SVG: precision and recall, calibration, what the signals do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.fraud_model.learning_curve import MORE
from training.metrics import BINS

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from training.fraud_model.learning_curve import LearningCurve

    Floats = NDArray[np.float64]

SHOWN = 20


@dataclass(frozen=True)
class Shown:
    """What a picture is of: the share that label 1 has, and which rows were judged."""

    share: str
    rows: str


FRAUD = Shown("share of fraud", "test part")
FIT = Shown("share that fits", "brands held out")


def plot_precision_recall(label: Floats, probability: Floats, path: Path, shown: Shown = FRAUD) -> None:
    """Precision against recall over all cut-offs."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    precision, recall, _ = precision_recall_curve(label, probability)
    figure = _figure()
    axes = figure.subplots()
    axes.step(recall, precision, where="post", label=f"AP {average_precision_score(label, probability):.3f}")
    axes.axhline(float(label.mean()), linestyle=":", color="grey", label=shown.share)
    title = f"Precision and recall, {shown.rows}"
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title=title)
    axes.legend()
    figure.savefig(path)


def plot_calibration(label: Floats, probability: Floats, path: Path, shown: Shown = FRAUD) -> None:
    """Observed rate against mean probability, in bins of equal mass."""
    parts = [part for part in np.array_split(np.argsort(probability, kind="stable"), BINS) if len(part)]
    figure = _figure()
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey")
    axes.plot([probability[p].mean() for p in parts], [label[p].mean() for p in parts], marker="o")
    title = f"Calibration, {shown.rows}"
    axes.set(xlabel="mean probability", ylabel=shown.share, xlim=(0, 1), ylim=(0, 1), title=title)
    figure.savefig(path)


def plot_learning_curve(curve: LearningCurve, path: Path) -> None:
    """Average precision by the number of audits, carried on to `MORE` more with its interval."""
    figure = _figure()
    axes = figure.subplots()
    n = np.linspace(curve.audits[0], curve.known + MORE, 60)
    expected, low, high = np.array([curve.score(one) for one in n]).T
    axes.fill_between(n, low, high, alpha=0.2, label="95 %")
    axes.plot(n, expected, label="expected")
    axes.plot(curve.audits, curve.scores, "o", label="measured")
    axes.axvline(curve.known, linestyle=":", color="grey", label="audits now")
    axes.set(xlabel="audits learnt from", ylabel="average precision, out of fold", title="What more audits would buy")
    axes.legend()
    figure.savefig(path)


def plot_signals(contributions: Floats, rows: pd.DataFrame, path: Path) -> None:
    """SHAP summary: for the `SHOWN` signals that move scores most, each row's contribution, coloured by value.

    Args:
        contributions: Rows x signals, calibrated log odds.
        rows: The signals' values.
        path: Written as SVG.
    """
    import matplotlib.pyplot as plt
    import shap

    backend = plt.get_backend()
    plt.switch_backend("svg")
    try:
        shap.summary_plot(contributions, rows, max_display=SHOWN, show=False, rng=np.random.default_rng(0))
        plt.xlabel("contribution to the log odds")
        for dots in plt.gca().collections:  # as an image: thousands of dots are slow to write and to show as shapes
            dots.set_rasterized(True)
        plt.savefig(path, bbox_inches="tight", dpi=150)
    finally:
        plt.close("all")
        plt.switch_backend(backend)


def _figure() -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(5.5, 4.5), layout="constrained")
