"""What every model's folder has in common: the facts of its contract, and how it is read and copied as a whole."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime  # noqa: TC003 - pydantic reads it at run time
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from features.errors import ContractError
from models.contract import AGAIN, read_contract
from models.verdicts.calibration import Calibration  # noqa: TC001 - pydantic reads it at run time

DECIMALS = 6
"""Of the probability of a follower or a comment: millionths are whole numbers, whose sums are exact."""


class BundleContract(BaseModel):
    """What the folder of any model says about itself; see `models.contract` for the hashes and the version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    format: int = 0
    version: str = ""
    created_at: datetime
    files: dict[str, str] = {}
    data_hash: str
    libraries: dict[str, str]
    metrics: dict[str, float]
    training: dict[str, object]

    @property
    def facts(self) -> dict[str, object]:
        """What `models.contract.write_contract` is given: everything but what it works out by itself."""
        return self.model_dump(mode="json", exclude={"kind", "format", "version", "files"})


class SignalContract(BundleContract):
    """What the folder of a model over creators' signals says besides."""

    signals: list[dict[str, object]] = []
    trees: int
    calibration: Calibration
    norms_version: str


C = TypeVar("C", bound=BundleContract)


def load_contract(folder: Path, kind: str, contract: type[C]) -> C:
    """The contract of a folder whose files were checked against it; ContractError where it cannot be read."""
    facts = read_contract(folder, kind)
    try:
        return contract.model_validate(facts)
    except ValidationError as error:
        places = ", ".join(".".join(str(part) for part in problem["loc"]) for problem in error.errors())
        raise ContractError(f"{folder}: the contract's {places} cannot be read; {AGAIN}") from error


def creator_hash(creator_id: str) -> str:
    """The first 16 digits of the SHA-256 of an id: enough to know a creator again, not to name one."""
    return sha256(creator_id.encode("utf-8")).hexdigest()[:16]


def copy_bundle(folder: Path, to: Path) -> None:
    """Copy a model's folder to a new place; nothing half-written stays behind."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent) as scratch:
        shutil.copytree(folder, Path(scratch) / "bundle")
        (Path(scratch) / "bundle").rename(to)
