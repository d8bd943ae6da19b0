"""The page at `/docs`, where the OpenAPI document is read and tried out: BentoML's own reports to a tag manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

PAGE = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Bonafide API</title>
    <link rel="icon" href="./icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="./static_content/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="./static_content/swagger-ui-bundle.js"></script>
    <script src="./docs.js"></script>
  </body>
</html>
"""

STATIC = "/static_content"
"""Where BentoML has files of its own."""
FILES = frozenset({f"{STATIC}/swagger-ui.css", f"{STATIC}/swagger-ui-bundle.js"})
"""Those that the page is made of."""

SCRIPT = """window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: "./docs.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    validatorUrl: null,
  });
};
"""
"""What starts the page: BentoML's own leaves the validator on, which sends the address of the document to its maker."""


async def page(_request: Request) -> Response:
    """`GET /docs`."""
    return HTMLResponse(PAGE)


async def script(_request: Request) -> Response:
    """`GET /docs.js`: a script that stood in the page would not be run."""
    return Response(SCRIPT, media_type="text/javascript")


ROUTES = [Route("/docs", page, methods=["GET"]), Route("/docs.js", script, methods=["GET"])]
