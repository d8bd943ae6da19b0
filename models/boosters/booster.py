"""LightGBM behind a few calls: load, raw log odds, contributions; columns are always picked or checked by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np
import polars as pl

from features.errors import ContractError
from features.few import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from models.verdicts.calibration import Calibration

FEW_ROWS = 256
"""Up to so many rows one thread answers sooner than several."""


def matrix(frame: pl.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The named columns as a pandas frame of float64 with NaN for null: what every booster here takes."""
    import pandas as pd  # takes its time to load, and what scores asks for `values`

    return pd.DataFrame(frame.select(pl.col(names).cast(pl.Float64)).to_numpy(), columns=list(names))


def values(frame: pl.DataFrame, names: Sequence[str]) -> NDArray[np.float64]:
    """The named columns as an array of float64 with NaN for null; picked by name, so their order is the booster's."""
    if frame.height == 1:  # a frame of a hundred columns is dearer than their values
        own = frame.row(0, named=True)
        return np.array([[own[name] for name in names]], dtype=np.float64)
    return numbers(frame[list(names)])


def load(path: Path, names: Sequence[str], trees: int) -> lgb.Booster:
    """Load a booster's text; ContractError unless it has exactly these features in this order and so many trees."""
    try:
        booster = lgb.Booster(model_str=path.read_text("utf-8"))
    except (OSError, ValueError, lgb.basic.LightGBMError) as error:
        raise ContractError(f"{path}: LightGBM cannot read it: {error}") from error
    if booster.feature_name() != list(names):
        raise ContractError(f"{path}: its features are not the signals of the contract")
    if booster.num_trees() != trees:
        raise ContractError(f"{path}: has {booster.num_trees()} trees, the contract says {trees}")
    return booster


def raw_log_odds(booster: lgb.Booster, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Uncalibrated log odds, one a row."""
    if rows.empty:
        return np.empty(0)
    return np.asarray(
        booster.predict(rows, raw_score=True, validate_features=True, num_threads=_threads(rows)), dtype=np.float64
    )


def raw_log_odds_of_each(members: Sequence[lgb.Booster], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Uncalibrated log odds of several boosters over the same features: members x rows.

    Takes `values` and not `matrix`: for one row LightGBM's check of the column names costs twenty times what the
    prediction does, and `values` has picked the columns by these names.
    """
    if not members or not len(values):
        return np.empty((len(members), len(values)))
    threads = _threads(values)
    return np.array([one.predict(values, raw_score=True, num_threads=threads) for one in members], dtype=np.float64)


def contributions(booster: lgb.Booster, rows: pd.DataFrame | NDArray[np.float64]) -> NDArray[np.float64]:
    """TreeSHAP contributions to the raw log odds of `matrix` or `values`: n x (features + 1), expected value last.

    Args:
        booster: Whose trees.
        rows: What to explain.
    """
    if not len(rows):
        return np.empty((0, rows.shape[1] + 1))
    named, threads = not isinstance(rows, np.ndarray), _threads(rows)
    found = booster.predict(rows, pred_contrib=True, validate_features=named, num_threads=threads)
    return np.asarray(found, dtype=np.float64)


def base_log_odds(booster: lgb.Booster, calibration: Calibration) -> float:
    """Calibrated log odds where no feature is known: what contributions are added to."""
    nothing_known = np.full((1, booster.num_feature()), np.nan)
    return float(calibration.log_odds(contributions(booster, nothing_known)[:, -1])[0])


def _threads(rows: pd.DataFrame | NDArray[np.float64]) -> int:
    return 1 if len(rows) <= FEW_ROWS else 0
