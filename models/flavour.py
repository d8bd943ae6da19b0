"""How MLflow keeps a bundle: its folder as it is, beside an `MLmodel` that says how to load it for predictions.

`mlflow.pyfunc.load_model("models:/bonafide-fraud@champion").predict(frame)` takes a frame of signals (for a fit
model of pair features) and gives the calibrated probability of each row, the same as every other door.
"""

from __future__ import annotations

import json
import platform
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from models.contract import CONTRACT
from models.registry import BUNDLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from mlflow.models import Model, ModelSignature
    from numpy.typing import NDArray


class Predictor:
    """Named numbers in, probabilities out: what MLflow calls a python function."""

    def __init__(self, names: Sequence[str], probability: Callable[[pd.DataFrame], NDArray[np.float64]]) -> None:
        self._names = list(names)
        self._probability = probability

    def predict(self, model_input: pd.DataFrame, params: dict[str, object] | None = None) -> pd.DataFrame:  # noqa: ARG002 - MLflow passes it
        """Probability of each row; columns are found by name, in any order, and others are ignored."""
        rows = model_input[self._names].astype("float64")
        return pd.DataFrame({"probability": self._probability(rows)}, index=model_input.index)


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
    if json.loads((Path(path) / CONTRACT).read_text("utf-8"))["kind"] == "fraud":
        from models.fraud import FraudBundle

        fraud = FraudBundle.load(path)
        return Predictor(fraud.names, fraud.probability)
    import polars as pl

    from models.fit import FitBundle
    from models.pairs import PAIR_FEATURE_NAMES

    fit = FitBundle.load(path)
    return Predictor(PAIR_FEATURE_NAMES, lambda rows: fit.probability(pl.from_pandas(rows)))
