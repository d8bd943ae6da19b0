"""The store of runs and models, MLflow's: reached in one place, so that what goes wrong with it is said in one way."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from features.disk import one_at_a_time
from features.errors import RegistryError
from models.settings import get_settings, telemetry_off

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlflow import MlflowClient

LOCK = "promotion.lock"
"""In `home`: whoever has it changes what is in service."""
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}
"""MLflow would try for many minutes to reach a server that is not there."""


@contextmanager
def reached() -> Iterator[MlflowClient | None]:
    """A client of the store that the settings name; None where the default store was never written to.

    Raises:
        RegistryError: The store cannot be reached, or refuses.
    """
    settings = get_settings()
    if settings.mlflow_tracking_uri is None and not settings.database.exists():
        yield None
        return
    telemetry_off()
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from requests.exceptions import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield MlflowClient(settings.tracking_uri, settings.tracking_uri)
    except (MlflowException, RequestException, SQLAlchemyError) as error:
        said = str(error).partition("\n")[0]
        raise RegistryError(f"the store of models, {_shown(settings.tracking_uri)}, cannot be used: {said}") from error


@contextmanager
def changing() -> Iterator[MlflowClient | None]:
    """`reached` by one process of this home at a time: what is read within still holds when it is written back."""
    with reached() as client:
        if client is None:
            yield None
            return
        with one_at_a_time(get_settings().home.resolve() / LOCK):
            yield client


def stamp() -> tuple[int, ...] | None:
    """Changes whenever the store does, at the price of a look at its files; None where it is not a local file."""
    address = get_settings().tracking_uri
    place = address.removeprefix("sqlite:///")
    if place == address:
        return None
    found: list[int] = []
    for path in (Path(place), Path(f"{place}-wal")):
        with suppress(FileNotFoundError):  # the second goes with whoever closes the store last
            one = path.stat()
            found += (one.st_mtime_ns, one.st_size)
    return tuple(found)


def attach(run_id: str, path: str, text: str, metrics: Mapping[str, float]) -> None:
    """Leave a file and metrics with a run."""
    from mlflow.entities import Metric

    with reached() as client:
        if client is not None:
            client.log_text(run_id, text, path)
            client.log_batch(run_id, [Metric(name, value, 0, 0) for name, value in metrics.items()])


def attached(run_id: str, path: str) -> str | None:
    """What `attach` left at that path of a run; None where there is nothing."""
    with reached() as client, tempfile.TemporaryDirectory() as scratch:
        if client is None:
            return None
        folder, _, _ = path.rpartition("/")
        if path not in {one.path for one in client.list_artifacts(run_id, folder)}:
            return None
        return Path(client.download_artifacts(run_id, path, scratch)).read_text("utf-8")


def _shown(address: str) -> str:
    """An address without the user and password that may stand in it."""
    scheme, middle, rest = address.partition("://")
    return f"{scheme}{middle}{rest.rpartition('@')[2]}"
