"""What the endpoints answer beside the reports (`models.reports.report`): types alone, all that a client needs."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it at run time
from typing import Literal

from pydantic import Field

from models.frozen import Frozen
from models.reports.report import ProfileUsed  # noqa: TC001 - pydantic reads it at run time

MOST_ERRORS = 100
"""Faults that one problem document names."""


class SignalInfo(Frozen):
    """A signal that the model reads."""

    name: str
    family: str
    unit: str
    sentence: str = Field(description="What the signal means and why fraud moves it.")
    direction: Literal[-1, 0, 1] = Field(
        description="1: more of it makes fraud likelier; -1: less likely; 0: it depends on the rest."
    )


class FitInfo(Frozen):
    """The model that ranks."""

    name: str
    version: str
    metrics: dict[str, float]


class IndexInfo(Frozen):
    """The candidate index."""

    version: str = Field(description="Names what it holds.")
    creators: int
    created_at: datetime = Field(description="When it was last changed.")


class ModelInfo(Frozen):
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


class DisputeAnswer(Frozen):
    """What became of the creator's objection to an audit."""

    state: Literal["open", "upheld", "rejected"]
    stated_at: datetime
    note: str | None


class AuditAnswer(Frozen):
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


class AuditsAnswer(Frozen):
    """A creator's audits, by the time of the verdict."""

    creator_id: str
    audits: tuple[AuditAnswer, ...]


class Fault(Frozen):
    """One thing wrong with a request."""

    pointer: str = Field(description="Where in the body: a JSON pointer, such as /creator/posts/3/likes.")
    detail: str = Field(description="What is wrong there.")
    parameter: str | None = Field(default=None, description="The query parameter at fault, where it is one.")
    ids: tuple[str, ...] = Field(default=(), description="Ids of the row concerned, where they could be read.")


class ProblemDocument(Frozen):
    """What every answer with a status of 400 or above consists of (RFC 9457)."""

    type: str = "about:blank"
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="What went wrong, and what to do about it.")
    errors: tuple[Fault, ...] = Field(default=(), description=f"Everything found, at most {MOST_ERRORS}.")
    request_id: str | None = Field(default=None, description="Under which the service's log has it.")
