"""The models, and the index, that a worker answers with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.errors import NotFoundError
from models import store
from models.registry import FIT, FRAUD, load_fit, load_fraud, resolve
from models.settings import Pinned
from serving.shelf import Shelf

if TYPE_CHECKING:
    from pathlib import Path

    from models.fit import FitBundle
    from models.fraud import FraudBundle
    from models.settings import Settings

    Folders = tuple[Path, Path | None]


@dataclass(frozen=True)
class Loaded:
    """What one request is answered with, from its beginning to its end.

    Attributes:
        fraud: The fraud model.
        fit: The fit model, where there is one.
        shelf: Where the index of candidates lies, if there is one.
        problem: Why newer models are not in service; None where all is well.
        stamp: Of the store of models, before these were looked up; see `models.store.stamp`.
    """

    fraud: FraudBundle
    fit: FitBundle | None
    shelf: Shelf
    problem: str | None = None
    stamp: tuple[int, ...] | None = None

    @property
    def folders(self) -> Folders:
        """Where the models lie."""
        return self.fraud.folder.resolve(), None if self.fit is None else self.fit.folder.resolve()

    def environment(self) -> dict[str, str]:
        """Settings that make another process begin with exactly these models, whatever is promoted meanwhile.

        It looks for the index in the same place, and takes it as it is then.
        """
        fraud, fit = self.folders
        pinned = Pinned(fraud=fraud, fit=fit, stamp=self.stamp)
        return {"BONAFIDE_PINNED": pinned.model_dump_json(), "BONAFIDE_INDEX": str(self.shelf.folder.resolve())}


def load(settings: Settings) -> Loaded:
    """Load the models that are pinned, or that the settings name, or the champions. The index is opened when asked for.

    Raises:
        NotFoundError: There is no fraud model, or a model was named that does not exist.
        ContractError: A model does not match its contract.
        RegistryError: The store of models cannot be reached.
    """
    pinned = settings.pinned
    stamp = store.stamp() if pinned is None else pinned.stamp
    fraud_at, fit_at = wanted(settings) if pinned is None else (pinned.fraud, pinned.fit)
    fraud = load_fraud(fraud_at)
    fit = None if fit_at is None else load_fit(fit_at)
    return Loaded(fraud, fit, Shelf(settings.index_folder, fit, fraud), stamp=stamp)


def wanted(settings: Settings) -> Folders:
    """Where the models lie that the settings name, as the registry has it now; see `load` for the errors."""
    fraud = resolve(settings.fraud_model, FRAUD).resolve()
    try:
        return fraud, resolve(settings.fit_model, FIT).resolve()
    except NotFoundError:
        if settings.fit_model is not None:
            raise
        return fraud, None


def succeed(before: Loaded, folders: Folders, stamp: tuple[int, ...] | None) -> Loaded:
    """The models of these folders in place of those before; a model that stays is not loaded again.

    Raises:
        NotFoundError: A folder is not there.
        ContractError: A model does not match its contract.
    """
    fraud_at, fit_at = folders
    same_fraud, same_fit = (one == other for one, other in zip(folders, before.folders, strict=True))
    fraud = before.fraud if same_fraud else load_fraud(fraud_at)
    fit = before.fit if same_fit or fit_at is None else load_fit(fit_at)
    return Loaded(fraud, fit, Shelf(before.shelf.folder, fit, fraud, before.shelf), stamp=stamp)
