"""The outermost layer of the service: what no endpoint sees, and what no log may see.

BentoML counts and logs every path that is asked for, answers errors in shapes of its own, and the server below it
prints an exception with its message, which may quote a record. So an unknown path, also of a file, is answered here,
before it becomes a log line or a metric that stays; an error that is not yet a problem document becomes one; and of
an exception only its type and place are logged. A job's id, which is all that one needs to read its results, is taken
out of the path. A job's records are handed past BentoML, which would give up an upload after minutes. Here too a
request gets its id, is let in or refused, and is written into the log; and every answer gets the headers that
browsers heed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.routing import Match, Mount

from serving import metrics
from serving.access import gate, headers, logs
from serving.access.limits import Capacity
from serving.api import problems
from serving.api.docs_page import FILES, STATIC
from serving.api.problems import RequestError
from serving.jobs.endpoints import JOBS, without_job
from serving.pages.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import Message, Receive, Scope, Send

    from serving.access.gate import Gate
    from serving.access.logs import Note

DETAILS = {
    404: "There is nothing at this path; GET /docs.json lists what there is.",
    405: "This path does not take that method.",
    415: "The body must come as it is, without a Content-Encoding.",
    429: "Too many requests at once; try again shortly.",
    503: "Not ready.",
    504: "The answer took too long; send fewer creators at a time.",
}
KEPT_HEADERS = ("allow", "retry-after")
WORK = "/v1/"
"""Paths whose requests count against what a process takes on; health and metrics are answered whatever it does."""
MOST_AT_DOOR = 16
"""Forms to sign in that a process takes on at once, apart from all else: whoever sends one needs no key."""
QUIET = frozenset({"/livez", "/healthz", "/readyz"})
"""Paths that are asked for every few seconds: only their failures are logged."""


class Edge:
    """An ASGI application around a Starlette one.

    Args:
        app: The application.
        gate: Whom to let in.
        capacity: What the process takes on.
        uploads: The application that takes the records of jobs, past BentoML.
    """

    def __init__(
        self, app: Starlette, gate: Gate, capacity: Capacity | None = None, uploads: Starlette | None = None
    ) -> None:
        self.app = app
        self.gate = gate
        self.uploads = uploads or app
        self.capacity = capacity or Capacity()
        self._doorstep = Capacity(most=MOST_AT_DOOR)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection; lifespan events pass through, and nothing here speaks WebSocket."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = without_job(scope)
        note = logs.Note.of(scope, route_of(self.app.routes, scope))

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                note.status = message["status"]
                headers.guard(message, note.request_id, kept=note.route == STATIC)
            await send(message)

        with logs.noted(note):
            try:
                await self._let_in(note, scope, receive, guarded)
            finally:
                if note.route not in QUIET or note.status != 200:
                    note.write()

    async def _let_in(self, note: Note, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on where it may and there is room for it."""
        try:
            self._check(note, scope)
            if not _is_work(note) or _is_upload(scope):
                await self._answer(note, scope, receive, send)
                return
            room = self._doorstep if note.route in gate.FRONT else self.capacity
            with room.taken(receive) as body:
                await self._answer(note, scope, body, send)
        except RequestError as error:
            if error.status in gate.COUNTED:
                metrics.turned_away(error.status)
            await _refused(note, error, scope)(scope, receive, send)

    def _check(self, note: Note, scope: Scope) -> None:
        if note.route is None or (note.route == STATIC and scope["path"] not in FILES):
            raise RequestError(404, DETAILS[404])
        key = self.gate.admit(scope, note.route)
        if key is not None:
            note.key, note.role = key.id, key.role
        if Headers(scope=scope).get("content-encoding", "identity").lower() != "identity":
            raise RequestError(415, DETAILS[415], headers={"accept-encoding": "identity"})

    async def _answer(self, note: Note, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; replace an error that is no problem document by one."""
        started = False
        replaced: tuple[int, Headers] | None = None

        async def watch(message: Message) -> None:
            nonlocal started, replaced
            if message["type"] == "http.response.start" and message["status"] >= 400:
                found = Headers(raw=message["headers"])
                if not found.get("content-type", "").startswith(_told_in(note)):
                    replaced = (message["status"], found)
            if replaced is None:
                started = True
                await send(message)

        try:
            await (self.uploads if _is_upload(scope) else self.app)(scope, receive, watch)
        except Exception as error:
            failed = _refused(note, error if isinstance(error, RequestError) else problems.failed(error), scope)
            if not started:
                await failed(scope, receive, send)
            return
        if replaced is not None:
            status, found = replaced
            if status == 405:  # a route knows its own methods only, and there may be several at a path
                found = Headers({"allow": ", ".join(sorted(methods_of(self.app.routes, scope)))})
            await _refused(note, _problem(status, found), scope)(scope, receive, send)


def _is_work(note: Note) -> bool:
    """Whether the request counts against what a process takes on: it calls the API, or sends a page's form."""
    route = note.route or ""
    return route.startswith(WORK) or (note.method == "POST" and (route in gate.PAGES or route in gate.FRONT))


def _refused(note: Note, error: RequestError, scope: Scope) -> Response:
    """The refusal in the form that whoever asks can read."""
    shown = _is_page(note) or (note.route is None and _is_browser(scope))
    return refusal(error, scope["path"]) if shown else problems.response(error)


def _is_browser(scope: Scope) -> bool:
    """Whether whoever asks wants a page, as browsers say; clients of the API ask for JSON or for anything."""
    wanted = Headers(scope=scope).get("accept", "").lower()
    return "text/html" in wanted and "json" not in wanted


def _told_in(note: Note) -> tuple[str, ...]:
    """Types of errors that are told already."""
    return (problems.MEDIA_TYPE, "text/html") if _is_page(note) else (problems.MEDIA_TYPE,)


def _is_page(note: Note) -> bool:
    """Whether people open the path in a browser, signing in and out included."""
    return note.route in gate.PAGES or note.route in gate.FRONT


def _is_upload(scope: Scope) -> bool:
    """Whether these are a job's records, which have limits of their own."""
    return (scope["method"], scope["path"]) == ("POST", JOBS)


def route_of(routes: Iterable[BaseRoute], scope: Scope) -> str | None:
    """The pattern of the path, such as `/v1/jobs/{id}`; None where there is nothing at it."""
    for route in routes:
        match, inner = route.matches(scope)
        if match != Match.NONE:
            path: str = getattr(route, "path", "")
            within = route.routes if isinstance(route, Mount) else None
            return path + (route_of(within, {**scope, **inner}) or "") if within else path
    return None


def methods_of(routes: Iterable[BaseRoute], scope: Scope) -> set[str]:
    """Every method that the path takes."""
    found: set[str] = set()
    for route in routes:
        match, inner = route.matches(scope)
        if match != Match.NONE:
            within = methods_of(route.routes, {**scope, **inner}) if isinstance(route, Mount) else set()
            found |= within | set(getattr(route, "methods", None) or ())
    return found


def _problem(status: int, found: Headers) -> RequestError:
    kept = {name: found[name] for name in KEPT_HEADERS if name in found}
    return RequestError(status, DETAILS.get(status, "The request was refused."), headers=kept)
