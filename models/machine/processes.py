"""The same done with many numbers by several processes: one that starts the others, and works as they do.

The others load their libraries from the time that they are started, which the first process can do before it loads its
own and knows what they are for: nothing here needs more than Python's library until then. Each process takes the next
number that nobody has taken, so none waits while there is one. The others end with the first.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Self

from models.boosters import lightgbm_alone
from models.machine.cores import cores
from models.machine.garbage import loading, uncollected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from multiprocessing.context import BaseContext
    from multiprocessing.sharedctypes import Synchronized

    Each = Callable[[int], None]
    Done = Callable[[Sequence[int]], Iterator[int]]
    """Does something with each number, once, and gives the numbers as they are done."""

THREADS = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS")
QUIET = "ignore:resource_tracker:UserWarning"
"""Python removes the semaphores of a process that was killed, and would warn of them."""
ALL = 2**62
"""More numbers than there are."""
LOOK_SECONDS = 0.5
"""After which a process looks again whether the one that it ends with is there."""
PATIENCE = 5.0
"""Seconds for a process to take a number, which takes it microseconds."""
WITH_THREADS = {"numpy", "polars"}
"""Libraries that have threads of their own, or load others that have."""
LIBRARIES = ("models.bulk.workers", "models.fraud", "models.scoring")
"""What takes long to load of that which any work needs."""


class Processes:
    """This process and others, which get ready once they are started.

    Args:
        workers: Processes, this one included.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._others: _Others | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """The others end with the block."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing that the others have not begun is done any more."""
        self._open.close()

    def start(self) -> None:
        """Let the others load their libraries; does nothing where they do already, or one process is enough."""
        if self._workers > 1 and self._others is None:
            self._open.enter_context(_environment(_of_each(self._workers)))
            self._others = self._open.enter_context(_Others(self._workers - 1))

    def ready(self, prepare: Callable[[], Each], share: Callable[[], None]) -> Done:
        """Get ready for one work from now on.

        Args:
            prepare: Is called once in each process, in this one not before the first number; can be sent there. Gives
                what is done with a number; an error of it is raised for the numbers.
            share: Is called once in this process, while others begin with the first numbers; not where one is enough.
        """
        self.start()
        if self._others is None:
            return partial(_done_here, prepare)
        self._others.prepare(prepare)
        return partial(_done_by_all, self._others, prepare, share)


class _Others:
    """The processes beside this one, and how many numbers all of them have taken."""

    def __init__(self, count: int) -> None:
        context = _context()
        self.count = count
        self.taken: Synchronized[int] = context.Value("q", 0)
        self.pool = ProcessPoolExecutor(count, context, _begin, (os.getpid(), self.taken))
        for _ in range(count):  # the pool starts a process for each, as none is idle yet
            self.pool.submit(_begun)

    def __enter__(self) -> Self:
        """They end with the block."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing that they have not begun is done any more: once `help` was called, the pool cancels nothing.

        The lock is not waited for without end: a process that was killed while it had it never gives it back.
        """
        lock = self.taken.get_lock()
        held = lock.acquire(timeout=PATIENCE)
        self.taken.get_obj().value = ALL
        if held:
            lock.release()
        self.pool.shutdown(cancel_futures=True)

    def prepare(self, prepare: Callable[[], Each]) -> None:
        """Let them get ready."""
        for _ in range(self.count):
            self.pool.submit(_prepared, prepare)

    def help(self, prepare: Callable[[], Each], numbers: Sequence[int]) -> deque[Future[int | None]]:
        """What they do, a number each; None of those for whom none was left. They end after it."""
        asked = deque(self.pool.submit(_do_next, prepare, numbers) for _ in numbers)
        self.pool.shutdown(wait=False)
        return asked


def _context() -> BaseContext:
    """How the others begin: as copies of a process that has loaded no library yet, which need not load all that it has
    once more. Of one with threads a copy has none of them but one, and the locks of the rest are never given back; it
    is begun anew instead.
    """
    fresh = sys.platform == "linux" and threading.active_count() == 1 and not WITH_THREADS & sys.modules.keys()
    return multiprocessing.get_context("fork" if fresh else "spawn")


def _done_here(prepare: Callable[[], Each], numbers: Sequence[int]) -> Iterator[int]:
    if numbers:
        each = prepare()
        for number in numbers:
            each(number)
            yield number


def _done_by_all(
    others: _Others, prepare: Callable[[], Each], share: Callable[[], None], numbers: Sequence[int]
) -> Iterator[int]:
    asked = others.help(prepare, numbers)
    if not numbers:
        return
    share()
    with uncollected():
        each = prepare()
    while (number := _taken(numbers, others.taken, asked)) is not None:
        each(number)
        yield number
        while asked and asked[0].done():  # they come to an end in nearly the order in which they were asked for
            yield from _number_of(asked.popleft())
    for one in asked:
        yield from _number_of(one)


def _taken(numbers: Sequence[int], taken: Synchronized[int], asked: Iterable[Future[int | None]] = ()) -> int | None:
    """The next number, for whom asks first.

    Args:
        numbers: All of them.
        taken: How many of them are taken.
        asked: What others do; an error of it is raised where the number is long in coming, since a process that was
            killed while it took one would be waited for without end.
    """
    lock = taken.get_lock()
    while not lock.acquire(timeout=PATIENCE):
        for one in asked:
            if one.done():
                one.result()
    try:
        place = taken.value
        taken.value += 1
    finally:
        lock.release()
    return numbers[place] if place < len(numbers) else None


def _number_of(one: Future[int | None]) -> Iterator[int]:
    number = one.result()
    if number is not None:
        yield number


def _of_each(workers: int) -> dict[str, str]:
    """The environment of processes that share the cores instead of each taking them all, and of their keeper."""
    warnings = filter(None, (os.environ.get("PYTHONWARNINGS"), QUIET))
    return {**dict.fromkeys(THREADS, str(max(1, cores() // workers))), "PYTHONWARNINGS": ",".join(warnings)}


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Variables of the processes that are started, and the libraries that are loaded, meanwhile."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
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
    taken: Synchronized[int]


def _begin(parent: int, taken: Synchronized[int]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # which ends it without a word; the first process says what there is
    _Worker.taken = taken
    end_with(parent)
    with loading():
        lightgbm_alone.load()
        for name in LIBRARIES:
            import_module(name)


def _begun() -> None:
    """A process that can answer has begun."""


def _each(prepare: Callable[[], Each]) -> Each:
    if _Worker.each is None:
        with loading():
            _Worker.each = staticmethod(prepare())
    return _Worker.each


def _prepared(prepare: Callable[[], Each]) -> None:
    _each(prepare)


def _do_next(prepare: Callable[[], Each], numbers: Sequence[int]) -> int | None:
    each, number = _each(prepare), _taken(numbers, _Worker.taken)
    if number is not None:
        each(number)
    return number


def end_with(parent: int) -> None:
    """End this process with another one, which may be gone already: nobody else would end it."""
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)
