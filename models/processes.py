"""The same done with many numbers by several processes, which end with the one that started them.

They load their libraries from the time that they are started, which the first process can do before it loads its own
and knows what they are for: nothing here needs more than Python's library until then.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Self

from models import lightgbm_alone
from models.cores import cores
from models.garbage import uncollected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Each = Callable[[int], None]
    Done = Callable[[Sequence[int]], Iterator[int]]
    """Does something with each number, once, and gives the numbers as they are done."""

THREADS = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS")
LIBRARIES = ("models.bulk.work", "models.fraud", "models.scoring")
"""What takes long to load of that which any work needs."""


class Processes:
    """Processes that get ready once they are started; this one alone where one is enough.

    Args:
        workers: Processes.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        """They end with the block."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing that they have not begun is done any more."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def start(self) -> None:
        """Let them load their libraries; does nothing where they do already, or one is enough."""
        if self._workers > 1 and self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._workers, multiprocessing.get_context("spawn"), _begin, (os.getpid(),)
            )
            with _threads_of_each(self._workers):
                for _ in range(self._workers):  # the pool starts a process for each, as none is idle yet
                    self._pool.submit(_begun)

    def ready(self, prepare: Callable[[], Each], share: Callable[[], None]) -> Done:
        """Get ready for one work from now on.

        Args:
            prepare: Is called once in each process, in this one not before the first number; can be sent there. Gives
                what is done with a number; an error of it is raised for the numbers.
            share: Is called once in this process, while others begin with the first numbers; not where one is enough.
        """
        self.start()
        if self._pool is None:
            return partial(_done_here, prepare)
        for _ in range(self._workers):
            self._pool.submit(_prepared, prepare)
        return partial(_done_by, self._pool, prepare, share)


def _done_here(prepare: Callable[[], Each], numbers: Sequence[int]) -> Iterator[int]:
    if numbers:
        each = prepare()
        for number in numbers:
            each(number)
            yield number


def _done_by(
    pool: ProcessPoolExecutor, prepare: Callable[[], Each], share: Callable[[], None], numbers: Sequence[int]
) -> Iterator[int]:
    asked = [pool.submit(_do, prepare, number) for number in numbers]
    pool.shutdown(wait=False)  # each ends once there is nothing left for it, and not after the last number was used
    if asked:
        share()
    for one in as_completed(asked):
        yield one.result()


@contextmanager
def _threads_of_each(workers: int) -> Iterator[None]:
    """Processes started meanwhile share the cores instead of each taking them all."""
    threads = str(max(1, cores() // workers))
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, threads))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class _Worker:
    """What a process of the pool does with a number, once it is ready for that."""

    each: Each | None = None


def _begin(parent: int) -> None:
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    with uncollected():
        lightgbm_alone.load()
        for name in LIBRARIES:
            import_module(name)


def _begun() -> None:
    """A process that can answer has begun."""


def _each(prepare: Callable[[], Each]) -> Each:
    if _Worker.each is None:
        with uncollected():
            _Worker.each = staticmethod(prepare())
        gc.freeze()  # what was loaded stays: neither later searches for cycles nor the one at the end go over it
    return _Worker.each


def _prepared(prepare: Callable[[], Each]) -> None:
    _each(prepare)


def _do(prepare: Callable[[], Each], number: int) -> int:
    _each(prepare)(number)
    return number


def _end_with(parent: int) -> None:
    """A process whose parent was killed would wait for work for ever."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
