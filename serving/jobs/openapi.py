"""`/v1/jobs` in the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from serving.api import examples
from serving.api.openapi_parts import NO_PARAMETERS, json_answer, ref
from serving.jobs.endpoints import NO_ROOM
from serving.jobs.intake import ID as ID_PATTERN
from serving.jobs.intake import NAME, NO_PREVIOUS
from serving.jobs.job import NDJSON_TYPE, PARQUET_TYPE, Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serving.api.openapi_parts import Json

    Refusals = Callable[[Mapping[str, str]], Json]

ID: dict[str, object] = {
    "name": "job_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": ID_PATTERN},
}
TEXTS: dict[str, object] = {"name": {"type": "string", "pattern": NAME}, "previous": ID["schema"]}
LINES = b"".join(orjson.dumps(one) + b"\n" for one in (examples.CREATOR, examples.SECOND)).decode()
UNKNOWN = {"400": NO_PARAMETERS, "404": "There is no such job.", "503": NO_ROOM}
EARLY = {"409": "The job is not finished, or has no result."}
LINKS: dict[str, object] = {
    name: {"operationId": name, "parameters": {"job_id": "$response.body#/id"}}
    for name in ("job", "job_result", "job_errors", "job_diff", "remove_job")
}
"""What can be asked of a job that was handed in."""
FORMS = {"406": "Neither of the two forms is wanted."}


def operations(example: orjson.Fragment | None, refusals: Refusals) -> dict[tuple[str, str], Json]:
    """The operations by method and path.

    Args:
        example: A job.
        refusals: Makes the answers of errors.
    """
    one, every = _job(example, "The job."), json_answer(ref("Jobs"), description="The jobs.")
    return {
        ("post", "/v1/jobs"): _add(example, refusals),
        ("get", "/v1/jobs"): {
            "operationId": "list_jobs",
            "summary": "All jobs, the newest first",
            "responses": {"200": every, **refusals({"400": NO_PARAMETERS, "503": UNKNOWN["503"]})},
        },
        ("get", "/v1/jobs/{job_id}"): _of_one("job", "How far a job is, and what came out", {"200": one}, refusals),
        ("delete", "/v1/jobs/{job_id}"): _of_one(
            "remove_job", "Cancel a job and remove all that is kept of it", {"200": one}, refusals
        ),
        ("get", "/v1/jobs/{job_id}/result"): _rows(
            "job_result", "A row a creator, with the columns of `bonafide score`, in the order of the records", refusals
        ),
        ("get", "/v1/jobs/{job_id}/errors"): _rows(
            "job_errors", "What is wrong with the records: table, line, row, column, ids and message", refusals
        ),
        ("get", "/v1/jobs/{job_id}/diff"): _rows(
            "job_diff",
            "Who moved between bands since the job before, and why; who is new and who is gone",
            refusals,
        ),
    }


def _add(example: orjson.Fragment | None, refusals: Refusals) -> Json:
    parameters = [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": TEXTS.get(name, described),
            "description": described["description"],
        }
        for name, described in Asked.model_json_schema()["properties"].items()
    ]
    line = {"type": "string", "minLength": 1, "description": "A creator's record a line, as `Creator` describes it."}
    location = {"location": {"description": "Of the job.", "schema": {"type": "string"}}}
    return {
        "operationId": "add_job",
        "summary": "Score any number of creators in the background",
        "description": "Parquet has a creator a row, with the other tables nested as lists of structs.",
        "parameters": parameters,
        "requestBody": {
            "required": True,
            "content": {
                NDJSON_TYPE: {"schema": line, "examples": {"worked": {"value": LINES}}},
                PARQUET_TYPE: {"schema": {"type": "string", "format": "binary", "minLength": 1}},
            },
        },
        "responses": {
            "202": {**_job(example, "The job waits."), "headers": location, "links": LINKS},
            **refusals(
                {
                    "400": "There is nothing in the body, or a parameter is at fault.",
                    "404": NO_PREVIOUS,
                    "408": "Nothing came any more.",
                    "409": "The job to compare with has no result.",
                    "413": "The records, or those of one creator, are too large.",
                    "415": "Neither of the two forms.",
                    "429": "The key asks too often, or too many jobs wait; `Retry-After` says when to try again.",
                    "507": "The disk is full.",
                }
            ),
        },
    }


def _of_one(name: str, summary: str, responses: Json, refusals: Refusals) -> Json:
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [ID],
        "responses": {**responses, **refusals(UNKNOWN)},
    }


def _rows(name: str, summary: str, refusals: Refusals) -> Json:
    content = {kind: {"schema": {"type": "string"}} for kind in (NDJSON_TYPE, PARQUET_TYPE)}
    responses: Json = {"200": {"description": "The rows.", "content": content}, **refusals({**EARLY, **FORMS})}
    return _of_one(name, summary, responses, refusals)


def _job(example: orjson.Fragment | None, description: str) -> Json:
    return json_answer(ref("Job"), example, description)
