"""From a model's address to the model: where its files are, fetched where they are elsewhere."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from features.errors import NotFoundError, UsageError
from models.registry import BUNDLE, CHAMPION, COMMENTS, FIT, FOLLOWERS, FRAUD, find, has_champion, name_in
from models.settings import get_settings
from models.store import reached

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.comments import CommentBundle
    from models.fit import FitBundle
    from models.followers import FollowerBundle
    from models.fraud import FraudBundle
    from models.registry import Registered


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


def load_followers_and_comments() -> tuple[FollowerBundle | None, CommentBundle | None]:
    """The models of one follower and of one comment in service, by which records are scored before signals are built.

    None for one that is not in service.
    """
    return (
        load_followers() if has_champion(FOLLOWERS) else None,
        load_comments() if has_champion(COMMENTS) else None,
    )


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
    if name_in(text) not in (None, name):
        raise UsageError(f"{text} is not a version of {name}")
    return _download(find(text))


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


_LOADERS: dict[str, Callable[[str], object]] = {
    FRAUD: load_fraud,
    FIT: load_fit,
    FOLLOWERS: load_followers,
    COMMENTS: load_comments,
}
