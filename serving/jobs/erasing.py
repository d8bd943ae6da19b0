"""Taking a creator out of the records of jobs that are not finished; what was scored lies in tables, as everywhere."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from features.errors import NotFoundError
from features.records import CREATORS
from features.records.coerce import from_list
from features.records.files import parse_json
from features.records.times import latest
from serving.jobs.room import records_file

if TYPE_CHECKING:
    from pathlib import Path

    from serving.jobs.room import Room

_POWER = re.compile(rb'"creator_id"\s*:\s*[0-9.]+[eE]')
"""A number that is written without its digits, as 1.2e3."""


def blank(room: Room, creator: str) -> tuple[int, list[str]]:
    """Overwrite the creator's lines with blanks, so that the parts of a job stay where they are.

    Returns:
        How many lines there were, and the ids of the jobs among them that are being worked on: one of their parts may
        be written with the creator in it after this.
    """
    lines, running = 0, []
    for stored in room.all():
        if stored.job.finished:
            continue
        with suppress(FileNotFoundError):  # of Parquet that is not unpacked; or the job is finished, or gone, by now
            found = _blank(records_file(room.place(stored.job.id), "ndjson"), creator)
            lines += found
            if found and _is_running(room, stored.job.id):
                running.append(stored.job.id)
    return lines, running


def _is_running(room: Room, job_id: str) -> bool:
    """Whether the job is worked on now: after its lines were overwritten, as it may have been begun meanwhile."""
    try:
        return room.get(job_id).job.state == "running"
    except NotFoundError:
        return False


def _blank(file: Path, creator: str) -> int:
    """In place and with the time of the file as it was, as a job is the same one as long as its file is."""
    before, lines = file.stat(), 0
    with file.open("r+b") as records:
        start = 0
        while line := records.readline():
            if _of(line, creator):
                records.seek(start)
                records.write(b" " * len(line.rstrip(b"\n")))
                records.seek(start + len(line))
                lines += 1
            start += len(line)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    return lines


def _of(line: bytes, creator: str) -> bool:
    if creator.encode() not in line and b"\\" not in line and not (creator.isdigit() and _POWER.search(line)):
        return False
    try:
        record = parse_json(line)
    except ValueError:
        return creator.encode() in line  # nothing of it is scored
    if not isinstance(record, dict) or record.get("creator_id") is None:
        return False
    named = from_list([record["creator_id"]], CREATORS.column("creator_id"), latest(None)).values
    return named.to_list() == [creator]  # 123.0 is read as 123
