"""LightGBM in a process that scores and ends: without scikit-learn, which takes longer to load than all models."""

from __future__ import annotations

import sys


def load() -> None:
    """Load LightGBM without its scikit-learn estimators, unless it is loaded already; nothing here uses them.

    LightGBM looks for scikit-learn once, when it is loaded itself, and does without where there is none. Whatever else
    needs scikit-learn loads it as ever. Call it where a command or a worker begins, never in a library: a notebook
    may want the estimators.
    """
    if sys.modules.keys() & {"lightgbm", "sklearn"}:
        return
    sys.modules["sklearn"] = None  # type: ignore[assignment]  # to Python, a module that is not there
    try:
        import lightgbm  # noqa: F401
    finally:
        del sys.modules["sklearn"]
