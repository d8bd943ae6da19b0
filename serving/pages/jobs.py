"""Jobs on a page: how far each is, and the list of what came out of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from features.errors import NotFoundError
from models import bulk
from serving.api.problems import RequestError
from serving.jobs.endpoints import NO_JOB, NO_ROOM
from serving.jobs.room import RUN
from serving.jobs.work import asked_of
from serving.pages.roster import of_scores, ordered

if TYPE_CHECKING:
    from serving.jobs.job import Job
    from serving.jobs.room import Room
    from serving.pages.roster import Row

MOST_JOBS = 50
MOST_ROWS = 1_000
"""Shown of one job, those of the highest risk; its whole result is fetched at `/v1/jobs/{id}/result`."""
COLUMNS = ("creator_id", "lo", "hi", "risk_score", "band", "decision", "reasons")
NOT_DONE = "The job is {}; there is a list when it is done."


def all_jobs(room: Room | None) -> list[Job]:
    """Jobs, the newest first; none where the service takes none."""
    return [] if room is None else [one.job for one in reversed(room.all())][:MOST_JOBS]


def result(room: Room | None, job_id: str) -> tuple[Job, list[Row]]:
    """A job that is done and its creators of highest risk; RequestError where there is none."""
    if room is None:
        raise RequestError(503, NO_ROOM)
    try:
        job = room.get(job_id).job
        if job.state != "done":
            raise RequestError(409, NOT_DONE.format(job.state))
        run = bulk.Run.load(room.place(job_id) / RUN, asked_of(job))
        kept = pl.DataFrame()
        for frame in run.frames(COLUMNS):  # part by part: a million of them need not be in memory at once
            kept = pl.concat([kept, frame], how="vertical" if kept.width else "diagonal")
            kept = kept.sort("risk_score", descending=True, nulls_last=True, maintain_order=True).head(MOST_ROWS)
    except (NotFoundError, FileNotFoundError):
        raise RequestError(404, NO_JOB) from None
    return job, ordered(of_scores(row, _known(row)) for row in kept.iter_rows(named=True))


def _known(row: dict[str, object]) -> list[tuple[str, float]]:
    reasons = row.get("reasons")
    told = reasons if isinstance(reasons, list) else []
    return [(one["signal"], one["points"]) for one in told if one["value"] is not None]
