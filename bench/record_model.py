"""Reports behind `mlflow models serve`: a python function that takes records, as a user would wrap a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mlflow

from features import records
from models.fraud import FraudBundle
from models.reporting import reports

if TYPE_CHECKING:
    import pandas as pd


class RecordModel(mlflow.pyfunc.PythonModel):
    """Records in, explained reports out."""

    def load_context(self, context: Any) -> None:  # noqa: ANN401 - MLflow's own
        """Load the bundle."""
        self._bundle = FraudBundle.load(context.artifacts["bundle"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> list[Any]:  # noqa: ANN401, ARG002 - MLflow's own
        """A report for each row, whose cells are the fields of a record."""
        tables = records.read(model_input.to_dict("records"))
        return [report.model_dump(mode="json") for report in reports(self._bundle, tables)]


mlflow.models.set_model(RecordModel())
