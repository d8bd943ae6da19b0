"""MLflow's model registry: from an address to a local folder, what there is, and which version is in service."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from features.errors import NotFoundError, UsageError
from models.settings import get_settings, telemetry_off

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

    from models.comments import CommentBundle
    from models.fit import FitBundle
    from models.followers import FollowerBundle
    from models.fraud import FraudBundle

FRAUD = "bonafide-fraud"
FIT = "bonafide-fit"
FOLLOWERS = "bonafide-followers"
COMMENTS = "bonafide-comments"
MODELS = {"fraud": FRAUD, "fit": FIT, "followers": FOLLOWERS, "comments": COMMENTS}
"""What `train` takes, and the name that it registers."""

CHAMPION = "champion"
PREVIOUS = "previous"
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


def load_fraud(address: str | Path | None = None) -> FraudBundle:
    """Load a fraud bundle; see `resolve` for the address. `BONAFIDE_FRAUD_MODEL` or the champion unless given.

    `BONAFIDE_PROFILE` chooses its threshold profile.
    """
    from models.fraud import FraudBundle

    settings = get_settings()
    bundle = FraudBundle.load(resolve(address or settings.fraud_model, FRAUD))
    return bundle if settings.profile is None else bundle.with_profile(settings.profile)


def load_fit(address: str | Path | None = None) -> FitBundle:
    """Load a fit bundle; see `resolve` for the address. `BONAFIDE_FIT_MODEL` or the champion unless given."""
    from models.fit import FitBundle

    return FitBundle.load(resolve(address or get_settings().fit_model, FIT))


def load_followers(address: str | Path | None = None) -> FollowerBundle:
    """Load a follower model; see `resolve` for the address. The champion unless given."""
    from models.followers import FollowerBundle

    return FollowerBundle.load(resolve(address, FOLLOWERS))


def load_comments(address: str | Path | None = None) -> CommentBundle:
    """Load a comment model; see `resolve` for the address. The champion unless given."""
    from models.comments import CommentBundle

    return CommentBundle.load(resolve(address, COMMENTS))


def resolve(address: str | Path | None, name: str) -> Path:
    """The local folder of a model's bundle.

    Args:
        address: A folder, `models:/name@alias`, `models:/name/3`, or None for the champion of `name`.
        name: The registered model's name.

    Raises:
        NotFoundError: There is no such folder, model, version or alias.
        UsageError: The address is of another model.
    """
    text = f"models:/{name}@{CHAMPION}" if address is None else str(address)
    if not text.startswith("models:"):
        if not Path(text).is_dir():
            raise NotFoundError(f"there is no model folder '{text}'")
        return Path(text)
    if address is not None and (found := _ADDRESS.fullmatch(text)) and found["name"] != name:
        raise UsageError(f"{text} is not a version of {name}")
    return _download(_find(text))


def list_models(name: str | None = None) -> list[Registered]:
    """Every version of every registered model (or of one), by name, the newest first; none where there is no store."""
    client = _client()
    if client is None:
        return []
    aliases = {model.name: model.aliases for model in client.search_registered_models()}
    wanted = [name] if name in aliases else ([] if name else sorted(aliases))
    versions = [version for one in wanted for version in client.search_model_versions(f"name='{one}'")]
    found = [_registered(version, aliases[version.name]) for version in versions]
    return sorted(found, key=lambda one: (one.name, -one.version))


def show_model(address: str) -> Registered:
    """One version by its address, with the test metrics of its training run."""
    client, found = _client(), _find(address)
    if client is None or found.run_id is None:
        return found
    metrics = client.get_run(found.run_id).data.metrics
    return Registered(**{**vars(found), "metrics": dict(sorted(metrics.items()))})


def promote(address: str) -> Registered:
    """Put a version in service: it becomes `champion`, the champion before it `previous`.

    A version that is the champion already stays so, and `previous` with it.
    """
    found = _find(address)
    client = _client()
    if client is None or CHAMPION in found.aliases:
        return found
    former = [one for one in list_models(found.name) if CHAMPION in one.aliases]
    for one in former:
        client.set_registered_model_alias(one.name, PREVIOUS, str(one.version))
    client.set_registered_model_alias(found.name, CHAMPION, str(found.version))
    return _find(found.address)


def has_champion(name: str) -> bool:
    """Whether a version of the model is in service."""
    return any(CHAMPION in one.aliases for one in list_models(name))


def _client() -> MlflowClient | None:
    """A client of the store that the settings name; None where the default store was never written to."""
    settings = get_settings()
    if settings.mlflow_tracking_uri is None and not settings.database.exists():
        return None
    telemetry_off()
    from mlflow import MlflowClient

    return MlflowClient(settings.tracking_uri, settings.tracking_uri)


def _find(address: str) -> Registered:
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        raise UsageError(f"'{address}' is not an address of a model; write models:/NAME@ALIAS or models:/NAME/VERSION")
    for one in list_models(parts["name"]):
        if parts["alias"] in one.aliases or parts["version"] == str(one.version):
            return one
    if parts["alias"] == CHAMPION:
        kind = next((kind for kind, name in MODELS.items() if name == parts["name"]), "fraud")
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


def _download(found: Registered) -> Path:
    """Where the version's bundle lies: in place for a local store, else in a cache below `home`."""
    client = _client()
    if client is None:
        raise NotFoundError(f"there is no model {found.address}")
    source = client.get_model_version_download_uri(found.name, str(found.version))
    place = urlparse(source)
    if place.scheme in ("", "file"):
        folder = Path(unquote(place.path)) / BUNDLE
    else:
        import mlflow.artifacts

        cache = get_settings().home.resolve() / "models" / found.name / str(found.version)
        folder = cache / BUNDLE
        if not folder.is_dir():
            cache.mkdir(parents=True, exist_ok=True)
            mlflow.artifacts.download_artifacts(artifact_uri=source, dst_path=str(cache))
    if not folder.is_dir():
        raise NotFoundError(f"{found.address} is registered, but its files are gone from {source}")
    return folder
