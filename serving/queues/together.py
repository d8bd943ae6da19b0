"""Requests for one score that wait at the same time are scored together.

Scoring ten creators together takes a third of the time for each (`bench/bench_endpoint.py`), so a service that falls
behind becomes faster. A request that finds the thread idle is scored at once. Only after it answered several together,
the thread waits for a moment: a caller with many connections asks again on all of them, and if the first of these were
scored alone, the others would wait for it at several times the cost.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING

from anyio import to_thread

from serving.access.limits import MOST_UNDER_WAY
from serving.api.problems import RequestError
from serving.queues import singles

if TYPE_CHECKING:
    from asyncio import Future, Task
    from collections.abc import Iterable, Sequence

    from anyio import CapacityLimiter

    from serving.queues.singles import Single

    Waiting = tuple[Single, Future[bytes]]

MOST_TOGETHER = MOST_UNDER_WAY
"""Creators scored together: all that a process takes on, as a few who are left over cost twice as much each."""
MOST_BYTES = 256 * 1024
"""Of a body that is scored with others, about ten times the usual: they would all wait for a larger one."""

PATIENCE = 0.5
"""Of the time that answers took together, how much is waited at most for those who were answered to ask again."""
LOOK_SECONDS = 0.01
"""After which it is looked whether they come fast enough."""

STOPPED = "The service stopped before the score was there; try again."


class Together:
    """Scores singles on a thread, at a time all that wait.

    Args:
        limiter: Of the threads that score.
        disk: Of the threads that wait for the ledger, which no scoring waits for.
    """

    def __init__(self, limiter: CapacityLimiter, disk: CapacityLimiter) -> None:
        self._limiter = limiter
        self._disk = disk
        self._waiting: deque[Waiting] = deque()
        self._wanted = 0
        self._enough = asyncio.Event()
        self._telling: set[Task[None]] = set()
        self._task: Task[None] | None = None

    async def answer(self, single: Single) -> bytes:
        """The answer's body, once it is in the ledger; RequestError where the request is refused."""
        future: Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.append((single, future))
        if len(self._waiting) >= self._wanted:
            self._enough.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), context=Context())  # not that of the first who asks
        return await future

    async def _work(self) -> None:
        taken: list[Waiting] = []
        try:
            while taken := self._taken():
                began = time.monotonic()
                found = await self._found([one for one, _ in taken])
                took, answered = time.monotonic() - began, len(taken)
                told, taken = self._told(taken, found), []
                if answered > 1:
                    await self._others(told, answered, took)
        except asyncio.CancelledError:
            _stopped([*taken, *self._waiting])
            raise

    async def _found(self, asked: list[Single]) -> Sequence[bytes | Exception]:
        try:
            return await to_thread.run_sync(singles.answers_to, asked, limiter=self._limiter)
        except Exception as error:
            return [error] * len(asked)

    def _told(self, taken: Sequence[Waiting], found: Sequence[bytes | Exception]) -> Task[None]:
        """What gives each its answer once that is in the ledger."""
        task = asyncio.create_task(self._tell(taken, found))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
        return task

    async def _tell(self, taken: Sequence[Waiting], found: Sequence[bytes | Exception]) -> None:
        try:
            for book in {one.book for one, _ in taken if one.book is not None}:
                await to_thread.run_sync(book.settle, limiter=self._disk)
        except asyncio.CancelledError:
            _stopped(taken)
            raise
        except Exception as error:
            found = [one if isinstance(one, Exception) else error for one in found]
        _give(taken, found)

    async def _others(self, told: Task[None], answered: int, took: float) -> None:
        """Wait until as many wait as were answered, for half of the time that this took at most.

        Once they are told, only while requests come as fast as they were answered: those of callers who do not wait
        for answers to ask again come slower, or wait already.
        """
        self._wanted = answered
        self._enough.clear()
        end = time.monotonic() + PATIENCE * took
        while (there := len(self._waiting)) < answered and (left := end - time.monotonic()) > 0:
            may_ask, seconds = told.done(), min(left, LOOK_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._enough.wait()
            if may_ask and len(self._waiting) - there < answered * seconds / took:
                return

    def _taken(self) -> list[Waiting]:
        """Those who waited longest; who has gone away meanwhile is left out."""
        taken: list[Waiting] = []
        while self._waiting and len(taken) < MOST_TOGETHER:
            single, future = self._waiting.popleft()
            if not future.done():
                taken.append((single, future))
        return taken


def _give(taken: Iterable[Waiting], found: Iterable[bytes | Exception]) -> None:
    for (_, future), answer in zip(taken, found, strict=True):
        if future.done():
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)


def _stopped(taken: Sequence[Waiting]) -> None:
    _give(taken, [RequestError(503, STOPPED, after=1)] * len(taken))
