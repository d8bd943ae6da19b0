"""How much a process takes on at once, and how long it waits for a body.

What is over is refused at once: a request that waits long is given up by its caller, and answered for nobody.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from serving.api.problems import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Message, Receive

MOST_UNDER_WAY = 128
"""Requests of one process that are worked on or wait for it; of those for one score, as many are scored together."""
MOST_HELD = 256 * 1024 * 1024
"""Bytes of the bodies of these together: four of the largest."""
QUIET_SECONDS = 30.0
"""How long the next piece of a body may be on its way, and the first of it in all."""
LEAST_PACE = 10_000
"""Bytes a second that come after that on average: a byte now and then would hold a place for ever."""
AGAIN = 1
"""Seconds after which to try again."""

BUSY = "The service has as much to do as it takes on; try again shortly."
SLOW = f"The body does not arrive: nothing for {QUIET_SECONDS:.0f} seconds, or under {LEAST_PACE // 1000} kB a second."


class Capacity:
    """What one process has taken on.

    Attributes:
        under_way: Requests that were begun and are not answered.
        held: Bytes of their bodies that have arrived.
    """

    def __init__(self, most: int = MOST_UNDER_WAY, most_held: int = MOST_HELD, quiet: float = QUIET_SECONDS) -> None:
        self.under_way = 0
        self.held = 0
        self._most = most
        self._most_held = most_held
        self._quiet = quiet

    @contextmanager
    def taken(self, receive: Receive) -> Iterator[Receive]:
        """Take a request on until it is answered; gives what its body is to be received by.

        Raises:
            RequestError: 503 where there is no room; from the body also 408 where it does not come.
        """
        if self.under_way >= self._most:
            raise RequestError(503, BUSY, after=AGAIN)
        body = _Body(self, receive, self._quiet)
        self.under_way += 1
        try:
            yield body
        finally:
            self.under_way -= 1
            self.held -= body.size

    def hold(self, size: int) -> None:
        """Take on so many more bytes; RequestError where there is no room."""
        self.held += size
        if self.held > self._most_held:
            raise RequestError(503, BUSY, after=AGAIN)


class _Body:
    """The body of a request as it arrives."""

    def __init__(self, capacity: Capacity, receive: Receive, quiet: float) -> None:
        self.size = 0
        self._capacity = capacity
        self._receive = receive
        self._quiet = quiet
        self._until = time.monotonic() + quiet
        self._whole = False

    async def __call__(self) -> Message:
        """The next message; after the whole body this waits for as long as the connection lasts."""
        if self._whole:
            return await self._receive()
        left = self._until + self.size / LEAST_PACE - time.monotonic()
        try:
            async with asyncio.timeout(min(self._quiet, left)):
                message = await self._receive()
        except TimeoutError:
            raise RequestError(408, SLOW) from None
        self._whole = not message.get("more_body", False)
        size = len(message.get("body", b""))
        self.size += size
        self._capacity.hold(size)
        return message
