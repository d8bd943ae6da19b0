"""Versions of a fraud model in the store of a test."""

from __future__ import annotations

from pathlib import Path

from models import registry
from training.fraud_model.fitting import FittedFraud
from training.tracking import Trained, track


def register(fitted: FittedFraud, files: Path, *, promote: bool = False) -> Trained:
    """The version that the store has of it now, with a file beside it."""
    files.mkdir(exist_ok=True)
    (files / "note.md").write_text("a file")
    return track(
        registry.FRAUD,
        fitted.bundle.folder,
        inputs=fitted.bundle.names,
        params={"seed": 0},
        metrics={"auc": 0.9},
        tags={"data_hash": "0"},
        files=files,
        promote=promote,
    )


def aliases() -> dict[int, tuple[str, ...]]:
    """The aliases of every version of every model."""
    return {one.version: one.aliases for one in registry.list_models()}
