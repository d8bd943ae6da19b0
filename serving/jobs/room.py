"""Where jobs lie: a folder each in `BONAFIDE_HOME/jobs`, read by every process and written by one at a time.

```
jobs/<id>/job.json          the job, replaced as a whole
          records.ndjson    what was handed in (or .parquet, until it is unpacked); until the job is finished
          run/              what the engine has finished (`models.bulk`), which the results are read from
          errors.parquet    what is wrong with the records
          diff.parquet      what changed against another job
jobs/.arriving/<id>/        a job whose records are still arriving
jobs/.leaving/<id>/         a job that is being removed
```
"""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
import time
from collections import Counter
from typing import TYPE_CHECKING, get_args

from pydantic import ValidationError

from features.disk import flush
from features.errors import NotFoundError
from serving.jobs.job import State, Stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from serving.jobs.job import Job, Kind

ARRIVING, LEAVING = ".arriving", ".leaving"
FACTS, RUN, ERRORS, DIFF = "job.json", "run", "errors.parquet", "diff.parquet"
ABANDONED = 3_600.0
"""Seconds without a byte after which records that were arriving are given up; their process was killed."""
_ID = re.compile(r"[0-9a-f]{32}")


class Room:
    """All jobs.

    Attributes:
        folder: Where they lie; made when the first one arrives.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._finished: dict[str, str] = {}

    def states(self) -> dict[str, int]:
        """How many jobs there are in each state that one may be in; of those that are finished each is read once."""
        ids = set(self.ids())
        self._finished = {job_id: state for job_id, state in self._finished.items() if job_id in ids}
        found = Counter(self._finished.values())
        for job_id in ids - self._finished.keys():
            with contextlib.suppress(NotFoundError):
                job = self.get(job_id).job
                found[job.state] += 1
                if job.finished:
                    self._finished[job_id] = job.state
        return {state: found[state] for state in get_args(State) if state != "cancelled"}

    def place(self, job_id: str) -> Path:
        """The folder of a job, whether there is one or not; NotFoundError where no job can be called that."""
        if not _ID.fullmatch(job_id):
            raise NotFoundError("there is no such job")
        return self.folder / job_id

    def get(self, job_id: str) -> Stored:
        """A job; NotFoundError where there is none, or none that can be read: another version may have written it."""
        try:
            return Stored.model_validate_json((self.place(job_id) / FACTS).read_bytes())
        except (OSError, ValidationError):
            raise NotFoundError("there is no such job") from None

    def put(self, stored: Stored) -> None:
        """Replace what is known of a job, as a whole; NotFoundError where it was removed meanwhile."""
        _write(self.place(stored.job.id), stored)

    def ids(self) -> list[str]:
        """Of every job."""
        with contextlib.suppress(OSError):
            return [one.name for one in self.folder.iterdir() if _ID.fullmatch(one.name)]
        return []

    def all(self) -> list[Stored]:
        """Every job in the order in which they were accepted, which is that of the queue."""
        found = []
        for job_id in self.ids():
            with contextlib.suppress(NotFoundError):
                found.append(self.get(job_id))
        return sorted(found, key=lambda one: (one.job.accepted_at, one.job.id))

    def last(self, job: Job) -> Job | None:
        """The job of the same name that was done last before this one; none for a job without a name."""
        if job.asked.name is None:
            return None
        others = (one.job for one in self.all() if one.job.asked.name == job.asked.name and one.job.id != job.id)
        done = [one for one in others if one.state == "done"]
        return max(done, key=lambda one: one.accepted_at, default=None)

    def make(self) -> None:
        """Make the folder, where it is not there: records are people's, so that only the service's user may enter."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def arrive(self) -> Path:
        """An empty folder for records that are arriving; its name is the id that the job will have."""
        self.make()
        place = self.folder / ARRIVING / secrets.token_hex(16)
        place.mkdir(parents=True)
        return place

    def arriving(self) -> int:
        """How many jobs' records are arriving."""
        with contextlib.suppress(FileNotFoundError):
            return sum(1 for _ in (self.folder / ARRIVING).iterdir())
        return 0

    def accept(self, arrived: Path, stored: Stored) -> None:
        """Make a job of what has arrived whole; it outlives the machine's end when this returns."""
        _write(arrived, stored)
        for one in (*arrived.iterdir(), arrived):
            flush(one)
        arrived.rename(self.place(stored.job.id))
        for above in (self.folder, self.folder.parent):
            flush(above)

    def remove(self, job_id: str) -> None:
        """Take a job away at once, whoever is working on it; NotFoundError where there is none."""
        leaving = self.folder / LEAVING / f"{job_id}-{secrets.token_hex(4)}"
        leaving.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.place(job_id).rename(leaving)
        except OSError:
            raise NotFoundError("there is no such job") from None
        shutil.rmtree(leaving, ignore_errors=True)

    def clear(self, job: Job) -> None:
        """Remove what a finished job needs no more: its records, and what was scored where that is not given."""
        place = self.place(job.id)
        with contextlib.suppress(FileNotFoundError):  # it was removed meanwhile
            run = place / RUN
            for rest in (*place.glob("records.*"), *run.glob("*/*/*.json"), *run.glob("*/*/*.signals")):
                rest.unlink(missing_ok=True)
        if job.state != "done":
            shutil.rmtree(place / RUN, ignore_errors=True)

    def tidy(self, finished_before: datetime) -> None:
        """Remove jobs that were finished before then, and what processes that were killed have left behind."""
        for one in self.all():
            if one.job.finished_at is not None and one.job.finished_at < finished_before:
                with contextlib.suppress(NotFoundError):
                    self.remove(one.job.id)
            elif one.job.finished:
                self.clear(one.job)
        for rest in self._rests():
            shutil.rmtree(rest, ignore_errors=True)

    def _rests(self) -> Iterator[Path]:
        yield from (self.folder / LEAVING).glob("*")
        yield from (place for job_id in self.ids() if not ((place := self.place(job_id)) / FACTS).is_file())
        for arriving in (self.folder / ARRIVING).glob("*"):
            with contextlib.suppress(FileNotFoundError):  # it has become a job meanwhile
                last = max(one.stat().st_mtime for one in (arriving, *arriving.glob("*")))
                if time.time() - last > ABANDONED:
                    yield arriving


def records_file(place: Path, kind: Kind) -> Path:
    """Where the records of a job lie."""
    return place / f"records.{kind}"


def _write(place: Path, stored: Stored) -> None:
    """Within the folder and never making it: a job that was removed does not come back."""
    fresh = place / f".{FACTS}"
    try:
        fresh.write_text(stored.model_dump_json(), encoding="utf-8")
        flush(fresh)
        fresh.replace(place / FACTS)
    except FileNotFoundError:
        raise NotFoundError("the job was removed") from None
