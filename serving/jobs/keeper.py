"""Sees to it, from every process of the service, that there is one runner, and tells what jobs there are."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from threading import Event, Thread
from typing import TYPE_CHECKING

from serving import metrics
from serving.jobs.room import Room
from serving.jobs.runner import running

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger("bentoml.bonafide")

PAUSE = 2.0
"""Seconds between two looks."""
PATIENCE = 5.0
"""Seconds for a runner to end when it is told to."""


class Keeper:
    """Starts the runner where there is none; several at once are harmless, as only one gets its lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._room = Room(folder)
        self._stop = Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Look from now on, on a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more, and end the runner that this process started; its job goes on with the next."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def look(self) -> None:
        """Start a runner if nobody works."""
        mine = self._process is not None and self._process.poll() is None
        if not mine and not running(self.folder):
            here = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}  # this code, wherever a Bento was unpacked
            command = [sys.executable, "-m", "serving.jobs.runner", str(os.getpid())]
            self._process = subprocess.Popen(command, env=os.environ | here)  # noqa: S603 - of this code alone

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
                metrics.jobs(self._room.states())
            except Exception as error:  # the next look may do better; without this there would be none
                said = error.strerror if isinstance(error, OSError) else type(error).__name__
                log.error("jobs could not be looked after: %s", said)
            self._stop.wait(PAUSE)
