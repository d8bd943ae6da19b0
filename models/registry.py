"""MLflow's model registry: from an address to a local folder, what there is, and which version is in service."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from features.errors import NotFoundError, UsageError
from models.settings import get_settings
from models.store import reached

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
CHALLENGER = "challenger"
FORMER = "bonafide.former_champions"
"""Tag of a registered model: versions that were its champion before, the last of them at the end."""
MOST_FORMER = 50
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


def load(found: Registered) -> object:
    """Load a version of any of the four models; see the functions above for the errors."""
    return _LOADERS[found.name](found.address)


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
    return _download(find(text))


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


def promote(address: str, tags: Mapping[str, str] | None = None) -> Registered:
    """Put a version in service: it becomes `champion`, the champion before it `previous`.

    A version that is the champion already stays so, and `previous` with it.

    Args:
        address: The version.
        tags: What is to be known of this promotion; kept with the version, and the time with them.
    """
    found = find(address)
    if CHAMPION in found.aliases:
        return found
    former = champion(found.name)
    with reached() as client:
        if client is None:
            return found
        for key, value in {"promoted_at": _now(), **(tags or {})}.items():
            client.set_model_version_tag(found.name, str(found.version), key, value)
        if former is not None:
            before = [one for one in _former(client, found.name) if one not in (former.version, found.version)]
            _remember(client, found.name, [*before, former.version])
        if CHALLENGER in found.aliases:
            client.delete_registered_model_alias(found.name, CHALLENGER)
        client.set_registered_model_alias(found.name, CHAMPION, str(found.version))
    return find(found.address)


def rollback(name: str) -> Registered:
    """Put the champion before the present one back in service; again, the one before that.

    Raises:
        NotFoundError: There is no champion before.
    """
    present = find(f"models:/{name}@{CHAMPION}")
    with reached() as client:
        former = [] if client is None else [one for one in _former(client, name) if one != present.version]
        if client is None or not former:
            raise NotFoundError(f"there is no champion of {name} before {present.address}")
        client.set_registered_model_alias(name, CHAMPION, str(former[-1]))
        _remember(client, name, former[:-1])
        client.set_model_version_tag(name, str(present.version), "rolled_back_at", _now())
    return find(f"models:/{name}@{CHAMPION}")


def challenge(found: Registered) -> None:
    """Make a version the `challenger`, unless it is the champion."""
    with reached() as client:
        if client is not None and CHAMPION not in found.aliases:
            client.set_registered_model_alias(found.name, CHALLENGER, str(found.version))


def champion(name: str, alias: str = CHAMPION) -> Registered | None:
    """The version in service, or the one of another alias; None where there is none."""
    return next((one for one in list_models(name) if alias in one.aliases), None)


def has_champion(name: str) -> bool:
    """Whether a version of the model is in service."""
    return champion(name) is not None


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
    with reached() as client:
        if client is None:
            raise NotFoundError(f"there is no model {found.address}")
        source = client.get_model_version_download_uri(found.name, str(found.version))
        place = urlparse(source)
        local = place.scheme in ("", "file")
        folder = Path(unquote(place.path)) / BUNDLE if local else _fetched(source, found)
    if not folder.is_dir():
        raise NotFoundError(f"{found.address} is registered, but its files are gone from {source}")
    return folder


def _fetched(source: str, found: Registered) -> Path:
    """The bundle in the cache, fetched where it is not there; several processes may do so at once."""
    cache = get_settings().home.resolve() / "models" / found.name / str(found.version)
    if not (cache / BUNDLE).is_dir():
        import mlflow.artifacts

        cache.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache.parent) as scratch:
            # Some stores put the files into the folder, others into one below it: the answer says where.
            fetched = mlflow.artifacts.download_artifacts(artifact_uri=source, dst_path=scratch)
            with suppress(OSError):  # another was quicker
                Path(fetched).rename(cache)
            Path(scratch).mkdir(exist_ok=True)
    return cache / BUNDLE


def _former(client: MlflowClient, name: str) -> list[int]:
    """Versions that were champion before, the last at the end; as far as they are still there."""
    model = client.get_registered_model(name)
    there = {int(one.version) for one in client.search_model_versions(f"name='{name}'")}
    kept = json.loads(model.tags.get(FORMER, "null"))
    if kept is None:  # a store from before this tag
        kept = [int(model.aliases[PREVIOUS])] if PREVIOUS in model.aliases else []
    return [version for version in kept if version in there]


def _remember(client: MlflowClient, name: str, former: list[int]) -> None:
    client.set_registered_model_tag(name, FORMER, json.dumps(former[-MOST_FORMER:]))
    if former:
        client.set_registered_model_alias(name, PREVIOUS, str(former[-1]))
    else:
        client.delete_registered_model_alias(name, PREVIOUS)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


_LOADERS: dict[str, Callable[[str], object]] = {
    FRAUD: load_fraud,
    FIT: load_fit,
    FOLLOWERS: load_followers,
    COMMENTS: load_comments,
}
