"""The process that works on jobs: one for the whole service, one job after the other in the order they came.

A lock on a file, which the system frees when its holder dies in whatever way, lets one run at a time. It has a low
priority, so that requests are answered meanwhile, and ends with the process that started it; another one then starts
the next (see `serving.jobs.keeper`), which goes on where it was.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sys
import time
import traceback
import warnings
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from features.errors import NotFoundError, RecordsWarning
from models.machine.processes import end_with
from models.settings import get_settings, telemetry_off
from serving.jobs.room import Room
from serving.jobs.work import finish

if TYPE_CHECKING:
    from io import BufferedWriter
    from pathlib import Path

    from models.settings import Settings
    from serving.jobs.job import Stored

log = logging.getLogger("bentoml.bonafide")

LOCK = ".runner"
NICE = 10
PAUSE = 0.5
"""Seconds between two looks for jobs."""
TRIES, AGAIN = 20, 0.05
"""How often, and after how many seconds, the lock is asked for again: whoever looks at it has it for that moment."""
TIDY = 600.0
"""Seconds between two looks for what is to be removed."""
FAILED = "The service failed at it; its log says where."


class Runner:
    """Works on the jobs of a room.

    Args:
        room: Where they lie.
        settings: What they are done with, and how long they are kept.
    """

    def __init__(self, room: Room, settings: Settings) -> None:
        self.room = room
        self.settings = settings
        self._finished: set[str] = set()
        self._tidied = float("-inf")

    def look(self) -> bool:
        """Work on the job that waits longest; False where none waits."""
        self.tidy()
        stored = self._next()
        if stored is None:
            return False
        job_id = stored.job.id
        try:
            finish(self.room, stored, self.settings, self.tidy)
        except NotFoundError:
            self._gone()
        except Exception as error:  # its message may quote a record
            place = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s while working on a job, at\n%s", type(error).__name__, place)
            self._fail(job_id)
        return True

    def tidy(self) -> None:
        """Now and then, remove what need not be kept any longer; the job that is worked on does not suffer from it."""
        if time.monotonic() - self._tidied > TIDY:
            self._tidied = time.monotonic()
            try:
                self.room.tidy(datetime.now(UTC) - timedelta(days=self.settings.job_days))
            except OSError as error:
                log.error("jobs that need not be kept could not be removed: %s", error.strerror)

    def _next(self) -> Stored | None:
        waiting = []
        for job_id in set(self.room.ids()) - self._finished:
            try:
                stored = self.room.get(job_id)
            except NotFoundError:
                continue
            if stored.job.finished:
                self._finished.add(job_id)
            else:
                waiting.append(stored)
        return min(waiting, key=lambda one: (one.job.accepted_at, one.job.id), default=None)

    def _fail(self, job_id: str) -> None:
        try:
            stored = self.room.get(job_id)
            ended = {"state": "failed", "problem": FAILED, "finished_at": datetime.now(UTC)}
            job = stored.job.model_copy(update=ended)
            self.room.put(stored.model_copy(update={"job": job}))
            self.room.clear(job)
        except NotFoundError:
            self._gone()

    def _gone(self) -> None:
        """A part that was being written when the job was removed may have come after it."""
        self._tidied = float("-inf")
        log.info("a job was removed while it was worked on")


def main(parent: int) -> int:
    """Work for as long as the process that started this one lives; at once 0 where another one works already.

    Args:
        parent: That process. It may be gone before this one has come so far as to ask the system for it.
    """
    end_with(parent)
    telemetry_off()
    warnings.simplefilter("ignore", RecordsWarning)  # it may name what a record holds
    settings = get_settings()
    room = Room(settings.jobs_folder)
    room.make()
    with (room.folder / LOCK).open("wb") as lock:
        if not _alone(lock):
            return 0
        os.nice(NICE)
        runner = Runner(room, settings)
        while True:
            if not runner.look():
                time.sleep(PAUSE)


def _alone(lock: BufferedWriter) -> bool:
    """Whether this process has the lock from now on; another runner has it for longer than `running` does."""
    for _ in range(TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(AGAIN)
    return False


def running(folder: Path) -> bool:
    """Whether a runner works on the jobs of that folder now."""
    try:
        with (folder / LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except FileNotFoundError:
        return False
    except OSError:
        return True


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
