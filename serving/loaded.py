"""The models, and the index, that a worker answers with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from features.errors import NotFoundError
from models import brand_safety
from models.registry import load_fit, load_fraud
from serving.shelf import Shelf

if TYPE_CHECKING:
    from models.brand_safety import Policy
    from models.fit import FitBundle
    from models.fraud import FraudBundle
    from models.settings import Settings


@dataclass(frozen=True)
class Loaded:
    """The fraud model, the fit model where there is one, where the index of candidates lies, if there is one, and the
    keyword policy."""

    fraud: FraudBundle
    fit: FitBundle | None
    shelf: Shelf
    policy: Policy = field(default_factory=brand_safety.default)

    def environment(self) -> dict[str, str]:
        """Settings that make another process load exactly these models and policy, whatever is promoted meanwhile.

        It looks for the index in the same place, and takes it as it is then.
        """
        pinned = {
            "BONAFIDE_FRAUD_MODEL": str(self.fraud.folder.resolve()),
            "BONAFIDE_INDEX": str(self.shelf.folder.resolve()),
            "BONAFIDE_BRAND_SAFETY": str(self.policy.file.resolve()),
        }
        if self.fit is not None:
            pinned["BONAFIDE_FIT_MODEL"] = str(self.fit.folder.resolve())
        return pinned


def load(settings: Settings) -> Loaded:
    """Load the models that the settings name, the champions where they name none. The index is opened when asked for.

    Raises:
        NotFoundError: There is no fraud model, or a model was named that does not exist.
        ContractError: A model does not match its contract.
        UsageError: A keyword policy is named and is none.
    """
    fraud = load_fraud(settings.fraud_model)
    try:
        fit = load_fit(settings.fit_model)
    except NotFoundError:
        if settings.fit_model is not None:
            raise
        fit = None
    return Loaded(fraud, fit, Shelf(settings.index_folder, fit, fraud), brand_safety.in_service(settings))
