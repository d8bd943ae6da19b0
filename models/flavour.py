"""How MLflow keeps a bundle: its folder as it is, beside an `MLmodel` that says how to load it for predictions.

`mlflow.pyfunc.load_model("models:/bonafide-fraud@champion").predict(frame)` takes a frame of signals (for a fit
model of pair features, for followers and comments rows of their tables) and gives the calibrated probability of each
row, the same as every other door.
"""

from __future__ import annotations

import json
import platform
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl

from models.contract import CONTRACT
from models.registry import BUNDLE

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from mlflow.models import Model, ModelSignature
    from numpy.typing import NDArray

    from features.records import Table

    Probability = Callable[[pd.DataFrame], NDArray[np.float64]]


class Predictor:
    """A frame in, probabilities out: what MLflow calls a python function."""

    def __init__(self, probability: Callable[[pd.DataFrame], NDArray[np.float64]]) -> None:
        self._probability = probability

    def predict(self, model_input: pd.DataFrame, params: dict[str, object] | None = None) -> pd.DataFrame:  # noqa: ARG002 - MLflow passes it
        """Probability of each row; columns are found by name, in any order, and others are ignored."""
        return pd.DataFrame({"probability": self._probability(model_input)}, index=model_input.index)


def save_model(path: str, mlflow_model: Model, bundle: Path, signature: ModelSignature | None = None) -> None:
    """Write a bundle's folder in MLflow's layout; called by `mlflow.models.Model.log`."""
    shutil.copytree(bundle, Path(path) / BUNDLE)
    mlflow_model.signature = signature
    mlflow_model.add_flavor(
        "python_function", loader_module=__name__, data=BUNDLE, python_version=platform.python_version()
    )
    mlflow_model.save(str(Path(path) / "MLmodel"))


def _load_pyfunc(path: str) -> Predictor:
    """Called by `mlflow.pyfunc.load_model` with the bundle's folder."""
    kind = json.loads((Path(path) / CONTRACT).read_text("utf-8"))["kind"]
    return Predictor(_LOADERS[kind](path))


def _fraud(path: str) -> Probability:
    from models.fraud import FraudBundle

    bundle = FraudBundle.load(path)
    return lambda frame: bundle.probability(frame[bundle.names].astype("float64"))


def _fit(path: str) -> Probability:
    from models.fit import FitBundle
    from models.matching.pairs import PAIR_FEATURE_NAMES

    bundle = FitBundle.load(path)
    return lambda frame: bundle.probability(frame[list(PAIR_FEATURE_NAMES)].to_numpy(dtype="float64"))


def _followers(path: str) -> Probability:
    from features.records import AUDIENCE
    from models.followers import FollowerBundle

    bundle = FollowerBundle.load(path)
    return lambda frame: bundle.probability(_rows(AUDIENCE, frame))


def _comments(path: str) -> Probability:
    from features.records import COMMENTS
    from models.comments import CommentBundle

    bundle = CommentBundle.load(path)
    return lambda frame: bundle.probability(_rows(COMMENTS, frame))


def _rows(table: Table, frame: pd.DataFrame) -> pl.DataFrame:
    """The table's columns as far as the frame has them; the others are null."""
    schema = table.schema()
    given = pl.from_pandas(frame[[name for name in schema if name in frame.columns]])
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in given.columns]
    return given.with_columns(absent).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


_LOADERS: dict[str, Callable[[str], Probability]] = {
    "fraud": _fraud,
    "fit": _fit,
    "followers": _followers,
    "comments": _comments,
}
