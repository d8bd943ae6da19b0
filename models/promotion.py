"""Which version of a model is in service: promoted, rolled back, or beside the champion to be compared with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from features.errors import NotFoundError
from models.registry import CHALLENGER, CHAMPION, champion, find
from models.store import changing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow import MlflowClient

    from models.registry import Registered

PREVIOUS = "previous"
FORMER = "bonafide.former_champions"
"""Tag of a registered model: versions that were its champion before, the last of them at the end."""
MOST_FORMER = 50


def promote(address: str, tags: Mapping[str, str] | None = None) -> Registered:
    """Put a version in service: it becomes `champion`, the champion before it `previous`.

    A version that is the champion already stays so, and `previous` with it. Processes of one BONAFIDE_HOME take
    turns, so that none forgets a champion that another one made meanwhile.

    Args:
        address: The version.
        tags: What is to be known of this promotion; kept with the version, and the time with them.
    """
    with changing() as client:
        found = find(address)
        if client is None or CHAMPION in found.aliases:
            return found
        former = champion(found.name)
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
    with changing() as client:
        present = find(f"models:/{name}@{CHAMPION}")
        former = [] if client is None else [one for one in _former(client, name) if one != present.version]
        if client is None or not former:
            raise NotFoundError(f"there is no champion of {name} before {present.address}")
        client.set_registered_model_alias(name, CHAMPION, str(former[-1]))
        _remember(client, name, former[:-1])
        client.set_model_version_tag(name, str(present.version), "rolled_back_at", _now())
    return find(f"models:/{name}@{CHAMPION}")


def challenge(found: Registered) -> None:
    """Make a version the `challenger`, unless it is the champion."""
    with changing() as client:
        if client is not None and CHAMPION not in find(found.address).aliases:
            client.set_registered_model_alias(found.name, CHALLENGER, str(found.version))


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
