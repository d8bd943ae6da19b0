"""The OpenAPI document at `/docs.json`: schemas from the types, records from the contract, answers from the model.

The example answers are what the model in service says about the example requests, so they cannot go stale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import orjson
from pydantic.json_schema import models_json_schema

from features import records
from models.rankings.ranking import Rankings, Similars, Weights
from models.reports.report import Report
from serving.access.gate import OPEN, ROLES
from serving.access.keys import Role
from serving.api import examples, problems
from serving.api.audits import ERASED, LONGEST_ID
from serving.api.bodies import MOST_BYTES
from serving.api.openapi_parts import NO_PARAMETERS, Json, json_answer, ref
from serving.api.parameters import COMPAT
from serving.api.requests import (
    MOST_CANDIDATES,
    MOST_CREATORS,
    AuditRequest,
    RankRequest,
    ScoreBatchRequest,
    ScoreRequest,
    SimilarRequest,
)
from serving.api.responses import AuditAnswer, AuditsAnswer, ModelInfo, ProblemDocument
from serving.compat import SERVICES
from serving.jobs import openapi as jobs
from serving.jobs.endpoints import ONE
from serving.jobs.job import Job, Jobs
from serving.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

DESCRIPTION = f"""
How likely it is that a creator's audience and engagement are bought, with the reasons, and how well creators fit
a brand's brief. What ranks an index, or looks for creators alike, needs one in service (`bonafide index build`).

