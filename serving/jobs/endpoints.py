"""`/v1/jobs`: handing in a job, looking at it, fetching what came of it, and taking it away."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from features.errors import NotFoundError
from models import bulk
from models.settings import get_settings
from serving.api.parameters import parameters
from serving.api.problems import RequestError, refusing
from serving.jobs.frames import as_ndjson, as_parquet, read_frames
from serving.jobs.intake import accept
from serving.jobs.job import (
    NDJSON_TYPE,
    PARQUET_TYPE,
    Asked,
    CauseTold,
    DiffTold,
    Job,
    Jobs,
    Progress,
    Summary,
    TransitionTold,
)
from serving.jobs.room import DIFF, ERRORS, RUN
from serving.jobs.work import asked_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    import polars as pl
    from starlette.requests import Request
    from starlette.types import Scope

    from serving.jobs.room import Room

JOBS = "/v1/jobs"
ONE = "one"
"""Stands for every id in the path that endpoints, logs and metrics see."""

JSON = "application/json"
NO_ROOM = "The service takes no jobs."
NO_JOB = "There is no such job; jobs that are finished are removed after some weeks."
NOT_YET = "The job is {}; there is something to fetch when it is done."
NO_RESULT = "The job was {}, so it has no result; its `problem` and `/errors` say why."
NO_DIFF = "The job had no other to be compared with; name one with `previous`, or give both the same `name`."
ANY_TYPE = ("*/*", "application/*", "application/json", "application/ndjson", NDJSON_TYPE)


def without_job(scope: Scope) -> Scope:
    """The request with the job's id moved from its path, which logs and metrics see, to the path's parameters."""
    path = scope["path"]
    if not path.startswith(f"{JOBS}/"):
        return scope
    job_id, slash, rest = path.removeprefix(f"{JOBS}/").partition("/")
    plain = f"{JOBS}/{ONE}{slash}{rest}"
    return {**scope, "path": plain, "raw_path": plain.encode(), "path_params": {"job_id": job_id}}


async def add(request: Request) -> Response:
    """`POST /v1/jobs`."""

    async def answer() -> Response:
        job = await accept(request, _room(request), get_settings().job_bytes)
        return _answer(job, 202, {"location": f"{JOBS}/{job.id}"})

    return await refusing(answer)


def _list(request: Request) -> Response:
    room = _room(request)
    return _answer(Jobs(jobs=tuple(one.job for one in reversed(room.all()))))


def _get(request: Request) -> Response:
    return _answer(_job(request))


def _remove(request: Request) -> Response:
    """Whatever it is at: nothing is left of it when this is answered."""
    job = _job(request)
    with _known():
        _room(request).remove(job.id)
    cancelled = {"state": "cancelled", "finished_at": datetime.now(UTC)}
    return _answer(job if job.finished else job.model_copy(update=cancelled))


def _result(request: Request) -> Response:
    job = _done(request)
    folder = _room(request).place(job.id) / RUN
    with _known():
        run = bulk.Run.load(folder, asked_of(job))
    return _frames(request, run.frames())


def _diff(request: Request) -> Response:
    job = _done(request)
    if job.summary is None or job.summary.diff is None:
        raise RequestError(404, NO_DIFF)
    return _frames(request, read_frames(_room(request).place(job.id) / DIFF))


def _errors(request: Request) -> Response:
    job = _job(request)
    if not job.finished:
        raise RequestError(409, NOT_YET.format(job.state), after=5)
    file = _room(request).place(job.id) / ERRORS
    return _frames(request, read_frames(file) if file.is_file() else iter(()))


def _frames(request: Request, frames: Iterator[pl.DataFrame]) -> Response:
    """The frames in the form that the caller wants, as they are read."""
    kind = _wanted(request)
    content = (as_parquet if kind == PARQUET_TYPE else as_ndjson)(frames)
    return StreamingResponse(iterate_in_threadpool(content), media_type=kind)


def _wanted(request: Request) -> str:
    types = [one.partition(";")[0].strip() for one in request.headers.get("accept", "*/*").lower().split(",")]
    for one in types:
        if one == PARQUET_TYPE:
            return PARQUET_TYPE
        if one in ANY_TYPE:
            return NDJSON_TYPE
    raise RequestError(406, f"There are {NDJSON_TYPE} and {PARQUET_TYPE}.")


def _done(request: Request) -> Job:
    job = _job(request)
    if not job.finished:
        raise RequestError(409, NOT_YET.format(job.state), after=5)
    if job.state != "done":
        raise RequestError(409, NO_RESULT.format(job.state))
    return job


def _job(request: Request) -> Job:
    with _known():
        return _room(request).get(request.path_params["job_id"]).job


@contextmanager
def _known() -> Iterator[None]:
    """What is named may not be there, or not any more."""
    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise RequestError(404, NO_JOB) from None


def _room(request: Request) -> Room:
    room: Room | None = request.app.state.room
    if room is None:
        raise RequestError(503, NO_ROOM)
    return room


def _answer(content: Job | Jobs, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(content.model_dump_json(), status, headers, JSON)


def _endpoint(work: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that looks at the disk, on a thread that scoring does not wait for."""

    async def endpoint(request: Request) -> Response:
        async def answer() -> Response:
            parameters(request, {})
            return await to_thread.run_sync(work, request, limiter=request.app.state.waiting_limiter)

        return await refusing(answer)

    return endpoint


ROUTES = [
    Route(JOBS, add, methods=["POST"]),
    Route(JOBS, _endpoint(_list), methods=["GET"]),
    Route(f"{JOBS}/{ONE}", _endpoint(_get), methods=["GET"]),
    Route(f"{JOBS}/{ONE}", _endpoint(_remove), methods=["DELETE"]),
    Route(f"{JOBS}/{ONE}/result", _endpoint(_result), methods=["GET"]),
    Route(f"{JOBS}/{ONE}/errors", _endpoint(_errors), methods=["GET"]),
    Route(f"{JOBS}/{ONE}/diff", _endpoint(_diff), methods=["GET"]),
]


def rehearse(version: str) -> bytes:
    """A worked example of a job that is done."""
    accepted = datetime(2025, 4, 2, 10, 15, tzinfo=UTC)
    cause = CauseTold(signal="step_share", points=21.4, largest_for=9)
    sentence = "12 moved from low to review, because of step share (+21.4 points on average)"
    move = TransitionTold(before="low", after="review", creators=12, causes=(cause,), sentence=sentence)
    diff = DiffTold(
        previous="5f0c2d1b7e9a4c3d8b6f1a2e3d4c5b6a",
        same_model=True,
        moved=12,
        new=40,
        gone=3,
        same=948,
        transitions=(move,),
    )
    return (
        Job(
            id="9a7be04c51d24f6f8a3b0c9d1e2f3a4b",
            state="done",
            asked=Asked(name="roster", on_error="skip"),
            kind="ndjson",
            bytes=23_104_512,
            accepted_at=accepted,
            began_at=accepted.replace(second=1),
            finished_at=accepted.replace(second=9),
            model_version=version,
            progress=Progress(done=1_002, total=1_002, rate=128.4, seconds_left=0.0),
            errors=2,
            summary=Summary(low=801, review=142, high=55, unanswered=2, diff=diff),
        )
        .model_dump_json()
        .encode()
    )
