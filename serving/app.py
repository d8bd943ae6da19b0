"""The endpoints under `/v1` as one Starlette application, which BentoML mounts (see `serving.service`).

An endpoint is a plain function from the models and the request's body to the answer's body. It runs on a
thread, so that health checks answer while a batch is scored.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson
from anyio import CapacityLimiter, to_thread
from pydantic import TypeAdapter
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from features import records
from features.errors import RecordsError
from models import rank as ranking
from models.report import Report
from models.reporting import reports
from serving import examples, openapi, problems
from serving.problems import RequestError, pointer
from serving.requests import RankRequest, ScoreBatchRequest, ScoreRequest, parse, read_body
from serving.responses import Rankings, model_info

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.requests import Request

    from features.errors import Problem
    from features.records import Tables
    from serving.loaded import Loaded

THREADS = 2
"""Requests worked on at once in one worker: a small one need not wait for a batch."""

NO_FIT_MODEL = "No fit model is in service. Train one with 'bonafide train fit --data DIR' and start the service again."

REPORTS = TypeAdapter(list[Report])


def create_app(loaded: Loaded | None = None) -> Starlette:
    """The application; until `app.state.loaded` holds models, it answers 503."""
    app = Starlette(
        routes=[
            Route("/v1/score", _endpoint(score), methods=["POST"]),
            Route("/v1/score_batch", _endpoint(score_batch), methods=["POST"]),
            Route("/v1/rank", _endpoint(rank), methods=["POST"]),
            Route("/v1/model", _endpoint(model), methods=["GET"]),
            Route("/docs.json", _endpoint(docs), methods=["GET"]),
            Route("/", page, methods=["GET"]),
        ]
    )
    app.state.loaded = loaded
    app.state.limiter = CapacityLimiter(THREADS)
    return app


def score(loaded: Loaded, body: bytes) -> bytes:
    """`POST /v1/score`: one record to one report."""
    asked = parse(ScoreRequest, body)
    with _refused_at(lambda problem: pointer("creator", *_field(problem))):
        tables = records.read([asked.creator], extra="refuse")
    [report] = reports(loaded.fraud, tables, explain=asked.explain)
    return report.model_dump_json().encode()


def score_batch(loaded: Loaded, body: bytes) -> bytes:
    """`POST /v1/score_batch`: records to reports, in their order."""
    asked = parse(ScoreBatchRequest, body)
    tables = _read(asked.creators, "creators")
    return REPORTS.dump_json(reports(loaded.fraud, tables, explain=asked.explain))


def rank(loaded: Loaded, body: bytes) -> bytes:
    """`POST /v1/rank`: a brief and candidates to a ranking."""
    if loaded.fit is None:
        raise RequestError(503, NO_FIT_MODEL)
    asked = parse(RankRequest, body)
    with _refused_at(lambda problem: pointer("brief", *_field(problem))):
        briefs = records.read_briefs([asked.brief], extra="refuse")
    tables = _read(asked.candidates, "candidates")
    risk = loaded.fraud.verdict(loaded.fraud.signals(tables))
    results = ranking.rank(loaded.fit, briefs, tables, loaded.fit.signals(tables), risk, top=asked.top)
    return Rankings(brief_id=briefs["brief_id"].item(), results=tuple(results)).model_dump_json().encode()


def model(loaded: Loaded, _body: bytes) -> bytes:
    """`GET /v1/model`: the models in service."""
    return model_info(loaded).model_dump_json().encode()


def docs(loaded: Loaded, _body: bytes) -> bytes:
    """`GET /docs.json`: the OpenAPI document; its example answers are given by the models in service."""
    return openapi.document(rehearse(loaded))


def rehearse(loaded: Loaded) -> dict[str, orjson.Fragment]:
    """Answer the worked examples: at start this shows that the models can, and spares the first caller a wait."""
    worked = [(score, examples.SCORE), (score_batch, examples.SCORE_BATCH), (rank, examples.RANK), (model, {})]
    if loaded.fit is None:
        worked.remove((rank, examples.RANK))
    return {work.__name__: orjson.Fragment(work(loaded, orjson.dumps(example))) for work, example in worked}


def _read(given: list[dict[str, object]], field: str) -> Tables:
    """The records in that field of the request; RequestError that gives the index of each at fault."""
    with _refused_at(lambda problem: pointer(field, *_index(problem), *_field(problem))):
        return records.read(given, extra="refuse")


@contextmanager
def _refused_at(place: Callable[[Problem], str]) -> Iterator[None]:
    try:
        yield
    except RecordsError as error:
        raise problems.of_records(error, place) from None


def _index(problem: Problem) -> tuple[int, ...]:
    return () if problem.record is None else (problem.record,)


def _field(problem: Problem) -> tuple[str | int, ...]:
    """Where in a record or brief a problem lies: nested table, row, column, as far as there is one."""
    nested = () if problem.table in (records.CREATORS.name, records.BRIEFS.name) else (problem.table, problem.row)
    return tuple(step for step in (*nested, problem.column) if step is not None)


async def page(_request: Request) -> Response:
    """`GET /`: the OpenAPI document to read and try out. BentoML's own page reports to a tag manager; this does not."""
    return HTMLResponse(openapi.PAGE)


def _endpoint(work: Callable[[Loaded, bytes], bytes]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        state = request.app.state
        try:
            if state.loaded is None:
                raise RequestError(503, "No model is in service yet; /readyz tells when one is.")
            body = await read_body(request)
            content = await to_thread.run_sync(work, state.loaded, body, limiter=state.limiter)
        except RequestError as error:
            return problems.response(error)
        except Exception as error:  # its message may quote a record, so it may not reach the server's log
            return problems.failure(error)
        return Response(content, media_type="application/json")

    return answer
