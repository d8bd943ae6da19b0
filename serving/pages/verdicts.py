"""Verdicts of people on the report page, and creators' objections to them: recorded in the ledger, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import orjson

from features.errors import NotFoundError, UnavailableError
from ledger import DisputeState, append_dispute, read_audits
from serving.api import audits
from serving.api.problems import RequestError

if TYPE_CHECKING:
    from ledger import Audit
    from serving.book import Book
    from serving.pages.forms import Form

TEXTS = ("key", "creator_id", "verdict", "reviewer", "note", "input_hash")
STATES: dict[str, DisputeState] = {state: state for state in get_args(DisputeState)}
OBJECTED = "The objection is recorded."
STORED, THERE = "The verdict is recorded.", "The verdict was recorded before; nothing was stored twice."


def record(book: Book | None, form: Form) -> str:
    """Record the verdict of the form; what became of it, or RequestError naming the fields at fault."""
    body: dict[str, object] = {name: form.text(name) for name in TEXTS if form.text(name)}
    share = form.number("fake_percent", "The share of fake followers")
    if share is not None:
        body["fake_follower_share"] = share / 100
    if form.many("types"):
        body["types"] = form.many("types")
    status, _ = audits.add(book, orjson.dumps(body))
    return STORED if status == 201 else THERE


def dispute(book: Book | None, form: Form) -> str:
    """Record what became of an objection to a verdict; what to tell, or RequestError."""
    if book is None:
        raise RequestError(503, audits.NO_LEDGER)
    state = STATES.get(form.text("state"))
    if state is None:
        raise RequestError(400, "Choose what became of the objection.")
    try:
        append_dispute(book.ledger, form.text("disputed"), state, form.text("note") or None)
    except NotFoundError:
        raise RequestError(404, "There is no verdict of this key.") from None
    except UnavailableError:
        raise RequestError(503, audits.AWAY, after=audits.AGAIN) from None
    return OBJECTED


def of(book: Book | None, creator_id: str) -> tuple[Audit, ...]:
    """Every verdict on the creator; none where there is no ledger, or where it does not answer now."""
    if book is None:
        return ()
    try:
        return tuple(read_audits(book.ledger, creator_id))
    except UnavailableError:
        return ()
