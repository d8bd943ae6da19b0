"""The models that a worker answers with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.errors import NotFoundError
from models.registry import load_fit, load_fraud

if TYPE_CHECKING:
    from models.fit import FitBundle
    from models.fraud import FraudBundle
    from models.settings import Settings


@dataclass(frozen=True)
class Loaded:
    """The fraud model, and the fit model where there is one."""

    fraud: FraudBundle
    fit: FitBundle | None

    def environment(self) -> dict[str, str]:
        """Settings that make another process load exactly these models, whatever is promoted meanwhile."""
        pinned = {"BONAFIDE_FRAUD_MODEL": str(self.fraud.folder.resolve())}
        if self.fit is not None:
            pinned["BONAFIDE_FIT_MODEL"] = str(self.fit.folder.resolve())
        return pinned


def load(settings: Settings) -> Loaded:
    """Load the models that the settings name, the champions where they name none.

    Raises:
        NotFoundError: There is no fraud model, or a model was named that does not exist.
        ContractError: A model does not match its contract.
    """
    fraud = load_fraud(settings.fraud_model)
    try:
        fit = load_fit(settings.fit_model)
    except NotFoundError:
        if settings.fit_model is not None:
            raise
        fit = None
    return Loaded(fraud, fit)
