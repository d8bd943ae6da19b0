"""Models inside a Bento: the champions as one model of BentoML's, and the settings that make a service take those.

```
fraud/    the fraud model, as the registry has it
fit/      the fit model, where there is one
```
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import bentoml
from bentoml.exceptions import NotFound

from models.loading import load_fit, load_fraud
from serving.champions.loaded import wanted

if TYPE_CHECKING:
    from models.settings import Settings

NAME = "bonafide"
"""Of the model in BentoML's store; `bentofile.yaml` asks for the latest of that name."""
FRAUD, FIT = "fraud", "fit"


def pack(settings: Settings) -> str:
    """Put the models that a service would begin with into BentoML's store; the tag, `bonafide:<fraud>-<fit>`.

    Raises:
        NotFoundError: There is no fraud model.
        ContractError: A model does not match its contract.
        RegistryError: The store of models cannot be reached.
    """
    folders = wanted(settings)
    versions = [load_fraud(folders.fraud).contract.version]
    versions += [] if folders.fit is None else [load_fit(folders.fit).contract.version]
    tag = f"{NAME}:{'-'.join(versions)}"
    with suppress(NotFound):
        bentoml.models.delete(tag)  # packed again it is the latest, as after a rollback
    with bentoml.models.create(tag) as made:
        shutil.copytree(folders.fraud, Path(made.path) / FRAUD)
        if folders.fit is not None:
            shutil.copytree(folders.fit, Path(made.path) / FIT)
    return tag


def packed(bento: bentoml.Bento) -> dict[str, str]:
    """Settings by environment variable that name the models inside a Bento."""
    [folder] = [Path(one.to_model().resolve().path) for one in bento.info.all_models if one.tag.name == NAME]
    found = {"BONAFIDE_FRAUD_MODEL": folder / FRAUD, "BONAFIDE_FIT_MODEL": folder / FIT}
    return {name: str(place) for name, place in found.items() if place.is_dir()}
