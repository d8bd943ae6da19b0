"""The outermost layer of the service: what no endpoint sees, and what no log may see.

BentoML counts and logs every path that is asked for, answers errors in shapes of its own, and the server
below it prints an exception with its message, which may quote a record. So an unknown path is answered
here, before it becomes a log line or a metric; an error that is not yet a problem document becomes one;
and of an exception only its type and place are logged. A job's id, which is all that one needs to read its results,
is taken out of the path. A job's records are handed past BentoML, which would give up an upload after minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.routing import Match

from serving import problems
from serving.jobs.endpoints import JOBS, without_job
from serving.problems import RequestError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.types import Message, Receive, Scope, Send

DETAILS = {
    404: "There is nothing at this path; GET /docs.json lists what there is.",
    405: "This path does not take that method.",
    429: "Too many requests at once; try again shortly.",
    503: "Not ready.",
    504: "The answer took too long; send fewer creators at a time.",
}
KEPT_HEADERS = ("allow", "retry-after")


class Edge:
    """An ASGI application around a Starlette one."""

    def __init__(self, app: Starlette, uploads: Starlette | None = None) -> None:
        self.app = app
        self.uploads = uploads or app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection; lifespan events pass through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = without_job(scope)
        if all(route.matches(scope)[0] == Match.NONE for route in self.app.routes):
            await _problem(404)(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; replace an error that is no problem document by one."""
        upload = (scope["method"], scope["path"]) == ("POST", JOBS)
        started = False
        replaced: tuple[int, Headers] | None = None

        async def watch(message: Message) -> None:
            nonlocal started, replaced
            if message["type"] == "http.response.start" and message["status"] >= 400:
                headers = Headers(raw=message["headers"])
                if not headers.get("content-type", "").startswith(problems.MEDIA_TYPE):
                    replaced = (message["status"], headers)
            if replaced is None:
                started = True
                await send(message)

        try:
            await (self.uploads if upload else self.app)(scope, receive, watch)
        except Exception as error:
            failed = problems.failure(error)
            if not started:
                await failed(scope, receive, send)
            return
        if replaced is not None:
            await _problem(*replaced)(scope, receive, send)


def _problem(status: int, headers: Headers | None = None) -> Response:
    kept = {name: headers[name] for name in KEPT_HEADERS if headers and name in headers}
    return problems.response(RequestError(status, DETAILS.get(status, "The request was refused.")), kept)
