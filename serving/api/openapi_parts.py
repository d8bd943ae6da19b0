"""Parts that the operations of the OpenAPI document are put together from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import orjson

Json = dict[str, object]

NO_PARAMETERS = "The query has a parameter; none is taken."


def ref(name: str) -> Json:
    """The schema of this name."""
    return {"$ref": f"#/components/schemas/{name}"}


def json_answer(schema: Json, example: orjson.Fragment | None = None, description: str = "The answer.") -> Json:
    """An answer in JSON."""
    media: Json = {"schema": schema}
    if example is not None:
        media["example"] = example
    return {"description": description, "content": {"application/json": media}}