A record is a creator's profile with up to four tables nested in it: `posts`, `follower_history`, `comments` and
`audience`, a sample of followers. Only ids and `platform` are required; whatever is absent or null counts as not
known, never as 0. Unknown fields are refused. A body may have up to {MOST_BYTES // 1024**2} MB. Every error is a
problem document (RFC 9457) with a JSON pointer to each fault.

A service that others can reach asks for a key (`bonafide keys create`), whose role each operation names; on loopback
none is asked for. Every answer has an `X-Request-Id`, which is the caller's own where that is sane.
"""

BEARER, API_KEY = "bearer", "api_key"
SCHEMES: Json = {
    BEARER: {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer bonafide_...`"},
    API_KEY: {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "The same key."},
}
REFUSED_AT_THE_DOOR = {
    "401": "A key is asked for and none that is good was sent.",
    "403": "The key's role does not suffice, or a web page of another origin asks.",
    "429": "The key asks too often; `Retry-After` says when to try again.",
    "503": "The service has as much to do as it takes on; `Retry-After` says when to try again.",
}

LEDGER_AWAY = "The ledger's database does not answer; `Retry-After` says when to try again."
ANY_SHAPE: Json = {
    "anyOf": [
        ref("Report"),
        {
            "type": "object",
            "description": "With `compat`: the other service's fields, and the report.",
            "required": ["report"],
            "properties": {"report": ref("Report")},
        },
    ]
}
IN_SHAPE: Json = {
    "name": COMPAT,
    "in": "query",
    "required": False,
    "description": "Answer with the field names and units of this service; the report stands under `report`.",
    "schema": {"type": "string", "enum": list(SERVICES)},
}

CREATOR_ID: Json = {
    "name": "creator_id",
    "in": "query",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_ID},
}

NOT_THERE = {"404": "The index does not hold a creator, or the model knows no niche, that the request names."}

TYPES: dict[type[BaseModel], Literal["validation", "serialization"]] = {
    ScoreRequest: "validation",
    ScoreBatchRequest: "validation",
    RankRequest: "validation",
    SimilarRequest: "validation",
    AuditRequest: "validation",
    Report: "serialization",
    Rankings: "serialization",
    Similars: "serialization",
    ModelInfo: "serialization",
    AuditAnswer: "serialization",
    AuditsAnswer: "serialization",
    Job: "serialization",
    Jobs: "serialization",
    ProblemDocument: "serialization",
}


def document(answers: Mapping[str, orjson.Fragment]) -> bytes:
    """The document as JSON; `answers` holds an example answer for each operation."""
    return orjson.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "Bonafide", "version": VERSION, "description": DESCRIPTION.strip()},
            "paths": _paths(answers),
            "components": {"schemas": _schemas(), "securitySchemes": SCHEMES},
        }
    )


def _paths(answers: Mapping[str, orjson.Fragment]) -> Json:
    paths: dict[str, Json] = {}
    for (method, path), operation in _operations(answers).items():
        paths.setdefault(path, {})[method] = {
            "operationId": path.rpartition("/")[2],
            **_behind_the_door(path, operation),
        }
    return {**paths}


def _operations(answers: Mapping[str, orjson.Fragment]) -> dict[tuple[str, str], Json]:
    """By method and path."""
    reports: Json = {"type": "array", "items": ANY_SHAPE}
    return {
        ("post", "/v1/score"): _post(
            "Score one creator",
            "ScoreRequest",
            {"worked": examples.SCORE},
            json_answer(ANY_SHAPE, answers.get("score")),
            parameters=[IN_SHAPE],
        ),
        ("post", "/v1/score_batch"): _post(
            f"Score 1 to {MOST_CREATORS:,} creators, answered in their order",
            "ScoreBatchRequest",
            {"worked": examples.SCORE_BATCH},
            json_answer(reports, answers.get("score_batch")),
            parameters=[IN_SHAPE],
        ),
        ("post", "/v1/rank"): _post(
            f"Rank for a brief 1 to {MOST_CANDIDATES:,} records or creators of the index, or the whole index",
            "RankRequest",
            {"worked": examples.RANK, "index": examples.RANK_INDEX},
            json_answer(ref("Rankings"), answers.get("rank")),
            NOT_THERE,
        ),
        ("post", "/v1/similar"): _post(
            "Find the creators of the index that are most like one of them, or most of a niche",
            "SimilarRequest",
            {"niche": examples.SIMILAR_NICHE, "worked": examples.SIMILAR},
            json_answer(ref("Similars"), answers.get("similar")),
            NOT_THERE,
        ),
        ("post", "/v1/audits"): _audit(answers),
        ("get", "/v1/audits"): {
            "operationId": "audits_of",
            "summary": "A creator's audits, with what became of objections to them",
            "parameters": [CREATOR_ID],
            "responses": {
                "200": json_answer(ref("AuditsAnswer")),
                **_refusals({"400": "No creator is named, or a parameter is unknown.", "503": LEDGER_AWAY}),
            },
        },
        **jobs.operations(answers.get("job"), _refusals),
        ("get", "/v1/model"): {
            "summary": "The models in service",
            "responses": {
                "200": json_answer(ref("ModelInfo"), answers.get("model")),
                **_refusals({"400": NO_PARAMETERS, "503": "No model is in service."}),
            },
        },
        ("get", "/livez"): _check("Whether the process is alive"),
        ("get", "/readyz"): _check("Whether the models are loaded and requests are answered"),
        ("get", "/metrics"): _check("Counts and latencies, as Prometheus reads them"),
    }


def _behind_the_door(path: str, operation: Json) -> Json:
    """The operation with the role that it needs, and how it is refused without."""
    if path in OPEN:
        return {**operation, "security": []}
    role = ROLES.get(path.replace("{job_id}", ONE), Role.ADMIN).value
    responses = {**_refusals(REFUSED_AT_THE_DOOR), **cast("Json", operation["responses"])}
    return {**operation, "security": [{BEARER: [role]}, {API_KEY: [role]}, {}], "responses": responses}


def _post(
    summary: str,
    body: str,
    worked: Mapping[str, Json],
    answer: Json,
    further: Mapping[str, str] | None = None,
    parameters: Sequence[Json] = (),
) -> Json:
    refusals = {
        "400": "The request or its records were refused; `errors` names every field at fault.",
        **(further or {}),
        "408": "The body stopped arriving.",
        "413": "The body is too large.",
        "415": "The body is compressed.",
        "503": "The model or the index that this needs is not in service.",
    }
    shown = {name: {"value": example} for name, example in worked.items()}
    content = {"application/json": {"schema": ref(body), "examples": shown}}
    return {
        "summary": summary,
        "parameters": parameters,
        "requestBody": {"required": True, "content": content},
        "responses": {"200": answer, **_refusals(refusals)},
    }


def _audit(answers: Mapping[str, orjson.Fragment]) -> Json:
    further = {
        "409": "There is an audit of this key with other content; nothing is overwritten.",
        "410": ERASED,
    }
    answer = json_answer(ref("AuditAnswer"), answers.get("audit"))
    operation = _post("Hand in a verdict on a creator", "AuditRequest", {"worked": examples.AUDIT}, answer, further)
    refusals = cast("Json", operation["responses"])
    created = {**answer, "description": "It is stored."}
    known = {**answer, "description": "It was there already; nothing was changed."}
    responses = {**refusals, **_refusals({"503": LEDGER_AWAY}), "201": created, "200": known}
    return {**operation, "operationId": "add_audit", "responses": responses}


def _refusals(refusals: Mapping[str, str]) -> Json:
    content = {problems.MEDIA_TYPE: {"schema": ref("ProblemDocument")}}
    return {status: {"description": description, "content": content} for status, description in refusals.items()}


def _check(summary: str) -> Json:
    content = {"text/plain": {"schema": {"type": "string"}}}
    return {"summary": summary, "responses": {"200": {"description": "The answer.", "content": content}}}


def _schemas() -> Json:
    _, definitions = models_json_schema(list(TYPES.items()), ref_template="#/components/schemas/{model}")
    return {**definitions["$defs"], "Creator": records.json_schema(), "Brief": _brief()}


def _brief() -> Json:
    """A brief, whose weights have the names that ranking knows."""
    schema = records.json_schema("briefs")
    properties = cast("dict[str, Json]", schema["properties"])
    names: Json = {name: {"type": ["number", "null"], "minimum": 0} for name in Weights.model_fields}
    properties["weights"] |= {"properties": names, "additionalProperties": False}
    return schema
