"""A work of many numbers, each of which takes a while, for tests that stop it."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from models.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS, SECONDS = 600, 0.1


def prepared() -> Callable[[int], None]:
    return done


def done(number: int) -> None:
    time.sleep(SECONDS)


def nothing() -> None:
    """There is nothing to share."""


def run() -> None:
    from tests.models import slowly  # under the name that other processes know it by

    with Processes(2) as processes:
        for number in processes.ready(slowly.prepared, slowly.nothing)(range(NUMBERS)):
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    try:
        run()
    except KeyboardInterrupt:
        sys.exit(130)
