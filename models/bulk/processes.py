"""The same done with many numbers by several processes, which end with the one that started them."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import TYPE_CHECKING

from models.settings import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Each = Callable[[int], None]

THREADS = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS")


def done_by(workers: int, prepare: Callable[[], Each], numbers: Sequence[int]) -> Iterator[int]:
    """Do something with each number, in this process where one is enough; the numbers as they are done.

    Args:
        workers: Processes at most.
        prepare: Is called once in each process; can be sent there. Gives what is done with a number.
        numbers: Each is given to one process.
    """
    if min(workers, len(numbers)) > 1:
        yield from _done_by_several(min(workers, len(numbers)), prepare, numbers)
    elif numbers:
        each = prepare()
        for number in numbers:
            each(number)
            yield number


def _done_by_several(workers: int, prepare: Callable[[], Each], numbers: Sequence[int]) -> Iterator[int]:
    with _threads_of_each(workers):
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin, (prepare, os.getpid()))
        try:
            for one in as_completed([pool.submit(_do, number) for number in numbers]):
                yield one.result()
        finally:
            pool.shutdown(cancel_futures=True)


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
    """What a process of the pool does, from its start on."""

    each: Each


def _begin(prepare: Callable[[], Each], parent: int) -> None:
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _Worker.each = staticmethod(prepare())


def _do(number: int) -> int:
    _Worker.each(number)
    return number


def _end_with(parent: int) -> None:
    """A process whose parent was killed would wait for work for ever."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
