"""Taking in a job's records: streamed to disk as they come, never held in memory."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import anyio
from anyio import to_thread
from pydantic import StringConstraints, TypeAdapter
from starlette.requests import ClientDisconnect

from features.errors import NotFoundError
from serving.api.parameters import Parameter, parameters
from serving.api.problems import RequestError
from serving.api.responses import Fault
from serving.jobs.job import NDJSON_TYPE, PARQUET_TYPE, Asked, Job, Kind, OnError, Stored
from serving.jobs.room import records_file
from serving.jobs.unpacking import LONGEST_LINE, MOST_CREATORS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request

    from serving.jobs.room import Room

KINDS: dict[str, Kind] = {
    NDJSON_TYPE: "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    PARQUET_TYPE: "parquet",
    "application/x-parquet": "parquet",
}
MAGIC = b"PAR1"
MOST_WAITING = 100
"""Jobs that may wait or be on their way: each of the latter holds a connection and a file for as long as it comes."""
PIECE = 4_000_000
"""Bytes that are collected before the disk is asked."""
SILENCE = 60.0
"""Seconds without a byte after which a caller is given up."""
ID = r"^[0-9a-f]{32}$"
NAME = r"^[\w .-]{1,100}$"
NO_PREVIOUS = "There is no such job to compare with."
UNDONE = "The job to compare with has no result, or none yet."
AGAIN = 60
"""Seconds after which to try again where there is no room."""


@dataclass
class _Count:
    """What has been seen of a stream of lines."""

    size: int = 0
    lines: int = 0
    line: int = 0

    def add(self, piece: bytes, kind: Kind, most: int) -> None:
        """Take note of some bytes; RequestError as soon as they are more than a job may have."""
        self.size += len(piece)
        if self.size > most:
            raise too_large(most)
        if kind != "ndjson":
            return
        self.lines += piece.count(b"\n")
        first, last = piece.find(b"\n"), piece.rfind(b"\n")
        longest = self.line + (len(piece) if first < 0 else first)
        self.line = longest if last < 0 else len(piece) - 1 - last
        inside = last - first > LONGEST_LINE and max(map(len, piece[first:last].split(b"\n"))) > LONGEST_LINE
        if max(longest, self.line) > LONGEST_LINE or inside:
            at = self.lines + 1
            raise RequestError(413, f"A creator's record near line {at} is larger than {LONGEST_LINE // 10**6} MB.")
        if self.lines > MOST_CREATORS:
            raise RequestError(413, f"There are more than {MOST_CREATORS:,} creators; send several jobs.")


async def accept(request: Request, room: Room, most: int) -> Job:
    """Take in a job.

    Args:
        request: Its query says what is asked, its body has the records.
        room: Where jobs lie.
        most: Bytes of records that are taken.

    Raises:
        RequestError: It is not taken, and why.
    """
    asked, kind = await to_thread.run_sync(_asked, request, room), _kind(request)
    if int(request.headers.get("content-length", 0)) > most:
        raise too_large(most)
    async with _arriving(room) as place:
        size = await _receive(request, records_file(place, kind), kind, most)
        if not size:
            raise RequestError(400, "The body is empty; send one creator a line, or a Parquet file.")
        job = Job(id=place.name, state="queued", asked=asked, kind=kind, bytes=size, accepted_at=datetime.now(UTC))
        await to_thread.run_sync(room.accept, place, Stored(job=job))
    return job


@asynccontextmanager
async def _arriving(room: Room) -> AsyncIterator[Path]:
    """A folder to fill, gone in the end unless it became a job; a full disk is answered with 507."""
    place = None
    try:
        place = await to_thread.run_sync(room.arrive)
        yield place
    except OSError:
        raise RequestError(
            507, "The records cannot be kept: the service's disk is full or cannot be written."
        ) from None
    finally:
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)


async def _receive(request: Request, file: Path, kind: Kind, most: int) -> int:
    """Write the body to a file; how many bytes there were."""
    count = _Count()
    with await to_thread.run_sync(file.open, "wb") as out:
        async for piece in _pieces(request):
            count.add(piece, kind, most)
            await to_thread.run_sync(out.write, piece)
    if kind == "parquet" and not await to_thread.run_sync(_is_parquet, file):
        raise RequestError(400, "The body is not a Parquet file.")
    return count.size


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces worth a write."""
    held = bytearray()
    stream = request.stream()
    try:
        while True:
            with anyio.fail_after(SILENCE):
                chunk = await anext(stream, None)
            held += chunk or b""
            if held and (chunk is None or len(held) >= PIECE):
                yield bytes(held)
                held.clear()
            if chunk is None:
                return
    except ClientDisconnect:
        raise RequestError(400, "The connection was closed before the whole body had arrived.") from None
    except TimeoutError:
        raise RequestError(408, f"Nothing arrived for {SILENCE:.0f} seconds.") from None


def _is_parquet(file: Path) -> bool:
    """Whether a file begins and ends as Parquet does; the rest is looked at where it can do no harm."""
    with file.open("rb") as content:
        first = content.read(len(MAGIC))
        content.seek(max(content.seek(0, 2) - len(MAGIC), 0))
        return first == MAGIC == content.read()


def _kind(request: Request) -> Kind:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in KINDS:
        raise RequestError(415, f"Send the records as {NDJSON_TYPE}, one creator a line, or as {PARQUET_TYPE}.")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise RequestError(415, "Send the body as it is, without a content encoding.")
    return KINDS[given]


def _asked(request: Request, room: Room) -> Asked:
    """What the query asks; RequestError naming every parameter at fault, or that too many jobs wait."""
    asked = Asked.model_validate(parameters(request, _TAKEN))
    if asked.previous is not None:
        _comparable(asked.previous, room)
    if room.arriving() + sum(not one.job.finished for one in room.all()) >= MOST_WAITING:
        raise RequestError(429, f"{MOST_WAITING} jobs wait already; try again later.", after=AGAIN)
    return asked


def _comparable(job_id: str, room: Room) -> None:
    """RequestError unless there is a job of that id with a result."""
    try:
        done = room.get(job_id).job.state == "done"
    except NotFoundError:
        raise RequestError(404, NO_PREVIOUS, [Fault(pointer="", parameter="previous", detail=NO_PREVIOUS)]) from None
    if not done:
        raise RequestError(409, UNDONE, [Fault(pointer="", parameter="previous", detail=UNDONE)])


def too_large(most: int) -> RequestError:
    """The refusal of records that are too many."""
    return RequestError(413, f"The records are larger than {most / 10**9:g} GB; send several jobs.")


_TAKEN = {
    "name": Parameter(
        TypeAdapter(Annotated[str, StringConstraints(pattern=NAME)]),
        "Must be 1 to 100 letters, digits, blanks, dots, dashes or underscores.",
    ),
    "explain": Parameter(TypeAdapter(bool), "Must be true or false."),
    "on_error": Parameter(TypeAdapter(OnError), "Must be refuse or skip."),
    "previous": Parameter(TypeAdapter(Annotated[str, StringConstraints(pattern=ID)]), "Must be the id of a job."),
}
