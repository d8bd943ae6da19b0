"""What a training leaves in MLflow: a run with its figures and files, and a registered version of the bundle."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models import loading, promotion, registry
from models.settings import get_settings, telemetry_off
from training.evaluation_tables import as_json, as_markdown, as_metrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mlflow import MlflowClient
    from mlflow.data.dataset import Dataset
    from mlflow.entities import Run
    from mlflow.models import ModelSignature

    from models.settings import Settings
    from training.evaluation_tables import Table
    from training.fraud_model.insights import Insights

SAMPLED_EVERY = "2"
"""Seconds between two looks at the machine, unless MLflow's own variable says otherwise."""

DIGEST_LENGTH = 32


@dataclass(frozen=True)
class Trained:
    """A model that was trained and registered.

    Attributes:
        metrics: On rows that it was not fitted on.
        run_id: MLflow's run.
        version: Its number in the registry.
        address: What `--model` takes: `models:/bonafide-fraud/3`.
        champion: Whether it is in service now.
        bundle: Its local folder.
    """

    metrics: Mapping[str, float]
    run_id: str
    version: int
    address: str
    champion: bool
    bundle: Path


def track(
    name: str,
    bundle: Path,
    *,
    inputs: Sequence[str] | None,
    params: Mapping[str, object],
    metrics: Mapping[str, float],
    tags: Mapping[str, str],
    files: Path,
    promote: bool,
    shown: Insights | None = None,
) -> Trained:
    """Log one training and register its bundle.

    The version becomes the champion when it is asked for, or when there is none.

    Args:
        name: The registered model's name; its experiment has the same.
        bundle: The bundle's folder, kept as it is.
        inputs: Names of the model's input columns, in order, where all of them are optional floats; None where a
            model reads columns of a table of records.
        params: Parameters of the training.
        metrics: Test metrics; attached to the run and to the model.
        tags: `data_hash` and other facts.
        files: A folder of plots, tables and the model card, kept as artefacts of the run.
        promote: Make it the champion in any case.
        shown: What is logged as nested runs, one a fold and one a trial of a search, and as curves.
    """
    with under_way(name) as run:
        import mlflow

        mlflow.log_params(dict(params))
        mlflow.set_tags(dict(tags))
        mlflow.log_input(_dataset(name, tags["data_hash"], inputs), context="training")
        if shown is not None:
            _log_insights(run, shown)
        mlflow.log_artifacts(str(files))
        version = _registered(name, bundle, inputs, metrics, tags)
    address = f"models:/{name}/{version}"
    champion = promote or not registry.has_champion(name)
    if champion:
        promotion.promote(address)
    return Trained(metrics, run.info.run_id, version, address, champion, loading.resolve(address, name))


@contextmanager
def under_way(name: str) -> Iterator[Run]:
    """The run of a training; one within another is the same. The machine is measured from here on.

    What is raised within marks the run as failed.
    """
    telemetry_off()
    import mlflow

    settings = get_settings()
    with _store(settings):
        if (active := mlflow.active_run()) is not None:
            yield active
            return
        os.environ.setdefault("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", SAMPLED_EVERY)
        where = _experiment(name, settings.artifact_root)
        with mlflow.start_run(experiment_id=where, log_system_metrics=True) as run:
            yield run


def log_tables(name: str, bundle_version: str, tables: Sequence[Table]) -> str | None:
    """Log an evaluation to the run that trained a model: every figure, the tables as JSON and as Markdown.

    Args:
        name: The registered model's name.
        bundle_version: Of its contract.
        tables: What the evaluation found.

    Returns:
        The run's id; None where no such version is registered, and nothing was logged.
    """
    found = [one for one in registry.list_models(name) if one.tags.get("bundle_version") == bundle_version]
    if not found or found[0].run_id is None:
        return None
    telemetry_off()
    import mlflow

    with _store(get_settings()), mlflow.start_run(run_id=found[0].run_id) as run:
        mlflow.log_metrics(as_metrics(tables))
        mlflow.log_text(as_json(tables), "evaluation/tables.json")
        mlflow.log_text(as_markdown(tables), "evaluation/tables.md")
    return str(run.info.run_id)


@contextmanager
def _store(settings: Settings) -> Iterator[None]:
    """MLflow's calls go to the settings' store, quietly; the environment is left as it was."""
    import mlflow

    for name in ("mlflow", "alembic"):  # they tell of every table that they create
        logging.getLogger(name).setLevel(logging.WARNING)
    settings.home.mkdir(parents=True, exist_ok=True)
    before = os.environ.get("MLFLOW_TRACKING_URI")
    mlflow.set_tracking_uri(settings.tracking_uri)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("MLFLOW_TRACKING_URI", None)


