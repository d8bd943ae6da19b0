"""Requests as they go out and answers as they come back, asked for again where the service says when."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from serving.api.responses import ProblemDocument
from serving.jobs.job import NDJSON_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx

    from serving.client.media import Body

AGAIN = frozenset({429, 503})
"""Refusals before any work was done; each is sent again where `Retry-After` says when."""

JSON_BODY = {"content-type": "application/json"}

Json = dict[str, object]
Answer = TypeVar("Answer")


class Refused(Exception):  # noqa: N818 - what happened, as in `except Refused`
    """The service refused a request, or failed at it.

    Attributes:
        problem: The problem document (RFC 9457): status, why, and each field at fault by a JSON pointer.
    """

    def __init__(self, problem: ProblemDocument) -> None:
        self.problem = problem
        places = "; ".join(f"{one.parameter or one.pointer}: {one.detail}" for one in problem.errors[:3])
        super().__init__(f"{problem.status}: {problem.detail}" + (f" ({places})" if places else ""))

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status


@dataclass(frozen=True)
class Call:
    """A request: what makes its body is called anew where it is sent again, if it can be."""

    method: str
    path: str
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    body: Body | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    again: bool = True


class Connection:
    """To one service; may be used by several threads.

    Args:
        http: What sends requests.
        patience: Seconds that a call may wait in all where the service says when to come again.
    """

    def __init__(self, http: httpx.Client, patience: float) -> None:
        self._http = http
        self._patience = patience

    def close(self) -> None:
        """Close what is kept open."""
        self._http.close()

    def get(self, path: str, kind: type[Answer], **parameters: str) -> Answer:
        """Ask for what is there, as its type."""
        return self.read(Call("GET", path, parameters), kind)

    def post(self, path: str, asked: Mapping[str, object], kind: type[Answer], **parameters: str | None) -> Answer:
        """Send what is asked as JSON, without what is None; the answer as its type."""
        body = orjson.dumps({name: value for name, value in asked.items() if value is not None})
        return self.read(Call("POST", path, parameters, lambda: body, JSON_BODY), kind)

    def read(self, call: Call, kind: type[Answer]) -> Answer:
        """The answer as its type; what a newer service tells beyond it is left out."""
        with self._answered(call) as answer:
            return TypeAdapter(kind).validate_json(answer.read(), extra="ignore")

    def text(self, path: str) -> str:
        """The answer as it is."""
        with self._answered(Call("GET", path)) as answer:
            return answer.read().decode()

    def rows(self, path: str) -> Iterator[Json]:
        """The lines of an answer as they arrive."""
        with self._answered(Call("GET", path, headers={"accept": NDJSON_TYPE})) as answer:
            for line in answer.iter_lines():
                yield orjson.loads(line)

    @contextmanager
    def _answered(self, call: Call) -> Iterator[httpx.Response]:
        """An answer that is no refusal, asked for again as often as there is patience for."""
        parameters = {name: value for name, value in call.parameters.items() if value is not None}
        end = time.monotonic() + self._patience
        while True:
            body = None if call.body is None else call.body()
            asked = self._http.build_request(
                call.method, call.path, params=parameters, content=body, headers=call.headers
            )
            answer = self._http.send(asked, stream=True)
            try:
                if answer.is_success:
                    yield answer
                    return
                answer.read()
            finally:
                answer.close()
            wait = _wait(answer) if call.again else None
            if wait is None or time.monotonic() + wait > end:
                raise Refused(_problem(answer))
            time.sleep(wait)


def _wait(answer: httpx.Response) -> float | None:
    """Seconds until the same may be sent again; None where that is not said, or would be no use."""
    told = answer.headers.get("retry-after", "").strip()
    if answer.status_code not in AGAIN or not told:
        return None
    if told.isdecimal():
        return float(told)
    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - time.time())
    except ValueError:
        return None


def _problem(answer: httpx.Response) -> ProblemDocument:
    """What the answer says went wrong; of one that is no problem document, as a proxy's, the status."""
    try:
        return TypeAdapter(ProblemDocument).validate_json(answer.content, extra="ignore")
    except ValidationError:
        told = "The answer is no problem document; something before the service may have given it."
        return ProblemDocument(title=answer.reason_phrase, status=answer.status_code, detail=told)
