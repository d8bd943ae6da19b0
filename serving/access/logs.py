"""What the service writes: a JSON object a line, with the request that it belongs to, and nothing that was sent.

Of a request its route is written, not its path; no query, no header but a sane `X-Request-Id`, and nothing of a body.
"""

from __future__ import annotations

import logging
import re
import time
import traceback
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import orjson
from starlette.datastructures import Headers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Scope

log = logging.getLogger("bentoml.bonafide")

SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""A request's id that is taken over."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
WRITING = ("", "bentoml", "uvicorn.error", "circus")
"""The loggers to which BentoML gives handlers."""


@dataclass
class Note:
    """What is noted of a request while it is answered.

    Attributes:
        request_id: The caller's own, where it is sane, else one made here.
        route: The pattern of its path; None where there is nothing.
        key: The id of the key it came with.
        role: Of that key.
        model: The version of the fraud model that answered.
        status: Of the answer; None while there is none.
    """

    request_id: str
    method: str
    route: str | None
    key: str | None = None
    role: str | None = None
    model: str | None = None
    status: int | None = None
    began: float = field(default_factory=time.perf_counter)

    @classmethod
    def of(cls, scope: Scope, route: str | None) -> Note:
        """The note of a request that begins."""
        given = Headers(scope=scope).getlist("x-request-id")
        sane = len(given) == 1 and SANE.fullmatch(given[0])
        method = scope["method"]
        return cls(given[0] if sane else uuid4().hex, method if method in METHODS else "other", route)

    def write(self) -> None:
        """Write the line of a request that is answered, or that was left."""
        took = round((time.perf_counter() - self.began) * 1000, 1)
        told = {"method": self.method, "route": self.route, "status": self.status, "ms": took}
        log.info("request", extra={"told": {**told, "model": self.model, "key": self.key}})


_CURRENT: ContextVar[Note | None] = ContextVar("note", default=None)


def current() -> Note | None:
    """The note of the request that is being answered; None outside of one."""
    return _CURRENT.get()


@contextmanager
def noted(note: Note) -> Iterator[None]:
    """Lines written inside, and problem documents made there, belong to this request."""
    token = _CURRENT.set(note)
    try:
        yield
    finally:
        _CURRENT.reset(token)


class JsonLines(logging.Formatter):
    """A log record as one line of JSON. Of an exception it has type and place: the message may quote a record."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        time_ = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"time": time_.replace("+00:00", "Z"), "level": record.levelname.lower()}
        note = current()
        if note is not None:
            line["request_id"] = note.request_id
        line["message"] = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["at"] = "".join(traceback.format_tb(record.exc_info[2]))
        return orjson.dumps(line | getattr(record, "told", {}), default=str).decode()


def as_json() -> None:
    """Have BentoML's handlers write lines of JSON."""
    for name in WRITING:
        for handler in logging.getLogger(name or None).handlers:
            handler.setFormatter(JsonLines())
