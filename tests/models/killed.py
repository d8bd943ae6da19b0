"""A work of many numbers, of which a process is killed while it takes one, for a test of who waits for it."""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from models.machine import processes

if TYPE_CHECKING:
    from collections.abc import Callable


def prepared() -> Callable[[int], None]:
    return taking


def taking(number: int) -> None:
    """Is killed in the other process, which has the lock then, and for which the first one waits."""
    other = vars(processes._Worker).get("taken")
    if other is not None:
        other.get_lock().acquire()
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.1)


def nothing() -> None:
    """There is nothing to share."""


def run() -> None:
    from tests.models import killed  # under the name that other processes know it by

    processes.PATIENCE = 0.05
    with processes.Processes(2) as several:
        for _ in several.ready(killed.prepared, killed.nothing)(range(10_000)):
            pass


if __name__ == "__main__":
    try:
        run()
    except BrokenProcessPool:
        sys.stdout.write("told")
