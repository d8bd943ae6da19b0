"""The endpoints under `/v1` as one Starlette application, which BentoML mounts (see `serving.service`).

An endpoint is a plain function from the models and the request's body to the answer's body. It runs on a
thread, so that health checks answer while a batch is scored.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import orjson
from anyio import CapacityLimiter, to_thread
from pydantic import TypeAdapter
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from models.machine.cores import cores
from models.machine.garbage import uncollected
from models.ranking import versions
from models.rankings.ranking import Versions
from models.reports.report import Report
from models.similar import similar as similar_creators
from serving.access import logs
from serving.api import audits, docs_page, examples, openapi
from serving.api.answers import NO_MODEL, fit_model, index, missing, rankings, read_batch, reports
from serving.api.bodies import parse, read_body
from serving.api.example_index import ExampleIndex
from serving.api.parameters import compat_of, parameters
from serving.api.problems import RequestError, pointer, refusing
from serving.api.requests import RankRequest, SimilarRequest
from serving.champions.model_info import model_info
from serving.compat import answers
from serving.jobs import endpoints as jobs
from serving.pages import routes as pages
from serving.queues.batches import Batch, Batches
from serving.queues.singles import Single, answer_alone
from serving.queues.together import MOST_BYTES, Together
from serving.queues.working import unless_gone, worked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.datastructures import State
    from starlette.requests import Request

    from models.fit import FitBundle
    from models.rankings.pool import Searchable
    from serving.book import Book
    from serving.champions.loaded import Loaded
    from serving.compat import Compat
    from serving.jobs.room import Room

THREADS = 2
"""Requests worked on at once in one worker beside a batch: a small one need not wait for a large one."""

BATCH_THREADS = 1 + cores()
"""Batches of one worker that are worked on, here or by another worker, or are the next to be."""

WAITING_THREADS = 64
"""Requests of one worker that wait at once for the ledger, its disk or its database; scoring does not wait for them."""

OTHER_MODEL = "Another model is in service here."
JSON = "application/json"

REPORTS = TypeAdapter(list[Report])


def create_app(loaded: Loaded | None = None, book: Book | None = None, room: Room | None = None) -> Starlette:
    """The application; until `app.state.loaded` holds models, it answers 503.

    Without a book nothing is recorded, and without a room no job is taken.
    """
    app = Starlette(
        routes=[
            Route("/v1/score", score_one, methods=["POST"]),
            Route("/v1/score_batch", score_several, methods=["POST"]),
            Route("/v1/rank", _endpoint(rank), methods=["POST"]),
            Route("/v1/similar", _endpoint(similar), methods=["POST"]),
            Route("/v1/audits", add_audit, methods=["POST"]),
            Route("/v1/audits", audits_of, methods=["GET"]),
            Route("/v1/model", _endpoint(model), methods=["GET"]),
            *jobs.ROUTES,
            *pages.ROUTES,
            Route("/docs.json", _endpoint(Docs()), methods=["GET"]),
            *docs_page.ROUTES,
        ]
    )
    app.state.loaded = loaded
    app.state.book = book
    app.state.room = room
    app.state.limiter = CapacityLimiter(THREADS)
    app.state.batch_limiter = CapacityLimiter(BATCH_THREADS)
    app.state.batches = Batches(partial(_batch_of_another, app.state))
    app.state.waiting_limiter = CapacityLimiter(WAITING_THREADS)
    app.state.together = Together(app.state.limiter, app.state.waiting_limiter)
    return app


def score(loaded: Loaded, body: bytes, book: Book | None = None, compat: Compat | None = None) -> bytes:
    """`POST /v1/score`: one record to one report, in the shape of another service where `compat` names one."""
    return answer_alone(Single(loaded, body, book, compat))


def score_batch(loaded: Loaded, batch: Batch, book: Book | None = None) -> bytes:
    """`POST /v1/score_batch`: records to reports, in their order; shapes as of `score`."""
    with uncollected():
        return _score_batch(loaded, batch, book)


def _score_batch(loaded: Loaded, batch: Batch, book: Book | None) -> bytes:
    """Apart from its caller, so that records and reports are gone before cycles are sought again."""
    tables, explain = read_batch(batch.body)
    explain = explain or batch.compat is not None  # the shapes are filled from the blocks of explanations
    found = reports(loaded, tables, book, batch.request_id, explain=explain)
    if batch.compat is not None:
        return orjson.dumps(answers(batch.compat, found, tables, loaded.fraud.context))
    return REPORTS.dump_json(found)


def rank(loaded: Loaded, body: bytes) -> bytes:
    """`POST /v1/rank`: a brief, and records, ids of the index or the whole index, to a ranking."""
    fit_model(loaded)
    return rankings(loaded, parse(RankRequest, body, cut=True)).model_dump_json().encode()


def similar(loaded: Loaded, body: bytes) -> bytes:
    """`POST /v1/similar`: a creator of the index, or a niche, to the creators most like it."""
    fit_model(loaded)
    asked = parse(SimilarRequest, body)
    fit, held = index(loaded)
    return _similar(fit, asked, held, versions(held))


def _similar(fit: FitBundle, asked: SimilarRequest, index: Searchable, model: Versions) -> bytes:
    with missing(pointer("niche" if asked.creator_id is None else "creator_id")):
        answer = similar_creators(
            fit,
            index,
            creator_id=asked.creator_id,
            niche=asked.niche,
            top=asked.top,
            brief=asked.filters.brief,
            limits=asked.filters.limits,
            same=asked.same,
            model=model,
        )
    return answer.model_dump_json().encode()


def model(loaded: Loaded, _body: bytes) -> bytes:
    """`GET /v1/model`: the models in service."""
    return model_info(loaded).model_dump_json().encode()


class Docs:
    """`GET /docs.json`: the OpenAPI document; its example answers are given by the models in service.

    Nobody needs a key for it, so it is made once for the models: whoever asks again costs nothing.
    """

    def __init__(self) -> None:
        self._made: tuple[Loaded, bytes] | None = None

    def __call__(self, loaded: Loaded, _body: bytes) -> bytes:
        """The document."""
        made = self._made
        if made is None or made[0] is not loaded:
            self._made = made = (loaded, openapi.document(rehearse(loaded)))
        return made[1]


def rehearse(loaded: Loaded) -> dict[str, orjson.Fragment]:
    """Answer the worked examples: at start this shows that the models can, and spares the first caller a wait.

    Examples are answered from invented creators alone, whatever the index holds; it is opened here as well.
    """
    fraud, fit = loaded.fraud, loaded.fit
    answers = {
        "score": score(loaded, orjson.dumps(examples.SCORE)),
        "score_batch": score_batch(loaded, Batch(orjson.dumps(examples.SCORE_BATCH), loaded.fraud.contract.version)),
        "model": model(loaded, b""),
        "audit": audits.rehearse(examples.AUDIT),
        "job": jobs.rehearse(loaded.fraud.contract.version),
    }
    if fit is not None:
        versions = Versions(fit=fit.contract.version, fraud=fraud.contract.version)
        asked = parse(SimilarRequest, orjson.dumps(examples.SIMILAR))
        answers["rank"] = rank(loaded, orjson.dumps(examples.RANK))
        answers["similar"] = _similar(fit, asked, ExampleIndex(fraud, fit), versions)
    return {name: orjson.Fragment(answer) for name, answer in answers.items()}


async def add_audit(request: Request) -> Response:
    """`POST /v1/audits`."""

    async def answer() -> Response:
        parameters(request, {})
        state, body = request.app.state, await read_body(request)
        status, content = await to_thread.run_sync(audits.add, state.book, body, limiter=state.waiting_limiter)
        return Response(content, status, media_type=JSON)

    return await refusing(answer)


async def audits_of(request: Request) -> Response:
    """`GET /v1/audits`."""

    async def answer() -> Response:
        state, creator_id = request.app.state, audits.creator_of(request)
        content = await to_thread.run_sync(audits.of, state.book, creator_id, limiter=state.waiting_limiter)
        return Response(content, media_type=JSON)

    return await refusing(answer)


async def score_one(request: Request) -> Response:
    """`POST /v1/score`: see `score`; small records that wait at the same time are scored together."""

    async def answer() -> Response:
        state = request.app.state
        loaded, body = await _asked(request)
        single = Single(loaded, body, state.book, compat_of(request))
        if len(body) <= MOST_BYTES:
            return Response(await state.together.answer(single), media_type=JSON)
        content = await worked(request, partial(answer_alone, single), state.limiter)
        return await _settled(request, content)

    return await refusing(answer)


async def score_several(request: Request) -> Response:
    """`POST /v1/score_batch`: see `score_batch` and `serving.queues.batches`."""

    async def answer() -> Response:
        state = request.app.state
        loaded, body = await _asked(request)
        batch = Batch(body, loaded.fraud.contract.version, compat_of(request))
        here = partial(unless_gone, request, partial(score_batch, loaded, batch, state.book))
        content = await worked(request, partial(state.batches.answer, batch, here), state.batch_limiter)
        return await _settled(request, content)

    return await refusing(answer)


def _batch_of_another(state: State, batch: Batch) -> bytes:
    """The answer to a batch that came to another worker, in the ledger; RequestError where this one cannot give it."""
    loaded, book = state.loaded, state.book
    if loaded is None or loaded.fraud.contract.version != batch.model:
        raise RequestError(503, OTHER_MODEL)
    content = score_batch(loaded, batch, book)
    if book is not None:
        book.settle()
    return content


async def _asked(request: Request) -> tuple[Loaded, bytes]:
    """The models in service and the request's body; RequestError where there are none."""
    loaded = request.app.state.loaded
    if loaded is None:
        raise RequestError(503, NO_MODEL)
    note = logs.current()
    if note is not None:
        note.model = loaded.fraud.contract.version
    return loaded, await read_body(request)


async def _settled(request: Request, content: bytes) -> Response:
    """The answer with scores, once they are in the ledger: the disk is waited for where it holds up no scoring."""
    state = request.app.state
    if state.book is not None:
        await to_thread.run_sync(state.book.settle, limiter=state.waiting_limiter)
    return Response(content, media_type=JSON)


def _endpoint(work: Callable[[Loaded, bytes], bytes]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that answers with `work` of the models and the body."""

    async def endpoint(request: Request) -> Response:
        async def answer() -> Response:
            parameters(request, {})
            loaded, body = await _asked(request)
            content = await worked(request, partial(work, loaded, body), request.app.state.limiter)
            return Response(content, media_type=JSON)

        return await refusing(answer)

    return endpoint
