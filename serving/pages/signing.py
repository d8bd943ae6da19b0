"""Signing in: the key goes into a cookie that only pages take, that no script reads and no other site sends.

It is the key itself: the gate checks it with each request as it checks one in a header, so one that is revoked is
closed here too, and nothing about who is signed in has to be kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from serving.access.gate import BAD_KEY, COOKIE
from serving.access.keys import PRESENTED
from serving.api.problems import RequestError
from serving.pages.forms import read_form
from serving.pages.refusal import showing
from serving.pages.site import Site, html, render

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

START = "./"
MOST_BYTES = 16 * 1024
"""Of the form: whoever sends it has no key yet."""


async def form(_request: Request) -> Response:
    """`GET /sign-in`."""
    return html(render("sign-in.html.j2", Site(here=""), detail=None))


async def sign_in(request: Request) -> Response:
    """`POST /sign-in`: keep the key and go to the start, where the gate looks at it."""

    async def answer() -> Response:
        key = (await read_form(request, MOST_BYTES)).text("key")
        if not PRESENTED.fullmatch(key.encode()):
            raise RequestError(401, BAD_KEY)
        found = RedirectResponse(START, 303)
        secure = "https" in (request.headers.get("origin", "").partition(":")[0], request.url.scheme)
        found.set_cookie(COOKIE, key, httponly=True, samesite="strict", secure=secure)
        return found

    return await showing(answer)


async def sign_out(_request: Request) -> Response:
    """`POST /sign-out`: the browser forgets the key."""
    found = RedirectResponse("./sign-in", 303)
    found.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return found
