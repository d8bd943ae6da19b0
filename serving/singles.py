"""Requests for one score: those that wait for a thread at the same time are scored together.

Preparing and scoring costs a third as much for each of ten creators as for one alone (`bench/bench_endpoint.py`), so a
service that falls behind becomes faster. Whoever finds the thread idle is scored at once. Only after several were
answered together, the thread waits for a moment: who asks from many connections asks again on all of them, and were the
first of these scored alone, the others would wait for it at several times the cost. A creator's report depends on
nobody else, so the answer is the same to the last bit.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextvars import Context
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
from anyio import to_thread

from features import records
from models.garbage import uncollected
from models.reporting import reported
from serving.answers import field, recorded, refused_at
from serving.bodies import parse
from serving.compat import answers
from serving.problems import RequestError, pointer
from serving.requests import ScoreRequest

if TYPE_CHECKING:
    from asyncio import Future, Task
    from collections.abc import Iterable, Iterator, Sequence

    from anyio import CapacityLimiter

    from features.records import Tables
    from models.reporting import Reported
    from serving.book import Book
    from serving.compat import Compat
    from serving.loaded import Loaded

MOST_TOGETHER = 64
"""Creators scored together: more gain little, and all wait for the last."""
MOST_BYTES = 256 * 1024
"""Of a body that is scored with others, about ten times the usual: they would all wait for a larger one."""

PATIENCE = 0.25
"""Of the time that answers took together, how much is waited at most for those who were answered to ask again."""
LULL_SECONDS = 0.02
"""Without a further request, after which nobody else is waited for."""

STOPPED = "The service stopped before the score was there; try again."


@dataclass(frozen=True, eq=False)
class Single:
    """A request for one score: the models that were in service when it came, its body, where it is recorded, and the
    service in whose shape the answer is asked for."""

    loaded: Loaded
    body: bytes
    book: Book | None = None
    compat: Compat | None = None


class Together:
    """Scores singles on a thread, at a time all that wait.

    Args:
        limiter: Of the threads that score.
    """

    def __init__(self, limiter: CapacityLimiter) -> None:
        self._limiter = limiter
        self._waiting: deque[tuple[Single, Future[bytes]]] = deque()
        self._came = asyncio.Event()
        self._task: Task[None] | None = None

    async def answer(self, single: Single) -> bytes:
        """The answer's body; RequestError where the request is refused."""
        future: Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.append((single, future))
        self._came.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), context=Context())  # not that of the first who asks
        return await future

    async def _work(self) -> None:
        taken: list[tuple[Single, Future[bytes]]] = []
        try:
            while taken := self._taken():
                began = time.monotonic()
                _give(taken, await self._found([one for one, _ in taken]))
                await self._others(len(taken), PATIENCE * (time.monotonic() - began))
        except asyncio.CancelledError:
            left = [*taken, *self._waiting]
            _give(left, [RequestError(503, STOPPED, after=1)] * len(left))
            raise

    async def _found(self, singles: list[Single]) -> Sequence[bytes | Exception]:
        try:
            return await to_thread.run_sync(answers_to, singles, limiter=self._limiter)
        except Exception as error:
            return [error] * len(singles)

    async def _others(self, answered: int, most: float) -> None:
        """Wait until as many are there again as were answered, for `most` seconds or until it is quiet."""
        end = time.monotonic() + most
        while len(self._waiting) < answered and (left := end - time.monotonic()) > 0:
            self._came.clear()
            try:
                async with asyncio.timeout(min(left, LULL_SECONDS)):
                    await self._came.wait()
            except TimeoutError:
                return

    def _taken(self) -> list[tuple[Single, Future[bytes]]]:
        """Those who waited longest; who has gone away meanwhile is left out."""
        taken: list[tuple[Single, Future[bytes]]] = []
        while self._waiting and len(taken) < MOST_TOGETHER:
            single, future = self._waiting.popleft()
            if not future.done():
                taken.append((single, future))
        return taken


def _give(taken: Iterable[tuple[Single, Future[bytes]]], found: Iterable[bytes | Exception]) -> None:
    for (_, future), answer in zip(taken, found, strict=True):
        if future.done():
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)


def answer_alone(single: Single) -> bytes:
    """The answer to one; raises why it is refused."""
    [answer] = answers_to([single])
    if isinstance(answer, Exception):
        raise answer
    return answer


def answers_to(singles: Sequence[Single]) -> list[bytes | Exception]:
    """The answer to each, or why it is refused; what is wrong with one leaves the others as they are."""
    with uncollected():
        return _answers_to(singles)


def _answers_to(singles: Sequence[Single]) -> list[bytes | Exception]:
    found: dict[int, bytes | Exception] = {}
    asked: dict[int, ScoreRequest] = {}
    for place, single in enumerate(singles):
        try:
            asked[place] = parse(ScoreRequest, single.body)
        except RequestError as error:
            found[place] = error
    for places in _rounds(singles, asked):
        found |= zip(places, _scored([(singles[place], asked[place]) for place in places]), strict=True)
    return [found[place] for place in range(len(singles))]


def _rounds(singles: Sequence[Single], asked: dict[int, ScoreRequest]) -> Iterator[list[int]]:
    """Places of those that can be scored together: by the same models, in the same shape, and no creator twice."""
    rounds: dict[tuple[object, ...], list[int]] = {}
    times: dict[tuple[object, ...], int] = {}
    for place, request in asked.items():
        single = singles[place]
        alike = (id(single.loaded), id(single.book), single.compat, request.explain)
        creator = (*alike, str(request.creator.get("creator_id")))
        times[creator] = times.get(creator, 0) + 1
        rounds.setdefault((*alike, times[creator]), []).append(place)
    yield from rounds.values()


def _scored(asked: Sequence[tuple[Single, ScoreRequest]]) -> list[bytes | Exception]:
    """The answers to requests that can be scored together, recorded; each by itself where one of them is at fault."""
    single, request = asked[0]
    try:
        tables, made = _reported(single.loaded, request, single.compat, [each.creator for _, each in asked])
        bodies = list(_bodies(single, tables, made))
    except Exception as error:  # whatever it is, it is one request's own
        return [error] if len(asked) == 1 else [answer for one in asked for answer in _scored([one])]
    try:
        recorded(single.loaded, tables, single.book, made)
    except RequestError as error:
        return [error] * len(asked)
    return [*bodies]


def _reported(
    loaded: Loaded, request: ScoreRequest, compat: Compat | None, creators: list[dict[str, object]]
) -> tuple[Tables, Reported]:
    """The records of these creators, and their reports as the one request asks for them."""
    with refused_at(lambda problem: pointer("creator", *field(problem))):
        tables = records.read(creators, extra="refuse")
    explain = request.explain or compat is not None  # shapes are filled from the blocks of the explanation
    return tables, reported(loaded.fraud, tables, explain=explain, policy=loaded.policy)


def _bodies(single: Single, tables: Tables, made: Reported) -> Iterator[bytes]:
    if single.compat is None:
        yield from (report.model_dump_json().encode() for report in made.reports)
    else:
        shaped = answers(single.compat, made.reports, tables, single.loaded.fraud.context)
        yield from (orjson.dumps(answer) for answer in shaped)
