"""What a training leaves in MLflow, and that MLflow's own doors answer as the service does: with real servers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import mlflow
import numpy as np
import psycopg
import pytest
import yaml
from mlflow import MlflowClient

from bench.ports import free_port
from features.records import Tables
from models import loading, registry
from models.boosters import booster as boosters
from tests.ledger.servers import MISSING, Server
from training.fraud import train_fraud
from training.fraud_model.fitting import FittedFraud
from training.fraud_model.recipe import Recipe, Tuning
from training.simulate import Simulation

REPOSITORY = Path(__file__).resolve().parents[2]
SETTINGS = REPOSITORY / "mlflow"
PATIENCE = 600  # seconds, on a busy machine


@contextmanager
def _running(arguments: list[str], environment: dict[str, str], health: str, log: Path) -> Iterator[None]:
    """A process of `mlflow` that answers; its whole group ends with the block."""
    command = [sys.executable, "-m", "mlflow", *arguments]
    path = os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ["PATH"]]
    )  # `models serve` calls uvicorn by name
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            env=os.environ | {"PATH": path} | environment,
            stdout=file,
            stderr=file,
            start_new_session=True,
            cwd=log.parent,
        )
        try:
            until = time.monotonic() + PATIENCE
            while not _answers(health):
                assert process.poll() is None, log.read_text()[-3_000:]
                assert time.monotonic() < until, log.read_text()[-3_000:]
                time.sleep(0.3)
            yield
        finally:
            with suppress(ProcessLookupError):  # it has ended by itself: its log says why
                os.killpg(process.pid, 15)
            process.wait(PATIENCE)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - our own server
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def test_folds_and_trials_are_nested_runs_and_the_data_is_told_without_its_place(
    simulation: Simulation, fitted_fraud: FittedFraud, tracking_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0.2")
    recipe = Recipe(base="none", tuning=Tuning(2))
    trained = train_fraud(simulation.tables, recipe=recipe, context=fitted_fraud.bundle.context)
    client = MlflowClient(f"sqlite:///{tracking_store / 'mlflow.db'}")
    run = client.get_run(trained.run_id)
    experiment = client.get_experiment(run.info.experiment_id)
    assert experiment.name == registry.FRAUD
    below = client.search_runs(
        [experiment.experiment_id], filter_string=f"tags.`mlflow.parentRunId` = '{trained.run_id}'"
    )
    assert {one.info.run_name for one in below} == {*(f"fold {k}" for k in range(5)), "trial 0", "trial 1"}
    assert all(one.info.status == "FINISHED" for one in below)
    fold = next(one for one in below if one.info.run_name == "fold 0")
    assert {"auc", "ap", "rows"} <= fold.data.metrics.keys()
    [given] = run.inputs.dataset_inputs
    assert (given.dataset.digest, given.dataset.source_type) == (run.data.tags["data_hash"][:32], "code")
    assert str(tracking_store.parent) not in given.dataset.source
    assert any(name.startswith("system/") for name in run.data.metrics)
    history = client.get_metric_history(trained.run_id, "cross_validated_log_loss")
    assert len(history) == int(run.data.params["trees"])
    assert {"more_audits_gain", "more_audits_gain_lo", "more_audits_gain_hi"} <= run.data.metrics.keys()
    files = {file.path for file in client.list_artifacts(trained.run_id)}
    assert {"learning_curve.svg", "doubtful_labels.csv", "model_card.md"} <= files
    card = Path(mlflow.artifacts.download_artifacts(f"{run.info.artifact_uri}/model_card.md")).read_text("utf-8")
    assert "### What more audits would buy" in card
    assert "### Search for parameters" in card


def test_a_training_that_fails_leaves_a_failed_run(
    simulation: Simulation, fitted_fraud: FittedFraud, tracking_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("training.fraud.fit_rows", broken)
    with pytest.raises(RuntimeError, match="the disk is full"):
        train_fraud(simulation.tables, context=fitted_fraud.bundle.context)
    client = MlflowClient(f"sqlite:///{tracking_store / 'mlflow.db'}")
    experiment = client.get_experiment_by_name(registry.FRAUD)
    assert experiment is not None
    assert [run.info.status for run in client.search_runs([experiment.experiment_id])] == ["FAILED"]
    assert mlflow.active_run() is None


@pytest.fixture
def records_of_some(simulation: Simulation) -> Tables:
    return simulation.tables.select(simulation.tables.creators["creator_id"].head(40).to_list())


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server.make()
    if found is None:
        pytest.skip(MISSING)
    yield found
    found.remove()


def test_on_postgresql_a_model_is_trained_found_and_served_by_mlflow_with_the_services_probabilities(
    server: Server,
    simulation: Simulation,
    fitted_fraud: FittedFraud,
    records_of_some: Tables,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE mlflow")
    store = server.url.replace("postgresql://", "postgresql+psycopg://").removesuffix("postgres") + "mlflow"
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = {
        "MLFLOW_BACKEND_STORE_URI": store,
        "MLFLOW_ARTIFACTS_DESTINATION": str(tmp_path / "files"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    arguments = [*_server_arguments(), "--port", str(port)]
    with _running(arguments, settings, f"{address}/health", tmp_path / "server.log"):
        monkeypatch.setenv("BONAFIDE_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        trained = train_fraud(simulation.tables, context=fitted_fraud.bundle.context)
        assert trained.champion
        bundle = loading.load_fraud()
        assert bundle.folder.is_relative_to(tmp_path / "home" / "models")
        signals = bundle.signals(records_of_some)
        frame = boosters.matrix(signals, bundle.names)
        expected = bundle.probability(frame)
        told = bundle.verdict(signals)
        answered = told["probability"].is_not_null().to_numpy()
        assert np.array_equal(told["probability"].drop_nulls().to_numpy(), expected[answered])

        mlflow.set_tracking_uri(address)
        try:
            loaded = mlflow.pyfunc.load_model(f"models:/{registry.FRAUD}@champion")
        finally:
            mlflow.set_tracking_uri(None)
            os.environ["MLFLOW_TRACKING_URI"] = address
        assert np.array_equal(loaded.predict(frame)["probability"].to_numpy(), expected)

        own = free_port()
        serve = ["models", "serve", "-m", f"models:/{registry.FRAUD}@champion", "--env-manager", "local"]
        environment = settings | {"MLFLOW_TRACKING_URI": address, "PYTHONPATH": str(REPOSITORY)}
        log = tmp_path / "serve.log"
        with _running([*serve, "-p", str(own)], environment, f"http://127.0.0.1:{own}/ping", log):
            body = frame.to_json(orient="split", double_precision=15)
            request = urllib.request.Request(
                f"http://127.0.0.1:{own}/invocations",
                data=f'{{"dataframe_split": {body}}}'.encode(),
                headers={"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                predictions = json.loads(answer.read())["predictions"]
        served = np.array([row["probability"] for row in predictions])
        assert np.allclose(served, expected, rtol=0.0, atol=1e-12)


def _compose() -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = yaml.safe_load((SETTINGS / "compose.yaml").read_text("utf-8"))
    return found


def _server_arguments() -> list[str]:
    """The arguments of `mlflow` in the compose file, listening on this machine alone."""
    command = _compose()["services"]["mlflow"]["command"]
    assert isinstance(command, list)
    assert command[0] == "mlflow"
    return [str(part).replace("0.0.0.0", "127.0.0.1") for part in command[1:]]  # noqa: S104 - replaced


def test_the_compose_file_has_a_database_an_object_store_and_the_server() -> None:
    found = _compose()
    services = found["services"]
    assert services.keys() == {"postgres", "objects", "mlflow"}
    assert set(found["volumes"]) == {"database", "objects"}
    environment = services["mlflow"]["environment"]
    assert isinstance(environment, dict)
    assert environment["MLFLOW_BACKEND_STORE_URI"].startswith("postgresql+psycopg://mlflow:")
    assert environment["MLFLOW_ARTIFACTS_DESTINATION"].startswith("s3://")
    assert environment["MLFLOW_S3_ENDPOINT_URL"] == "http://objects:7070"
    assert set(services["mlflow"]["depends_on"]) == {"postgres", "objects"}


@pytest.mark.skipif(
    subprocess.run(["sh", "-c", "docker compose version"], capture_output=True, check=False).returncode != 0,
    reason="docker compose is not installed",
)
def test_docker_accepts_the_compose_file() -> None:
    command = ["docker", "compose", "-f", str(SETTINGS / "compose.yaml"), "config", "--quiet"]
    environment = os.environ | {"MLFLOW_PASSWORD": "word", "OBJECTS_SECRET": "secret"}
    subprocess.run(command, check=True, env=environment)
