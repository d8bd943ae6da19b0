"""Batches, one of a worker after the other; a worker that is busy hands the next to one that has nothing to do.

All workers accept connections from one socket, and whoever is sooner gets one: of a few callers with batches, most may
come to one worker while another idles. So each worker listens on a Unix socket of its own as well. Two batches at once
in one worker would share its core, take longer than one after the other, and hold twice the memory.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Listener
from typing import TYPE_CHECKING
from uuid import uuid4

import orjson

from serving.api.problems import RequestError, failed
from serving.queues.alive import lives

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from serving.compat import Compat

log = logging.getLogger("bentoml.bonafide")

LOOK_SECONDS = 0.05
"""After which a batch that waits asks again whether another worker has nothing to do."""
ENDING = ".worker"
YES, NO = b"yes", b"no"
REFUSED = b""
"""In place of an answer: whoever handed the batch on finds out why."""


@dataclass(frozen=True)
class Batch:
    """A request for the scores of several creators.

    Attributes:
        body: Of the request.
        model: Version of the fraud model that was in service when it came.
        compat: The service in whose shape the answer is asked for.
        request_id: Under which it is recorded, once, even where a second worker answers it because the first one died.
    """

    body: bytes
    model: str
    compat: Compat | None = None
    request_id: str = field(default_factory=lambda: uuid4().hex)

    def heading(self) -> bytes:
        """All but the body."""
        return orjson.dumps({"model": self.model, "compat": self.compat, "request_id": self.request_id})


class Batches:
    """Answers batches in this process or, while it works on one, in another worker's.

    Args:
        answer: Answers one that comes from another worker, where this one can: it has the same model in service.
    """

    def __init__(self, answer: Callable[[Batch], bytes]) -> None:
        self._answer = answer
        self._at_work = threading.Lock()
        self._listener: Listener | None = None
        self._own: Path | None = None

    def listen(self, folder: Path) -> None:
        """Take batches of the other workers who listen in this folder, and give them some; where one can listen."""
        own = folder / f"{os.getpid()}{ENDING}"
        try:
            own.unlink(missing_ok=True)  # of a process that had this number before
            self._listener = Listener(str(own), "AF_UNIX", backlog=16)
        except OSError as error:  # such as a path that is too long for a socket
            log.warning("workers do not hand on batches: %s", error)
            return
        self._own = own
        threading.Thread(target=self._take, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Take no more of others; the folder goes with the last who listened there."""
        if self._listener is not None and self._own is not None:
            with suppress(FileNotFoundError):  # whoever tidies folders of temporary files removed the socket
                self._listener.close()
            self._own.unlink(missing_ok=True)
            for place in self._others():
                if not lives(int(place.stem)):  # a worker that was killed leaves its socket
                    place.unlink(missing_ok=True)
            with suppress(OSError):
                self._own.parent.rmdir()
            self._own = None

    def answer(self, batch: Batch, here: Callable[[], bytes]) -> bytes:
        """The answer to a batch, wherever it can be worked on sooner.

        Args:
            batch: Is handed on while this process works on another one.
            here: Answers it in this process; what it raises is why the batch is refused.
        """
        found: bytes | None = None
        wait = 0.0
        while not self._at_work.acquire(timeout=wait):
            found = self._handed_on(batch) if found is None else REFUSED
            if found:
                return found
            wait = LOOK_SECONDS
        try:
            return here()
        finally:
            self._at_work.release()

    def _handed_on(self, batch: Batch) -> bytes | None:
        """The answer of the first other worker who has nothing to do, or `REFUSED`; None where all are busy."""
        for place in self._others():
            try:
                with Client(str(place), "AF_UNIX") as other:
                    other.send_bytes(batch.heading())
                    if other.recv_bytes() != YES:
                        continue
                    other.send_bytes(batch.body)
                    return other.recv_bytes()
            except ConnectionRefusedError:  # it was killed, or does not listen yet
                if not lives(int(place.stem)):
                    place.unlink(missing_ok=True)
            except (OSError, EOFError):
                continue
        return None

    def _others(self) -> list[Path]:
        own = self._own
        found: list[Path] = []
        if own is not None:
            with suppress(FileNotFoundError):  # the last who listened took the folder along meanwhile
                found = sorted(own.parent.glob(f"*{ENDING}"))
        return [place for place in found if place != own]

    def _take(self, listener: Listener) -> None:
        """Say of each batch that is offered whether it can be worked on at once."""
        while True:
            try:
                other = listener.accept()
            except OSError:  # closed, or whoever asked is gone, or there are too many open files
                if self._own is None:
                    return
                time.sleep(LOOK_SECONDS)
                continue
            if self._at_work.acquire(blocking=False):
                self._begin_for(other)
            else:
                with other, suppress(OSError, EOFError):
                    other.send_bytes(NO)

    def _begin_for(self, other: Connection) -> None:
        try:
            threading.Thread(target=self._work_for, args=(other,), daemon=True).start()
        except RuntimeError as error:  # there are too many; whoever asked finds another worker
            log.warning("a batch of another worker could not be begun: %s", error)
            self._at_work.release()
            other.close()

    def _work_for(self, other: Connection) -> None:
        try:
            with other, suppress(OSError, EOFError):
                asked = orjson.loads(other.recv_bytes())
                other.send_bytes(YES)
                other.send_bytes(self._answered(Batch(other.recv_bytes(), **asked)))
        finally:
            self._at_work.release()

    def _answered(self, batch: Batch) -> bytes:
        try:
            return self._answer(batch)
        except RequestError:
            return REFUSED
        except Exception as error:
            failed(error)
            return REFUSED
