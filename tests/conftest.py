"""Fixtures shared by every package's tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from training.fraud import fit_fraud
from training.fraud_model.fitting import FittedFraud
from training.simulate import Simulation, simulate

REPOSITORY = Path(__file__).resolve().parents[1]

LENIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}  # a busy machine is no failure
settings.register_profile("suite", **LENIENT, derandomize=True)
settings.register_profile("random", **LENIENT)  # pytest --hypothesis-profile random: other examples in every run
settings.load_profile("suite")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real public data beside the repository; the test is skipped where there is none."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder ../shared/data with real public data is not there")
    return folder


@pytest.fixture(scope="session")
def simulation() -> Simulation:
    """A few hundred simulated creators with everything that belongs to them, and the truth about them."""
    return simulate(500, seed=5)


@pytest.fixture(scope="session")
def fraud_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `fitted_fraud` lies; must not be changed."""
    return tmp_path_factory.mktemp("fraud") / "bundle"


@pytest.fixture(scope="session")
def fitted_fraud(simulation: Simulation, fraud_folder: Path) -> FittedFraud:
    """A fraud model trained on `simulation`."""
    return fit_fraud(simulation.tables, fraud_folder, truth=simulation.truth)


@pytest.fixture(scope="session")
def migrated_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty tracking store; MLflow takes seconds to make one, and a copy of it does as well."""
    database = tmp_path_factory.mktemp("store") / "mlflow.db"
    make = f"import mlflow; mlflow.MlflowClient('sqlite:///{database}').search_experiments()"
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    subprocess.run([sys.executable, "-c", make], check=True, env=environment, capture_output=True)
    return database


@pytest.fixture
def tracking_store(migrated_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`BONAFIDE_HOME` for one test, with an empty tracking store in it."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated_store, home / "mlflow.db")
    monkeypatch.setenv("BONAFIDE_HOME", str(home))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return home
