"""The processes that work on a corpus: they load the models while it is still being cut."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING

from models.bulk.beginning import cut_in
from models.bulk.work import MAKING, Ready, Work
from models.machine.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from models.bulk.task import Task

SHARED = "shared"


@contextmanager
def getting_ready(folder: Path, task: Task, workers: int) -> Iterator[Ready]:
    """Processes that load the task's models, also while the corpus is still being cut, for `Work.doing` of that folder.

    Args:
        folder: Of the work.
        task: That of `begin`.
        workers: Processes.
    """
    with Processes(workers) as processes:
        yield ready(folder, task, processes)


def ready(folder: Path, task: Task, processes: Processes) -> Ready:
    """`getting_ready` by processes that may have been started already."""
    shared, making = shared_in_home() or folder / SHARED, folder / f"{MAKING}-{secrets.token_hex(8)}"
    done = processes.ready(partial(_Parts, folder, making, task, shared), partial(task.share, shared))
    return Ready(done, making)


def shared_in_home() -> Path | None:
    """Where what processes share is kept for later commands; None without a home that can be written to."""
    from models.settings import get_settings  # only who begins the work needs them

    home = get_settings().home.resolve()
    return home / SHARED if home.is_dir() and os.access(home, os.W_OK) else None


class _Parts:
    """What a process does with parts, each by its number: the models are there before the corpus is cut."""

    def __init__(self, folder: Path, making: Path, task: Task, shared: Path) -> None:
        self._folder, self._making, self._skip = folder, making, task.skip
        self._do = task.prepare(shared)

    def __call__(self, number: int) -> None:
        self._work.do_part(number, self._do, self._making)

    @cached_property
    def _work(self) -> Work:
        return Work(self._folder, cut_in(self._folder), skip=self._skip)
