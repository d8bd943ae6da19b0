from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from features.errors import NotFoundError, RegistryError
from models import loading, registry
from models.boosters import booster as boosters
from tests.models.versions import register
from training.fraud_model.fitting import FittedFraud


def test_a_folder_is_loaded_without_a_registry(fitted_fraud: FittedFraud, tmp_path: Path) -> None:
    assert loading.load_fraud(fitted_fraud.bundle.folder).contract == fitted_fraud.bundle.contract
    with pytest.raises(NotFoundError, match="no model folder"):
        loading.load_fraud(tmp_path / "nowhere")


@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred:UserWarning")  # MLflow's own, on import
def test_mlflow_itself_gives_the_same_probabilities(
    fitted_fraud: FittedFraud, tracking_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracked = register(fitted_fraud, tmp_path / "files")
    import mlflow.pyfunc

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tracking_store / 'mlflow.db'}")
    model = mlflow.pyfunc.load_model(tracked.address)
    rows = boosters.matrix(fitted_fraud.tested, fitted_fraud.bundle.names)
    predicted = model.predict(rows[rows.columns[::-1]])
    np.testing.assert_array_equal(predicted["probability"], fitted_fraud.bundle.probability(rows))
    assert list(model.metadata.signature.inputs.input_names()) == fitted_fraud.bundle.names


def test_files_that_are_gone_are_missed(fitted_fraud: FittedFraud, tracking_store: Path, tmp_path: Path) -> None:
    tracked = register(fitted_fraud, tmp_path / "files")
    folder = loading.resolve(tracked.address, registry.FRAUD)
    folder.rename(folder.with_name("moved"))
    with pytest.raises(NotFoundError, match="its files are gone"):
        loading.load_fraud()


def test_a_store_that_cannot_be_reached_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:secret@127.0.0.1:9")
    with pytest.raises(RegistryError, match=r"the store of models, http://127\.0\.0\.1:9, cannot be used") as error:
        loading.load_fraud()
    assert "\n" not in str(error.value)
