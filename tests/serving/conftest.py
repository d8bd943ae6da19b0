"""Models trained on simulated creators, small enough for a test run, and the application that answers with them."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from models import index
from serving.access.edge import Edge
from serving.access.gate import Gate
from serving.app import create_app
from serving.champions.loaded import Loaded
from serving.champions.shelf import Shelf
from serving.champions.window import Window
from training.fit import fit_bundle
from training.fraud import fit_fraud
from training.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from anyio.from_thread import BlockingPortal
    from starlette.applications import Starlette

    from features.records import Tables
    from serving.jobs.room import Room


LOOPBACK = "http://localhost"


class InProcess(httpx.BaseTransport):
    """Hands requests to an application in this process; a failure of the application is raised here."""

    def __init__(self, app: Edge, portal: BlockingPortal) -> None:
        self.transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # httpx types the scope more loosely
        self.portal = portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.portal.call(self._answer, request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        whole = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        answer = await self.transport.handle_async_request(whole)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


def edged(app: Starlette) -> Edge:
    """The application behind its edge, on loopback."""
    return Edge(app, Gate(Path("no-keys"), always=False))


@contextmanager
def calling(loaded: Loaded | None, room: Room | None = None) -> Iterator[httpx.Client]:
    """A client of the application with these models."""
    with start_blocking_portal() as portal:
        transport = InProcess(edged(create_app(loaded, room=room)), portal)
        with httpx.Client(transport=transport, base_url=LOOPBACK) as client:
            yield client


@pytest.fixture(scope="session")
def corpus() -> Tables:
    """The creators that the models are trained on, and that the index holds."""
    return simulate(320, seed=5).tables


@pytest.fixture(scope="session")
def loaded(corpus: Tables, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Models, and no index."""
    folder = tmp_path_factory.mktemp("served")
    fraud = fit_fraud(corpus, folder / "fraud").bundle
    fit = fit_bundle(corpus, folder / "fit").bundle
    return Loaded(fraud, fit, Shelf(folder / "no-index", fit, fraud), Window(fraud))


@pytest.fixture(scope="session")
def client(loaded: Loaded) -> Iterator[httpx.Client]:
    with calling(loaded) as client:
        yield client


@pytest.fixture(scope="session")
def indexed(corpus: Tables, loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """The same models with an index of `corpus`; its folder must not be changed."""
    assert loaded.fit is not None
    folder = tmp_path_factory.mktemp("indexed") / "index"
    index.build(index.pieces(corpus), loaded.fit, loaded.fraud, folder)
    return Loaded(loaded.fraud, loaded.fit, Shelf(folder, loaded.fit, loaded.fraud), loaded.window)


@pytest.fixture(scope="session")
def searching(indexed: Loaded) -> Iterator[httpx.Client]:
    """A client of the application with an index."""
    with calling(indexed) as client:
        yield client


@pytest.fixture(scope="session")
def client_of() -> Callable[..., AbstractContextManager[httpx.Client]]:
    return calling
