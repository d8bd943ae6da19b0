"""One booster of the follower model: its parameters, copies of profiles that lack columns, weights of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np
import polars as pl

from models.audience.follower_profile import directions, inputs
from models.boosters import booster as boosters
from training.follower_model.profiles import COLUMNS, COUNTS, Profiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

COPIES = 4
DROPPED = 0.3
"""Chance that a column is missing in a copy that is not whole."""
WHOLE = 0.4
"""Chance that a copy is."""
NOISE = 1.0
"""Standard deviation of what is added to a copy's log counts: what is true of one source to the unit (all fakes have
15 posts) is true of that source only."""
TREES = 100

_PARAMETERS: dict[str, object] = {
    "objective": "binary",
    "max_depth": 4,
    "num_leaves": 12,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "monotone_constraints_method": "intermediate",
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,
    "num_threads": 1,
    "verbosity": -1,
}
_ACROSS: dict[str, object] = {
    "learning_rate": 0.08,
    "feature_fraction": 0.2,
    "min_data_in_leaf": 40,
    "lambda_l2": 5.0,
    "max_bin": 63,
}
"""One input a tree: how inputs go together differs between sources more than what each says by itself."""
_WITHIN: dict[str, object] = {
    "learning_rate": 0.06,
    "feature_fraction": 0.6,
    "min_data_in_leaf": 10,
    "lambda_l2": 1.0,
    "max_bin": 255,
}
"""For a single source, where nothing can be learnt about what carries over."""


def train(data: Profiles, seed: int) -> str:
    """A booster over the profiles' inputs, as LightGBM's text."""
    names, copies = data.names, COPIES if data.across else 1
    rows = _copies(data.rows, seed) if data.across else data.rows
    weight = np.tile(_balanced(data.source, data.label), copies) / copies if data.across else None
    values = boosters.matrix(inputs(rows, names), names)
    params = {**_PARAMETERS, **(_ACROSS if data.across else _WITHIN), "seed": seed}
    params["monotone_constraints"] = directions(names)
    found = lgb.train(params, lgb.Dataset(values, np.tile(data.label, copies), weight=weight), TREES)
    return str(found.model_to_string())


def raw_log_odds(text: str, rows: pl.DataFrame, names: tuple[str, ...]) -> Floats:
    """Uncalibrated log odds of n profiles by such a booster."""
    return boosters.raw_log_odds(lgb.Booster(model_str=text), boosters.matrix(inputs(rows, names), names))


def equal(source: Ints) -> Floats:
    """Weights with which every source counts the same."""
    counts = np.bincount(source)
    weight = 1.0 / counts[source]
    return np.asarray(weight * len(source) / weight.sum(), dtype=np.float64)


def _copies(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """`COPIES` of each profile with noise on its counts; all but the first copies lack columns."""
    rng = np.random.default_rng(seed)
    known = rows.select(COLUMNS).to_numpy()
    copies = []
    for copy in range(COPIES):
        values = known.copy()
        noise = NOISE * rng.standard_normal((len(values), len(COUNTS)))
        values[:, : len(COUNTS)] = np.expm1(np.maximum(np.log1p(values[:, : len(COUNTS)]) + noise, 0.0))
        if copy:
            lacking = rng.random(values.shape) < np.where(rng.random((len(values), 1)) < WHOLE, 0.0, DROPPED)
            values[lacking] = np.nan
        copies.append(values)
    frame = pl.DataFrame(np.concatenate(copies), schema=list(COLUMNS), nan_to_null=True)
    return frame.with_columns(pl.concat([rows["creator_id"]] * COPIES).alias("creator_id"))


def _balanced(source: Ints, label: Floats) -> Floats:
    """Weights with which every class of every source counts the same: base rates of sets say how they were made."""
    return equal(np.unique(2 * source + label.astype(np.int64), return_inverse=True)[1])
