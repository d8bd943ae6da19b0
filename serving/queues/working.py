"""Work that takes a while, on threads, for callers who still wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import from_thread, to_thread

from serving.api.problems import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable

    from anyio import CapacityLimiter
    from starlette.requests import Request

GONE = "The connection was closed before the work was begun."


async def worked(request: Request, work: Callable[[], bytes], limiter: CapacityLimiter) -> bytes:
    """What the work gives, as soon as there is a thread for it; RequestError where nobody waits for it by then."""
    return await to_thread.run_sync(unless_gone, request, work, limiter=limiter)


def unless_gone(request: Request, work: Callable[[], bytes]) -> bytes:
    """What the work gives, on such a thread; RequestError where whoever asked has gone.

    Callers go when they have waited for long, and ask again: what they had asked for would keep others waiting.
    """
    if from_thread.run(request.is_disconnected):
        raise RequestError(400, GONE)
    return work()
