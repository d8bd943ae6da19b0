"""What a person sees in place of a problem document; without a key that is good, the form to sign in."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from serving.access import logs
from serving.access.gate import NO_KEY
from serving.api import problems
from serving.api.problems import RequestError
from serving.api.responses import MOST_ERRORS
from serving.pages.site import Site, html, render

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response

HEADINGS = {
    HTTPStatus.BAD_REQUEST: "This does not work as it is",
    HTTPStatus.FORBIDDEN: "This is not allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "This is too much at once",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something broke",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not at the moment",
}
"""What a person reads in place of HTTP's own phrase."""


MOST_UP = 20  # folders; so deep an address is no slip of the hand, and its page may be plain


def refusal(error: RequestError, path: str = "/") -> Response:
    """The page that says what went wrong and what to do about it, at the path that was asked for."""
    note = logs.current()
    status = HTTPStatus(error.status)
    content = render(
        "sign-in.html.j2" if error.status == HTTPStatus.UNAUTHORIZED else "refusal.html.j2",
        Site(here="", signed_in=error.status == HTTPStatus.FORBIDDEN, root=_root(path)),
        heading=HEADINGS.get(status, status.phrase),
        detail=None if error.detail == NO_KEY else error.detail,  # which says how a program sends it
        faults=error.faults[:MOST_ERRORS],
        request_id=None if note is None else note.request_id,
    )
    return html(content, error.status, error.headers)


def _root(path: str) -> str:
    """From a path to the start.

    >>> [_root(path) for path in ("/", "/rank", "/rank/", "/a/b/c")]
    ['./', './', '../', '../../']
    """
    return "../" * min(path.count("/") - 1, MOST_UP) or "./"


async def showing(answer: Callable[[], Awaitable[Response]]) -> Response:
    """The answer, or the page that says what went wrong."""
    try:
        return await answer()
    except RequestError as error:
        return refusal(error)
    except Exception as error:  # its message may quote a record, so it may not reach the server's log
        return refusal(problems.failed(error))