def _registered(
    name: str, bundle: Path, inputs: Sequence[str] | None, metrics: Mapping[str, float], tags: Mapping[str, str]
) -> int:
    """Log the bundle as a model of the run under way and register it; the number of its version."""
    import mlflow
    from mlflow.models import Model

    from models import flavour

    signature = None if inputs is None else _signature(inputs)
    logged = Model.log(artifact_path=None, name="bundle", flavor=flavour, bundle=bundle, signature=signature)
    mlflow.log_metrics(dict(metrics), model_id=logged.model_id)
    client = mlflow.MlflowClient()
    if not client.search_registered_models(f"name='{name}'"):
        client.create_registered_model(name)
    version = client.create_model_version(
        name, logged.model_uri, run_id=logged.run_id, tags=dict(tags), model_id=logged.model_id
    )
    return int(version.version)


def _dataset(name: str, data_hash: str, inputs: Sequence[str] | None) -> Dataset:
    """What was learnt from: its hash and columns. Where it lies is not told, as names of folders may be of people."""
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.data.meta_dataset import MetaDataset

    source = CodeDatasetSource({"data_hash": data_hash})
    schema = None if inputs is None else _signature(inputs).inputs
    return MetaDataset(  # type: ignore[abstract]  # it is none where it runs
        source, name=f"{name} records", digest=data_hash[:DIGEST_LENGTH], schema=schema
    )


def _log_insights(run: Run, shown: Insights) -> None:
    """Nested runs of the folds and of the trials; the loss by tree; what more audits would buy."""
    from mlflow import MlflowClient
    from mlflow.entities import Metric

    client, parent = MlflowClient(), run.info.run_id
    at = run.info.start_time
    losses = [Metric("cross_validated_log_loss", loss, at, step) for step, loss in enumerate(shown.losses, start=1)]
    client.log_batch(parent, metrics=losses)
    for k, figures in enumerate(shown.folds):
        _nested(client, run, f"fold {k}", figures, {"fold": k})
    if shown.search is not None:
        client.set_tag(parent, "study", shown.search.study)
        for trial in shown.search.trials:
            of_folds = {f"log_loss_of_fold_{k}": loss for k, loss in enumerate(trial.losses)}
            figures = of_folds | ({} if trial.loss is None else {"log_loss": trial.loss})
            if trial.microseconds is not None:
                figures["microseconds_to_explain"] = trial.microseconds
            _nested(client, run, f"trial {trial.number}", figures, trial.parameters, trial.seconds)
    if shown.curve is not None:
        gain, low, high = shown.curve.gain()
        gained = {"more_audits_gain": gain, "more_audits_gain_lo": low, "more_audits_gain_hi": high}
        scores = zip(shown.curve.audits, shown.curve.scores, strict=True)
        points = [Metric("average_precision_by_audits", score, at, n) for n, score in scores]
        client.log_batch(parent, metrics=[*points, *(Metric(key, value, at, 0) for key, value in gained.items())])


def _nested(
    client: MlflowClient,
    run: Run,
    name: str,
    metrics: Mapping[str, float],
    params: Mapping[str, object],
    seconds: tuple[float, float] | None = None,
) -> None:
    """A finished run below another."""
    from mlflow.entities import Metric, Param

    begun, ended = (None, None) if seconds is None else (round(1000 * one) for one in seconds)
    made = client.create_run(
        run.info.experiment_id, start_time=begun, run_name=name, tags={"mlflow.parentRunId": run.info.run_id}
    )
    at = made.info.start_time
    client.log_batch(
        made.info.run_id,
        metrics=[Metric(key, value, at, 0) for key, value in metrics.items()],
        params=[Param(key, str(value)) for key, value in params.items()],
    )
    client.set_terminated(made.info.run_id, end_time=ended)


def _experiment(name: str, artifact_root: str | None) -> str:
    import mlflow

    found = mlflow.get_experiment_by_name(name)
    return str(found.experiment_id if found else mlflow.create_experiment(name, artifact_location=artifact_root))


def _signature(inputs: Sequence[str]) -> ModelSignature:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema, TensorSpec

    columns: list[ColSpec | TensorSpec] = [ColSpec(DataType.double, name, required=False) for name in inputs]
    return ModelSignature(Schema(columns), Schema([ColSpec(DataType.double, "probability")]))
