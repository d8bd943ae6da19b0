"""What `GET /v1/model` tells of the models in service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.registry import FIT, FRAUD
from models.reports.blocks import profile_used
from serving.api.responses import FitInfo, IndexInfo, ModelInfo, SignalInfo

if TYPE_CHECKING:
    from features.signal import Signal
    from models.index import Manifest
    from serving.champions.loaded import Loaded


def model_info(loaded: Loaded) -> ModelInfo:
    """Describe the models that were loaded."""
    fraud, fit = loaded.fraud, loaded.fit
    held = loaded.shelf.look()
    return ModelInfo(
        name=FRAUD,
        version=fraud.contract.version,
        norms_version=fraud.context.version,
        metrics=fraud.contract.metrics,
        signals=tuple(_signal_info(signal) for signal in fraud.definitions),
        profile=profile_used(fraud),
        fit=None if fit is None else FitInfo(name=FIT, version=fit.contract.version, metrics=fit.contract.metrics),
        index=None if held is None else _index_info(held.index.manifest),
        index_problem=loaded.shelf.problem,
        shadow=None if loaded.shadow is None else loaded.shadow.bundle.contract.version,
        problem=loaded.problem,
    )


def _index_info(manifest: Manifest) -> IndexInfo:
    return IndexInfo(version=manifest.version, creators=manifest.creators, created_at=manifest.created_at)


def _signal_info(signal: Signal) -> SignalInfo:
    return SignalInfo(
        name=signal.name,
        family=signal.family.value,
        unit=signal.unit,
        sentence=signal.sentence,
        direction=signal.direction,
    )
