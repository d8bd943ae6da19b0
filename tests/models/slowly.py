"""A work of many numbers, each of which takes a while, for tests that stop it.

Libraries whose names are given are loaded first.
"""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING

from models.machine.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS, SECONDS = 6_000, 0.1


def prepared() -> Callable[[int], None]:
    return done


def done(number: int) -> None:
    """Which process begins with a number, told by that itself."""
    sys.stdout.write(f"{os.getpid()}\n")
    sys.stdout.flush()
    time.sleep(SECONDS)


def nothing() -> None:
    """There is nothing to share."""


def run() -> None:
    from tests.models import slowly  # under the name that other processes know it by

    with Processes(2) as processes:
        for _ in processes.ready(slowly.prepared, slowly.nothing)(range(NUMBERS)):
            pass


if __name__ == "__main__":
    for library in sys.argv[1:]:
        import_module(library)
    try:
        run()
    except KeyboardInterrupt:
        sys.exit(130)
