"""What a fraud model's folder says about itself, for who needs to know which model it is and not the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from features import SIGNALS
from features.errors import ContractError
from models.bundle import SignalContract, load_contract
from models.contract import check_signals
from models.verdicts.decision import PROFILES
from models.verdicts.interval import Interval  # noqa: TC001 - pydantic reads it at run time

if TYPE_CHECKING:
    from pathlib import Path

KIND = "fraud"


class FraudContract(SignalContract):
    """What the folder of a fraud model says about itself.

    `steeper` is that of `models.verdicts.fraud_calibration`; models of before have none.
    """

    kind: Literal["fraud"] = "fraud"
    steeper: float = 1.0
    members: int
    interval: Interval
    profile: str

    @classmethod
    def load(cls, folder: Path) -> FraudContract:
        """The contract of the bundle that lies in `folder`, held against its files and this version.

        Raises:
            NotFoundError: There is no such folder.
            ContractError: A file was changed, lost or added, or the signals are no longer those of the training.
        """
        contract = load_contract(folder, KIND, cls)
        check_signals(folder, contract.signals, SIGNALS)
        if contract.profile not in PROFILES:
            raise ContractError(f"{folder}: there is no profile '{contract.profile}'")
        return contract
