"""What the endpoints answer beside the reports, which are typed in `models.report`."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it at run time
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.blocks import profile_used
from models.registry import FIT, FRAUD
from models.report import ProfileUsed  # noqa: TC001 - pydantic reads it at run time

if TYPE_CHECKING:
    from features.signal import Signal
    from models.index import Manifest
    from serving.loaded import Loaded


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SignalInfo(_Frozen):
    """A signal that the model reads."""

    name: str
    family: str
    unit: str
    sentence: str = Field(description="What the signal means and why fraud moves it.")
    direction: Literal[-1, 0, 1] = Field(
        description="1: more of it makes fraud likelier; -1: less likely; 0: it depends on the rest."
    )


class FitInfo(_Frozen):
    """The model that ranks."""

    name: str
    version: str
    metrics: dict[str, float]


class IndexInfo(_Frozen):
    """The candidate index."""

    version: str = Field(description="Names what it holds.")
    creators: int
    created_at: datetime = Field(description="When it was last changed.")


class ModelInfo(_Frozen):
    """The models in service, and what they are known to achieve."""

    name: str
    version: str
    norms_version: str
    metrics: dict[str, float] = Field(description="Measured on creators held out from training.")
    signals: tuple[SignalInfo, ...]
    profile: ProfileUsed = Field(description="The cut-offs in use, and the costs that they follow from.")
    fit: FitInfo | None = Field(description="Null where no fit model is in service; /v1/rank answers 503 then.")
    index: IndexInfo | None = Field(description="The index in service; null where there is none.")
    index_problem: str | None = Field(
        description="Why there is no index, or why a newer one is not taken up; null where all is well."
    )
    shadow: str | None = Field(description="Version of the challenger that scores silently; null where there is none.")
    problem: str | None = Field(
        description="Why the models that the registry names now are not in service; null where they are."
    )


class DisputeAnswer(_Frozen):
    """What became of the creator's objection to an audit."""

    state: Literal["open", "upheld", "rejected"]
    stated_at: datetime
    note: str | None


class AuditAnswer(_Frozen):
    """An audit as the ledger holds it."""

    key: str
    creator_id: str
    verdict: Literal["genuine", "fraud", "unsure"] | None
    audited_at: datetime = Field(description="When the verdict was given; two at once are kept a microsecond apart.")
    recorded_at: datetime = Field(description="When the ledger took it in.")
    fake_follower_share: float | None
    types: tuple[str, ...] | None
    reviewer: str | None
    note: str | None
    input_hash: str | None
    dispute: DisputeAnswer | None = Field(description="The newest state of the creator's objection, if there was one.")


class AuditsAnswer(_Frozen):
    """A creator's audits, by the time of the verdict."""

    creator_id: str
    audits: tuple[AuditAnswer, ...]


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
