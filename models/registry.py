"""MLflow's model registry: what versions there are, and which of them an address names.

Which one is in service is decided in `models.promotion`; `models.loading` gets the files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from features.errors import NotFoundError, UsageError, printable
from models.store import reached

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

FRAUD = "bonafide-fraud"
FIT = "bonafide-fit"
FOLLOWERS = "bonafide-followers"
COMMENTS = "bonafide-comments"
MODELS = {"fraud": FRAUD, "fit": FIT, "followers": FOLLOWERS, "comments": COMMENTS}
"""What `train` takes, and the name that it registers."""

CHAMPION = "champion"
CHALLENGER = "challenger"
BUNDLE = "bundle"
"""Where the files of a registered model hold the bundle's folder."""

_ADDRESS = re.compile(r"models:/(?P<name>[^/@]+)(?:@(?P<alias>[^/@]+)|/(?P<version>\d+))")


@dataclass(frozen=True)
class Registered:
    """One version of a registered model."""

    name: str
    version: int
    aliases: tuple[str, ...]
    created_at: datetime
    run_id: str | None
    tags: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """What `--model` takes for exactly this version."""
        return f"models:/{self.name}/{self.version}"


def list_models(name: str | None = None) -> list[Registered]:
    """Every version of every registered model (or of one), by name, the newest first; none where there is no store.

    Raises:
        RegistryError: The store cannot be reached.
    """
    with reached() as client:
        if client is None:
            return []
        aliases = {model.name: model.aliases for model in client.search_registered_models()}
        wanted = [name] if name in aliases else ([] if name else sorted(aliases))
        versions = [version for one in wanted for version in client.search_model_versions(f"name='{one}'")]
    found = [_registered(version, aliases[version.name]) for version in versions]
    return sorted(found, key=lambda one: (one.name, -one.version))


def show_model(address: str) -> Registered:
    """One version by its address, with the test metrics of its training run."""
    found = find(address)
    with reached() as client:
        if client is None or found.run_id is None:
            return found
        metrics = client.get_run(found.run_id).data.metrics
    return Registered(**{**vars(found), "metrics": dict(sorted(metrics.items()))})


def champion(name: str) -> Registered | None:
    """The version in service; None where there is none."""
    return next((one for one in list_models(name) if CHAMPION in one.aliases), None)


def has_champion(name: str) -> bool:
    """Whether a version of the model is in service."""
    return champion(name) is not None


def name_in(address: str) -> str | None:
    """The name of the model that an address is of; None where it is no such address."""
    parts = _ADDRESS.fullmatch(address)
    return None if parts is None else parts["name"]


def find(address: str) -> Registered:
    """The version of an address `models:/NAME@ALIAS` or `models:/NAME/VERSION`.

    Raises:
        NotFoundError: There is no such model, version or alias.
        UsageError: It is not such an address.
        RegistryError: The store cannot be reached.
    """
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        raise UsageError(f"'{address}' is not an address of a model; write models:/NAME@ALIAS or models:/NAME/VERSION")
    for one in list_models(parts["name"]):
        if parts["alias"] in one.aliases or parts["version"] == str(one.version):
            return one
    if parts["name"] not in MODELS.values():
        raise NotFoundError(f"no model is named {printable(parts['name'])}: {', '.join(MODELS.values())} are")
    if parts["alias"] == CHAMPION:
        kind = next(kind for kind, name in MODELS.items() if name == parts["name"])
        raise NotFoundError(
            f"no version of {parts['name']} is in service; run `bonafide demo` or `bonafide train {kind} --promote`"
        )
    raise NotFoundError(f"there is no model {address}")


def _registered(version: ModelVersion, aliases: dict[str, str]) -> Registered:
    number = int(version.version)
    return Registered(
        name=version.name,
        version=number,
        aliases=tuple(sorted(alias for alias, of in aliases.items() if int(of) == number)),
        created_at=datetime.fromtimestamp(version.creation_timestamp / 1000, UTC),
        run_id=version.run_id or None,
        tags=dict(version.tags),
    )
