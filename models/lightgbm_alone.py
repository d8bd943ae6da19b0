"""LightGBM in a process that scores and ends: without what takes as long to load as all models, or longer."""

from __future__ import annotations

import sys


def load() -> None:
    """Load LightGBM without scikit-learn's estimators and pandas' frames, unless it is loaded already.

    LightGBM looks for them once, when it is loaded itself, and does without where there are none; what scores hands it
    arrays. Whatever else needs them loads them as ever. Call it where a command or a worker begins, never in a library:
    a notebook may want the estimators, and `models.booster.raw_log_odds` takes a frame.
    """
    if "lightgbm" in sys.modules:
        return
    left_out = [name for name in ("sklearn", "pandas") if name not in sys.modules]
    for name in left_out:
        sys.modules[name] = None  # type: ignore[assignment]  # to Python, a module that is not there
    try:
        import lightgbm  # noqa: F401
    finally:
        for name in left_out:
            del sys.modules[name]
