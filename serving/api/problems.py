"""Errors over HTTP: one shape for every one of them, `application/problem+json` (RFC 9457).

`errors` lists what is wrong, each with a JSON pointer (RFC 6901) into the request's body. Names of
fields and ids may be named; no other value of a request is.
"""

from __future__ import annotations

import logging
import traceback
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response

from features.errors import BonafideError, RecordsError
from features.nouns import number_of
from serving.access import logs
from serving.api.responses import MOST_ERRORS, Fault, ProblemDocument

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from features.errors import Problem

log = logging.getLogger("bentoml.bonafide")

MEDIA_TYPE = "application/problem+json"


class RequestError(BonafideError):
    """A request was refused: the status to answer with, why, every fault found, and after how many seconds to retry."""

    def __init__(
        self,
        status: int,
        detail: str,
        faults: Sequence[Fault] = (),
        *,
        after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.detail = detail
        self.faults = tuple(faults)
        again = {} if after is None else {"retry-after": str(after)}
        self.headers = {**(headers or {}), **again}
        super().__init__(detail)


def of_records(error: RecordsError, place: Callable[[Problem], str]) -> RequestError:
    """The refusal of a request whose records were refused; `place` gives the pointer of each problem."""
    faults = [Fault(pointer=place(p), detail=p.message, ids=p.ids) for p in error.problems]
    return RequestError(400, f"{number_of(error.total, 'problem')} in the records; nothing was scored.", faults)


def pointer(*steps: str | int) -> str:
    """A JSON pointer.

    >>> pointer("creators", 3, "posts", 0, "a/b")
    '/creators/3/posts/0/a~1b'
    """
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def response(error: RequestError) -> Response:
    """The HTTP response that says what went wrong."""
    note = logs.current()
    document = ProblemDocument(
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        detail=error.detail,
        errors=error.faults[:MOST_ERRORS],
        request_id=None if note is None else note.request_id,
    )
    return Response(document.model_dump_json(exclude_none=True), error.status, error.headers, MEDIA_TYPE)


def failure(error: Exception) -> Response:
    """The response to an error that nobody foresaw; see `failed`."""
    return response(failed(error))


def failed(error: Exception) -> RequestError:
    """An error that nobody foresaw. Its type and place are logged; its message may quote a record."""
    place = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s while answering a request, at\n%s", type(error).__name__, place)
    return RequestError(500, "The service failed; its log says where.")


async def refusing(answer: Callable[[], Awaitable[Response]]) -> Response:
    """The answer, or the problem document of what went wrong."""
    try:
        return await answer()
    except RequestError as error:
        return response(error)
    except Exception as error:  # its message may quote a record, so it may not reach the server's log
        return failure(error)
