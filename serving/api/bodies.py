"""How a request becomes what its endpoint takes (`serving.api.requests`), or is refused."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from starlette.requests import ClientDisconnect

from serving.api.problems import RequestError, pointer
from serving.api.responses import Fault

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from starlette.requests import Request

MOST_BYTES = 64 * 1024 * 1024
MOST_NESTED = 2_000_000
"""Lists and objects of a body. An empty one takes 88 bytes of memory for three of the body, so that 64 MB of them would
take 1.8 GB beside all else (2.4 GB of a worker were measured), while 64 MB of the smallest rows of a table are 1.7
million objects."""
HALF = re.compile(rb"\\u[dD][89a-fA-F]")
"""Half of a character, or one of its two halves: only Python's own parser takes one alone, and it is slower."""

B = TypeVar("B", bound=BaseModel)


async def read_body(request: Request, most: int = MOST_BYTES) -> bytes:
    """The request's body; refused with 413 as soon as it is announced or seen to be over `most` bytes."""
    if int(request.headers.get("content-length", 0)) > most:
        raise _too_large(most)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise _too_large(most)
    except ClientDisconnect:
        raise RequestError(400, "The connection was closed before the whole body had arrived.") from None
    return bytes(body)


def parse(model: type[B], body: bytes, *, cut: bool = False) -> B:
    """The body as `model`; RequestError naming every field at fault, never a value.

    Args:
        model: What the endpoint takes.
        body: JSON, also with NaN and infinities, because pandas writes them: the contract reads NaN as null and
            refuses infinities by name.
        cut: Whether half a character may stand in a text, as one that was cut ends with: so where the texts are those
            of records, in which the contract replaces it.
    """
    refuse_many_nested(body)
    content = _content(body, cut)
    if not isinstance(content, dict):
        raise RequestError(400, "The body must be a JSON object.")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = [
            _fault(found) for found in error.errors(include_url=False, include_context=False, include_input=False)
        ]
    raise RequestError(400, "The request does not have the form that this endpoint takes.", faults)


def refuse_many_nested(body: bytes) -> None:
    """RequestError where the body holds more lists and objects than are read."""
    if len(body) > MOST_NESTED and body.count(b"[") + body.count(b"{") > MOST_NESTED:
        raise RequestError(413, f"The body holds more than {MOST_NESTED:,} lists and objects; send fewer creators.")


def _content(body: bytes, cut: bool) -> object:
    try:
        return from_json(body, allow_inf_nan=True, cache_strings="keys")
    except ValueError as error:
        if cut and HALF.search(body):
            with suppress(ValueError, RecursionError):
                return json.loads(body)
        raise RequestError(400, f"The body is not valid JSON: {error}.") from None


def _fault(found: ErrorDetails) -> Fault:
    words = {
        "extra_forbidden": "Unknown field.",
        "missing": "Required.",
        "dict_type": "Must be an object.",
        "model_type": "Must be an object.",
        "list_type": "Must be an array.",
        "bool_type": "Must be true or false.",
        "int_type": "Must be a whole number.",
        "string_unicode": "Holds half of a character.",
    }
    said = found["msg"].removeprefix("Value error, ").removesuffix(".")
    said = re.sub(r"^(Input|List|String) should ", "Must ", said)
    said = re.sub(r" after validation, not \d+$", "", said)
    return Fault(pointer=pointer(*found["loc"]), detail=words.get(found["type"], f"{said}."))


def _too_large(most: int) -> RequestError:
    size = f"{most // 1024**2} MB" if most >= 1024**2 else f"{most // 1024} kB"
    return RequestError(413, f"The body is larger than {size}; send fewer creators at a time.")
