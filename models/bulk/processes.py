"""The same done with many numbers by several processes, which end with the one that started them."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING

from models import lightgbm_alone
from models.garbage import uncollected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Each = Callable[[int], None]
    Done = Callable[[Sequence[int]], Iterator[int]]
    """Does something with each number, once, and gives the numbers as they are done."""

THREADS = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS")


@contextmanager
def ready(workers: int, prepare: Callable[[], Each], share: Callable[[], None]) -> Iterator[Done]:
    """Processes that get ready from now on, whenever there is something to do; this one where one is enough.

    Args:
        workers: Processes.
        prepare: Is called once in each process, in this one not before the first number; can be sent there. Gives
            what is done with a number; an error of it is raised for the numbers.
        share: Is called once in this process, while others begin with the first numbers; not where one is enough.
    """
    if workers == 1:
        yield partial(_done_here, prepare)
        return
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin, (prepare, os.getpid()))
    try:
        with _threads_of_each(workers):
            for _ in range(workers):  # the pool starts a process for each, as none is idle yet
                pool.submit(_prepared)
        yield partial(_done_by, pool, share)
    finally:
        pool.shutdown(cancel_futures=True)


def _done_here(prepare: Callable[[], Each], numbers: Sequence[int]) -> Iterator[int]:
    if numbers:
        each = prepare()
        for number in numbers:
            each(number)
            yield number


def _done_by(pool: ProcessPoolExecutor, share: Callable[[], None], numbers: Sequence[int]) -> Iterator[int]:
    asked = [pool.submit(_do, number) for number in numbers]
    pool.shutdown(wait=False)  # each ends once there is nothing left for it, and not after the last number was used
    if asked:
        share()
    for one in as_completed(asked):
        yield one.result()


@contextmanager
def _threads_of_each(workers: int) -> Iterator[None]:
    """Processes started meanwhile share the cores instead of each taking them all."""
    from models.settings import cores  # what a worker does not need

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
    """What a process of the pool was started for."""

    prepare: Callable[[], Each]


def _begin(prepare: Callable[[], Each], parent: int) -> None:
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    with uncollected():
        lightgbm_alone.load()
    _Worker.prepare = staticmethod(prepare)


@cache
def _each() -> Each:
    with uncollected():
        each = _Worker.prepare()
    gc.freeze()  # what was loaded stays: neither later searches for cycles nor the one at the end go over it
    return each


def _prepared() -> None:
    _each()


def _do(number: int) -> int:
    _each()(number)
    return number


def _end_with(parent: int) -> None:
    """A process whose parent was killed would wait for work for ever."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
