"""`bonafide serve`: the service."""

from __future__ import annotations

import os
from typing import Annotated

import typer


def serve(
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Address to listen on; 127.0.0.1 unless set.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, metavar="N", help="Port to listen on; 3000 unless set.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Number of processes; one per core unless set.")
    ] = None,
    shadow: Annotated[
        str | None, typer.Option(metavar="URI", help="A fraud model that scores silently beside the champion.")
    ] = None,
) -> None:
    """Serve the champion models over HTTP."""
    from models.settings import get_settings
    from serving.launch import serve as launch

    if shadow is not None:
        os.environ["BONAFIDE_SHADOW"] = shadow
    settings = get_settings()
    launch(host or settings.host, port or settings.port, workers or settings.workers)
