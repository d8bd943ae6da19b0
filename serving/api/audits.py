"""`/v1/audits`: verdicts of people, handed in once each and read back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import orjson
from pydantic import StringConstraints, TypeAdapter

from features.errors import RefusedError, UnavailableError
from ledger import Audit, NewAudit, read_audits
from serving.api.bodies import parse
from serving.api.parameters import Parameter, parameters
from serving.api.problems import RequestError, pointer
from serving.api.requests import AuditRequest
from serving.api.responses import AuditAnswer, AuditsAnswer, Fault

if TYPE_CHECKING:
    from starlette.requests import Request

    from serving.book import Book

NO_LEDGER = "The service has no ledger."
NOBODY = "Name the creator whose audits are wanted: /v1/audits?creator_id=..."
AWAY = "The ledger's database does not answer; nothing was stored. Try the same again shortly."
AGAIN = 5
"""Seconds after which to try again."""
OTHER_CONTENT = "There is an audit of this key with other content. Audits are never overwritten: give a new key."
ERASED = "The creator was erased after the time of this audit."
TOO_LONG = "The ledger's database cannot hold an id or key of this length."
LONGEST_ID = 1_000
_TAKEN = {
    "creator_id": Parameter(
        TypeAdapter(Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID)]),
        f"Must be 1 to {LONGEST_ID:,} characters.",
    )
}


def add(book: Book | None, body: bytes) -> tuple[Literal[200, 201], bytes]:
    """`POST /v1/audits`: 201 where the audit is new, 200 where it was there already."""
    asked = parse(AuditRequest, body)
    try:
        appended = _open(book).desk.append(NewAudit(**asked.model_dump()))
    except UnavailableError:
        raise RequestError(503, AWAY, after=AGAIN) from None
    except RefusedError:
        raise RequestError(400, TOO_LONG, [Fault(pointer=pointer("creator_id"), detail="Is too long.")]) from None
    if appended.outcome == "conflict":
        raise RequestError(409, OTHER_CONTENT, [Fault(pointer=pointer("key"), detail="Names another audit.")])
    if appended.audit is None:
        raise RequestError(410, ERASED, [Fault(pointer=pointer("audited_at"), detail="Is before the erasure.")])
    return (201 if appended.outcome == "stored" else 200), answer(appended.audit).model_dump_json().encode()


def creator_of(request: Request) -> str:
    """The creator whose audits are asked for; RequestError where the query names none, or anything else."""
    creator_id = parameters(request, _TAKEN).get("creator_id")
    if creator_id is None:
        raise RequestError(400, NOBODY)
    return str(creator_id)


def of(book: Book | None, creator_id: str) -> bytes:
    """`GET /v1/audits?creator_id=...`: every audit of the creator, by the time of the verdict."""
    try:
        found = read_audits(_open(book).ledger, creator_id)
    except UnavailableError:
        raise RequestError(503, AWAY, after=AGAIN) from None
    return AuditsAnswer(creator_id=creator_id, audits=tuple(map(answer, found))).model_dump_json().encode()


def answer(audit: Audit) -> AuditAnswer:
    """An audit as it is answered."""
    return AuditAnswer.model_validate(asdict(audit))


def rehearse(asked: dict[str, object]) -> bytes:
    """The answer to a worked example that is handed in the first time."""
    example = AuditRequest.model_validate(asked)
    told = {**example.model_dump(), "recorded_at": example.audited_at, "dispute": None}
    return orjson.dumps(AuditAnswer.model_validate(told).model_dump(mode="json"))


def _open(book: Book | None) -> Book:
    if book is None:
        raise RequestError(503, NO_LEDGER)
    return book
