"""The query of a request: the parameters that an endpoint takes, each given once, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from pydantic import TypeAdapter, ValidationError

from features.errors import printable
from serving.api.problems import RequestError
from serving.api.responses import Fault
from serving.compat import SERVICES, Compat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

COMPAT = "compat"


class Parameter(NamedTuple):
    """What the text of a parameter is read as, and the same in a sentence for whoever gave another."""

    kind: TypeAdapter[object]
    must: str


def parameters(request: Request, taken: Mapping[str, Parameter]) -> dict[str, object]:
    """The parameters that were given, as they are read.

    Raises RequestError naming each that is not among those taken, is given twice, or is no text of its kind.
    """
    values: dict[str, object] = {}
    faults: list[Fault] = []
    for name in request.query_params:
        given, parameter = request.query_params.getlist(name), taken.get(name)
        if parameter is None:
            faults.append(Fault(pointer="", parameter=printable(name), detail="Unknown parameter."))
        elif len(given) > 1:
            faults.append(Fault(pointer="", parameter=name, detail="Must be given once."))
        else:
            try:
                values[name] = parameter.kind.validate_python(given[0])
            except ValidationError:
                faults.append(Fault(pointer="", parameter=name, detail=parameter.must))
    if faults:
        raise RequestError(400, "A parameter of the query is not one that this endpoint takes.", faults)
    return values


_SHAPE = {COMPAT: Parameter(TypeAdapter(Compat), f"Must be one of {', '.join(SERVICES)}.")}


def compat_of(request: Request) -> Compat | None:
    """The service in whose shape the answer is asked for; else as `parameters`."""
    return cast("Compat | None", parameters(request, _SHAPE).get(COMPAT))
