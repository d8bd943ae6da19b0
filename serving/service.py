"""The BentoML service: `bentoml serve serving.service:Bonafide`, or `bonafide serve`, which also sets it up.

BentoML supplies the processes, health checks and metrics. The endpoints are an ASGI
application mounted into it and not `@bentoml.api` methods, for three reasons: BentoML logs the values that
fail validation, its errors have several shapes, and its typed endpoints are slower (an empty one that takes a
body of 22 kB gave 259 requests a second for each worker as a method, 387 as an async one, 493 mounted and
working on a thread, on one core of two).
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from typing import TYPE_CHECKING

import bentoml

from features.errors import BonafideError
from ledger import Ledger
from models.machine.garbage import keep
from models.settings import get_settings, telemetry_off
from serving import metrics
from serving.access import logs
from serving.access.edge import Edge
from serving.access.gate import Gate
from serving.access.keys import demand
from serving.app import create_app, rehearse
from serving.book import Book
from serving.champions.loaded import load
from serving.champions.watch import Watch
from serving.jobs.keeper import Keeper
from serving.jobs.room import Room
from serving.packing import packed

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from serving.champions.loaded import Loaded

SECONDS = 300
"""An answer that takes longer is given up, with 504."""

app = create_app()


def _put(loaded: Loaded) -> None:
    """Answer requests that begin from now on with these models."""
    app.state.loaded = loaded
    keep()


class EdgedService(bentoml.Service[object]):  # type: ignore[misc]  # BentoML gives its classes no types
    """A BentoML service behind `serving.access.edge`."""

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """The service's application; BentoML serves what this returns."""
        logs.as_json()
        settings = get_settings()
        guard = Gate(settings.home.resolve(), always=settings.keys)
        return Edge(super().to_asgi(is_main), guard, uploads=app)


@bentoml.service(
    name="bonafide",
    service_class=EdgedService,
    workers="cpu_count",
    http={"host": "127.0.0.1"},
    traffic={"timeout": SECONDS},
    logging={"access": {"enabled": False}},  # `serving.access.logs` writes a line without the path
    tracing={"excluded_urls": "."},  # spans that nobody collects would take a tenth of the time of a request
    envs=[{"name": name, "value": "1"} for name in ("OMP_NUM_THREADS", "POLARS_MAX_THREADS")],
)
@bentoml.asgi_app(app, path="/")
class Bonafide:
    """Explained fraud scores and brand-fit rankings of creators."""

    def __init__(self) -> None:
        """Load the models, once a process; it is ready when they have answered the worked examples."""
        settings = get_settings()
        metrics.forget_the_dead()
        loaded = load(settings)
        rehearse(loaded)
        app.state.book = Book(settings)
        _put(loaded)
        Watch(loaded, _put, settings).start()
        app.state.room = Room(settings.jobs_folder)
        if settings.sockets is not None:
            app.state.batches.listen(settings.sockets)
        self._keeper = Keeper(settings.jobs_folder)
        self._keeper.start()

    @bentoml.on_deployment  # type: ignore[untyped-decorator]  # BentoML gives it no types
    def check() -> None:
        """Before any process starts: load the models, so that a bad one stops the service; pin what was loaded.

        All processes begin with the same models, and take up those that are promoted later.
        """
        telemetry_off()
        logs.as_json()
        bento = Bonafide.bento  # type: ignore[attr-defined]  # the decorators make a service of the class
        if bento is not None:  # its models, unless the environment names others
            os.environ.update(packed(bento) | os.environ)
        settings = get_settings()
        if settings.counts is not None:
            atexit.register(shutil.rmtree, settings.counts, ignore_errors=True)
        try:
            if settings.keys:
                demand(settings.home)
            loaded = load(settings)
            Ledger(settings.ledger_url, settings.home).check()
        except BonafideError as error:
            sys.stderr.write(f"bonafide: the service does not start: {error}\n")
            raise SystemExit(1) from None
        if settings.shadow is not None and loaded.shadow is None:
            sys.stderr.write(f"bonafide: {settings.shadow}: no such challenger yet, or it cannot be loaded\n")
        if settings.index is not None and loaded.shelf.look() is None:
            sys.stderr.write(f"bonafide: {settings.index}: {loaded.shelf.problem}\n")
        sockets = tempfile.TemporaryDirectory(prefix="bonafide-", ignore_cleanup_errors=True)
        atexit.register(sockets.cleanup)  # this process outlives the workers, killed ones too
        os.environ.update(loaded.environment() | {"BONAFIDE_SOCKETS": sockets.name})

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]  # BentoML gives it no types
    def close(self) -> None:
        """Stop working on jobs and on others' batches, and move the last scores on to the ledger."""
        self._keeper.stop()
        app.state.batches.close()
        if app.state.book is not None:
            app.state.book.close()

    def __is_ready__(self) -> bool:
        """What `/readyz` asks."""
        return app.state.loaded is not None
