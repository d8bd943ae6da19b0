"""What the endpoints take: typed bodies, and how a body becomes one or is refused.

The records inside are checked by `features.records`, which knows the contract; here only what stands around them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic_core import from_json
from starlette.requests import ClientDisconnect

from serving.problems import Fault, RequestError, pointer

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from starlette.requests import Request

MOST_BYTES = 64 * 1024 * 1024
MOST_CREATORS = 1_000
MOST_CANDIDATES = 10_000

Record = Annotated[dict[str, object], WithJsonSchema({"allOf": [{"$ref": "#/components/schemas/Creator"}]})]
BriefRecord = Annotated[dict[str, object], WithJsonSchema({"allOf": [{"$ref": "#/components/schemas/Brief"}]})]
Explain = Annotated[bool, Field(description="Whether to give the reasons.")]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class ScoreRequest(_Body):
    """One creator to score."""

    creator: Record
    explain: Explain = True


class ScoreBatchRequest(_Body):
    """Creators to score, each once."""

    creators: Annotated[list[Record], Field(min_length=1, max_length=MOST_CREATORS)]
    explain: Explain = True


class RankRequest(_Body):
    """A brief, and the candidates to rank for it, each once."""

    brief: BriefRecord
    candidates: Annotated[list[Record], Field(min_length=1, max_length=MOST_CANDIDATES)]
    top: Annotated[int, Field(ge=1, le=MOST_CANDIDATES, description="How many of the best to return.")] = 50


B = TypeVar("B", bound=_Body)


async def read_body(request: Request) -> bytes:
    """The request's body; refused with 413 as soon as it is announced or seen to be over `MOST_BYTES`."""
    if int(request.headers.get("content-length", 0)) > MOST_BYTES:
        raise _too_large()
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                raise _too_large()
    except ClientDisconnect:
        raise RequestError(400, "The connection was closed before the whole body had arrived.") from None
    return bytes(body)


def parse(model: type[B], body: bytes) -> B:
    """The body as `model`; RequestError naming every field at fault, never a value.

    NaN and infinities are let through, because pandas writes them: the contract reads NaN as null and
    refuses infinities by name.
    """
    try:
        content = from_json(body, allow_inf_nan=True)
    except ValueError as error:
        raise RequestError(400, f"The body is not valid JSON: {error}.") from None
    if not isinstance(content, dict):
        raise RequestError(400, "The body must be a JSON object.")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = [
            _fault(found) for found in error.errors(include_url=False, include_context=False, include_input=False)
        ]
    raise RequestError(400, "The request does not have the form that this endpoint takes.", faults)


def _fault(found: ErrorDetails) -> Fault:
    words = {
        "extra_forbidden": "Unknown field.",
        "missing": "Required.",
        "dict_type": "Must be an object.",
        "list_type": "Must be an array.",
        "bool_type": "Must be true or false.",
        "int_type": "Must be a whole number.",
    }
    return Fault(pointer=pointer(*found["loc"]), detail=words.get(found["type"], f"{found['msg']}."))


def _too_large() -> RequestError:
    return RequestError(413, f"The body is larger than {MOST_BYTES // 1024**2} MB; send fewer creators at a time.")
