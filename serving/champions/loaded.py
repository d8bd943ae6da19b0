"""The models, and the index, that a worker answers with."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from features.errors import BonafideError, NotFoundError
from models import store
from models.loading import load_fit, load_fraud, resolve
from models.registry import FIT, FRAUD
from models.reports import brand_safety
from models.settings import Pinned
from serving.champions.shadow import Shadow
from serving.champions.shelf import Shelf
from serving.champions.window import Window

if TYPE_CHECKING:
    from pathlib import Path

    from models.fit import FitBundle
    from models.fraud import FraudBundle
    from models.reports.brand_safety import Policy
    from models.settings import Settings

log = logging.getLogger("bentoml.bonafide")


@dataclass(frozen=True)
class Folders:
    """Where models lie."""

    fraud: Path
    fit: Path | None
    shadow: Path | None


@dataclass(frozen=True)
class Loaded:
    """What one request is answered with, from its beginning to its end.

    Attributes:
        fraud: The fraud model.
        fit: The fit model, where there is one.
        shelf: Where the index of candidates lies, if there is one.
        window: How far what is served has moved from what the fraud model was trained on.
        shadow: The challenger that scores silently, if there is one.
        policy: Keywords that posts are held against.
        problem: Why newer models are not in service; None where all is well.
        stamp: Of the store of models, before these were looked up; see `models.store.stamp`.
    """

    fraud: FraudBundle
    fit: FitBundle | None
    shelf: Shelf
    window: Window
    shadow: Shadow | None = None
    policy: Policy = field(default_factory=brand_safety.default)
    problem: str | None = None
    stamp: tuple[int, ...] | None = None

    @property
    def folders(self) -> Folders:
        """Where the models lie."""
        fit, shadow = self.fit, self.shadow
        return Folders(
            self.fraud.folder.resolve(),
            None if fit is None else fit.folder.resolve(),
            None if shadow is None else shadow.bundle.folder.resolve(),
        )

    def environment(self) -> dict[str, str]:
        """Settings that make another process begin with exactly these models, whatever is promoted meanwhile.

        It looks for the index in the same place, and takes it as it is then.
        """
        pinned = Pinned(**vars(self.folders), stamp=self.stamp)
        return {
            "BONAFIDE_PINNED": pinned.model_dump_json(),
            "BONAFIDE_INDEX": str(self.shelf.folder.resolve()),
            "BONAFIDE_BRAND_SAFETY": str(self.policy.file.resolve()),
        }


def load(settings: Settings) -> Loaded:
    """Load the models that are pinned, or that the settings name, or the champions. The index is opened when asked for.

    Raises:
        NotFoundError: There is no fraud model, or a model was named that does not exist.
        ContractError: A model does not match its contract.
        RegistryError: The store of models cannot be reached.
        UsageError: A keyword policy is named and is none.
    """
    pinned = settings.pinned
    stamp = store.stamp() if pinned is None else pinned.stamp
    at = wanted(settings) if pinned is None else Folders(pinned.fraud, pinned.fit, pinned.shadow)
    fraud = load_fraud(at.fraud)
    fit = None if at.fit is None else load_fit(at.fit)
    shelf, policy = Shelf(settings.index_folder, fit, fraud), brand_safety.in_service(settings)
    return Loaded(fraud, fit, shelf, Window(fraud), load_shadow(at.shadow), policy, stamp=stamp)


def wanted(settings: Settings) -> Folders:
    """Where the models lie that the settings name, as the registry has it now; see `load` for the errors."""
    fraud = resolve(settings.fraud_model, FRAUD).resolve()
    return Folders(fraud, _fit(settings), _shadow(settings, fraud))


def succeed(before: Loaded, at: Folders, stamp: tuple[int, ...] | None) -> Loaded:
    """The models of these folders in place of those before; a model that stays is not loaded again.

    Raises:
        NotFoundError: A folder is not there.
        ContractError: A model does not match its contract.
    """
    had = before.folders
    fraud = before.fraud if had.fraud == at.fraud else load_fraud(at.fraud)
    fit = before.fit if had.fit == at.fit or at.fit is None else load_fit(at.fit)
    shadow = before.shadow if had.shadow == at.shadow else load_shadow(at.shadow)
    same = fraud is before.fraud
    shelf = before.shelf if same and fit is before.fit else Shelf(before.shelf.folder, fit, fraud, before.shelf)
    return Loaded(fraud, fit, shelf, before.window if same else Window(fraud), shadow, before.policy, stamp=stamp)


def load_shadow(folder: Path | None) -> Shadow | None:
    """The challenger in that folder; none, said in the log, where it cannot be loaded: nobody waits for its answers."""
    if folder is None:
        return None
    try:
        return Shadow(load_fraud(folder))
    except BonafideError as error:
        log.error("no challenger scores silently: %s", error)
        return None


def _fit(settings: Settings) -> Path | None:
    try:
        return resolve(settings.fit_model, FIT).resolve()
    except NotFoundError:
        if settings.fit_model is not None:
            raise
        return None


def _shadow(settings: Settings, fraud: Path) -> Path | None:
    """Where the challenger lies; nowhere while nothing has that alias, or while it is the champion."""
    if settings.shadow is None:
        return None
    try:
        found = resolve(settings.shadow, FRAUD).resolve()
    except NotFoundError:
        return None
    return None if found == fraud else found
