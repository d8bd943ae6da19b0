"""Every setting that is read from the environment, in one frozen object."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

if TYPE_CHECKING:
    from features.errors import UsageError

TELEMETRY = {"MLFLOW_DISABLE_TELEMETRY": "true", "BENTOML_DO_NOT_TRACK": "true", "DO_NOT_TRACK": "true"}

NO_BARS = {"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
"""MLflow draws one for every file that it fetches, between the lines of a command's own messages."""


ProfileName = Literal["default", "cautious", "strict"]
"""Names of `models.verdicts.decision.PROFILES`, which loads far more than settings need."""


class Pinned(BaseModel):
    """The models that a process of the service begins with: the same in all of them."""

    model_config = ConfigDict(frozen=True)

    fraud: Path
    fit: Path | None
    shadow: Path | None
    stamp: tuple[int, ...] | None


class Settings(BaseSettings):
    """Settings by environment variable: `BONAFIDE_` and the name in capitals, MLflow's address by MLflow's own."""

    model_config = SettingsConfigDict(env_prefix="BONAFIDE_", frozen=True, extra="ignore", populate_by_name=True)

    home: Path = Field(default=Path(".bonafide"), description="Where a run writes: tracking store, models, indexes.")
    mlflow_tracking_uri: str | None = Field(default=None, validation_alias="MLFLOW_TRACKING_URI")
    host: str = Field(default="127.0.0.1", description="Address that the service listens on.")
    port: int = Field(default=3000, ge=1, le=65535)
    keys: bool = Field(default=False, description="Ask for API keys on loopback too, as behind a proxy.")
    workers: int | None = Field(default=None, ge=1, description="Service processes; as many as cores unless given.")
    fraud_model: str | None = Field(default=None, description="Folder or models:/ address; the champion unless given.")
    fit_model: str | None = Field(default=None, description="Folder or models:/ address; the champion unless given.")
    shadow: str | None = Field(
        default=None, description="A fraud model that scores live traffic silently: folder or models:/ address."
    )
    index: Path | None = Field(default=None, description="Folder of the candidates' index; in `home` unless given.")
    poll: float = Field(default=5.0, gt=0, description="Seconds between two looks of the service at the registry.")
    pinned: Pinned | None = Field(default=None, description="Set by the service for its own processes.")
    sockets: Path | None = Field(default=None, description="Set by the service: where its processes reach each other.")
    counts: Path | None = Field(default=None, description="Set by `bonafide serve`: what goes when the service ends.")
    ledger: str | None = Field(
        default=None, description="Address of the ledger's database, postgresql://...; SQLite in `home` unless given."
    )
    profile: ProfileName | None = Field(
        default=None, description="Threshold profile; the fraud model's own unless given."
    )

    job_bytes: int = Field(default=32 * 10**9, gt=0, description="Bytes of one job's records at most, unpacked too.")
    job_days: float = Field(default=30.0, gt=0, description="Days for which a finished job is kept.")
    job_memory: int = Field(default=2 * 10**9, gt=0, description="Bytes that the processes of a job may take together.")
    job_workers: int | None = Field(
        default=None, ge=1, description="Processes that score a job; half as many as cores unless given."
    )

    brand_safety: Path | None = Field(default=None, description="Keyword policy of one's own (TOML) for brand safety.")

    @property
    def database(self) -> Path:
        """The default tracking store's SQLite file."""
        return self.home.resolve() / "mlflow.db"

    @property
    def index_folder(self) -> Path:
        """Where the candidate index lies, if there is one."""
        return (self.index or self.home / "index").resolve()

    @property
    def jobs_folder(self) -> Path:
        """Where jobs lie."""
        return self.home.resolve() / "jobs"

    @property
    def ledger_url(self) -> str:
        """Address of the ledger's database."""
        return self.ledger or f"sqlite:///{self.home.resolve() / 'ledger.db'}"

    @property
    def tracking_uri(self) -> str:
        """Where MLflow keeps runs and models: `MLFLOW_TRACKING_URI` where it is set, else SQLite in `home`."""
        return self.mlflow_tracking_uri or f"sqlite:///{self.database}"

    @property
    def artifact_root(self) -> str | None:
        """Where new experiments keep their files; None leaves it to a tracking server."""
        if self.tracking_uri.startswith(("http://", "https://", "databricks")):
            return None
        return (self.home.resolve() / "artifacts").as_uri()


def get_settings() -> Settings:
    """Read the settings from the environment as it is now.

    Raises:
        UsageError: A variable holds what it cannot, or there can be no folder where BONAFIDE_HOME says.
    """
    try:
        found = Settings()
    except ValidationError as error:
        told = [f"BONAFIDE_{one['loc'][0]}".upper() + f": {one['msg']}" for one in error.errors()]
        raise _wrong("; ".join(told)) from None
    place = found.home.absolute()
    there = next(one for one in (place, *place.parents) if os.path.lexists(one))
    if not there.is_dir():
        raise _wrong(f"BONAFIDE_HOME: {there} is no folder; name another place")
    return found


def _wrong(told: str) -> UsageError:
    from features.errors import UsageError  # loads far more than settings need

    return UsageError(told)


def telemetry_off() -> None:
    """Turn off the usage reports of MLflow and BentoML, and MLflow's bars, unless the environment decides on them.

    Call it before either is imported.
    """
    for name, value in (TELEMETRY | NO_BARS).items():
        os.environ.setdefault(name, value)
