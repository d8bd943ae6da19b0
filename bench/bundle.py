"""The fraud model that a benchmark uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import BonafideError
from models.fraud import FraudBundle
from models.loading import load_fraud
from training.fraud import fit_fraud
from training.simulate import simulate

if TYPE_CHECKING:
    from pathlib import Path


def model(scratch: Path, folder: Path | None) -> tuple[FraudBundle, str]:
    """The bundle asked for, the champion, or a small model of its own."""
    if folder is not None:
        return FraudBundle.load(folder), folder.name
    try:
        return load_fraud(), "the champion"
    except BonafideError:
        trained = fit_fraud(simulate(1000, seed=1).tables, scratch / "bundle").bundle
        return trained, "trained on 1,000 simulated creators"
