"""LightGBM in a process that scores and ends: without what takes as long to load as all models, or longer."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOKED_FOR = ("sklearn", "pandas")
"""Packages that LightGBM does without where there are none."""
UNUSED = ("char", "ctypeslib", "f2py", "ma", "polynomial", "rec", "testing")
"""Modules that NumPy loads when they are first asked for, which takes a twentieth of a second for all of them. SciPy
asks for every name of NumPy (`from numpy import *` in its `array_api_compat`) and uses none of these."""


def load() -> None:
    """Load LightGBM without scikit-learn's estimators and pandas' frames, unless it is loaded already.

    LightGBM looks for them once, when it is loaded itself, and does without where there are none; what scores hands it
    arrays. Whatever else needs them loads them as ever. Call it where a command or a worker begins, never in a library:
    a notebook may want the estimators, and `models.boosters.booster.raw_log_odds` takes a frame.
    """
    if "lightgbm" in sys.modules:
        return
    with _not_there(LOOKED_FOR), _numpy_without(UNUSED):
        import lightgbm  # noqa: F401 - to have it loaded


@contextmanager
def _not_there(packages: tuple[str, ...]) -> Iterator[None]:
    """Without packages that are not loaded yet."""
    left_out = [name for name in packages if name not in sys.modules]
    for name in left_out:
        sys.modules[name] = None  # type: ignore[assignment]  # to Python, a module that is not there
    try:
        yield
    finally:
        for name in left_out:
            del sys.modules[name]


@contextmanager
def _numpy_without(modules: tuple[str, ...]) -> Iterator[None]:
    """Without modules of NumPy that are not loaded yet: it loads none whose name stands for anything, here for None."""
    import numpy as np

    left_out = [name for name in modules if name not in vars(np)]
    for name in left_out:
        setattr(np, name, None)
    try:
        yield
    finally:
        for name in left_out:
            delattr(np, name)
