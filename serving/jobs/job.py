"""What a job is, as it is answered and as it lies on disk."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it at run time
from pathlib import Path  # noqa: TC003 - pydantic reads it at run time
from typing import Literal

from pydantic import Field

from models.frozen import Frozen

State = Literal["queued", "running", "done", "refused", "failed", "cancelled"]
Kind = Literal["ndjson", "parquet"]
NDJSON_TYPE, PARQUET_TYPE = "application/x-ndjson", "application/vnd.apache.parquet"
"""Media types of records and of results."""
OnError = Literal["refuse", "skip"]


class Asked(Frozen):
    """What is asked of a job."""

    name: str | None = Field(default=None, description="Jobs of one name are compared, each with the one before it.")
    explain: bool = Field(default=True, description="Whether the results have reasons.")
    on_error: OnError = Field(
        default="refuse", description="Refuse all records where one is wrong, or skip what is wrong and score the rest."
    )
    previous: str | None = Field(
        default=None, description="Id of the job to compare with; the last one done of the same name unless given."
    )


class Progress(Frozen):
    """How far a job is."""

    done: int = Field(default=0, description="Creators that are scored.")
    total: int | None = Field(default=None, description="Creators there are; null until they are counted.")
    rate: float | None = Field(default=None, description="Creators a second since the work began or was taken up.")
    seconds_left: float | None = Field(default=None, description="At that rate.")


class CauseTold(Frozen):
    """A signal whose points changed."""

    signal: str
    points: float = Field(description="By how many points on average over the creators that moved.")
    largest_for: int = Field(description="For how many of them it changed most.")


class TransitionTold(Frozen):
    """Creators that moved from one band to another."""

    before: str | None = Field(description="Null where there was no answer.")
    after: str | None = Field(description="Null where there is no answer.")
    creators: int
    causes: tuple[CauseTold, ...] = Field(description="The signals whose points changed most.")
    sentence: str


class DiffTold(Frozen):
    """What changed against another job; its creators are at `/v1/jobs/{id}/diff`."""

    previous: str = Field(description="The job compared with.")
    same_model: bool = Field(
        description="False where the two were scored by different models, which moves creators too."
    )
    moved: int
    new: int
    gone: int
    same: int = Field(description="Creators who stayed in their band.")
    transitions: tuple[TransitionTold, ...]


class Summary(Frozen):
    """What came out."""

    low: int
    review: int
    high: int
    unanswered: int = Field(description="Creators with too little data.")
    diff: DiffTold | None = Field(description="Null where there was nothing to compare with.")


class Job(Frozen):
    """A job as it is now."""

    id: str
    state: State
    asked: Asked
    kind: Kind = Field(description="As what the records came.")
    bytes: int = Field(description="How many came.")
    accepted_at: datetime
    began_at: datetime | None = None
    finished_at: datetime | None = None
    model_version: str | None = Field(default=None, description="The fraud model; one job is scored by one model.")
    progress: Progress = Progress()
    errors: int = Field(default=0, description="Things wrong with the records; they are at `/v1/jobs/{id}/errors`.")
    left_out: dict[str, tuple[str, ...]] = Field(
        default={}, description="By table, fields that the contract does not have and that were left out; 20 at most."
    )
    problem: str | None = Field(default=None, description="Why there is no result, or what is missing of it.")
    summary: Summary | None = Field(default=None, description="Null until the job is done.")

    @property
    def finished(self) -> bool:
        """Whether nothing more will be done."""
        return self.state not in ("queued", "running")


class Stored(Frozen):
    """A job with what only the work on it needs.

    Attributes:
        job: The job.
        bundle: Folder of the model that scores it, once that is chosen.
        profile: Threshold profile in place of the model's own.
        starts: How often the work was begun since a part was last finished.
    """

    job: Job
    bundle: Path | None = None
    profile: str | None = None
    starts: int = 0


class Jobs(Frozen):
    """Jobs, the newest first."""

    jobs: tuple[Job, ...]
