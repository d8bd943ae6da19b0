"""The floor that `bench_endpoint.py` measures against: BentoML endpoints that take a body and do nothing with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bentoml
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request


async def mounted(request: Request) -> JSONResponse:
    """Take the body as bytes, as Bonafide's application does."""
    await request.body()
    return JSONResponse({})


@bentoml.service(name="empty", workers="cpu_count", http={"host": "127.0.0.1"}, logging={"access": {"enabled": False}})
@bentoml.asgi_app(Starlette(routes=[Route("/mounted", mounted, methods=["POST"])]), path="/")
class Empty:
    """An endpoint as BentoML's documentation writes it, and one of a mounted application."""

    @bentoml.api
    def method(self, creator: dict[str, Any], explain: bool) -> dict[str, Any]:
        """Take the body as BentoML reads it."""
        return {"fields": len(creator), "explain": explain}
