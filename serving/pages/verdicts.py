"""Verdicts of people on the report page: recorded in the ledger, once each, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from features.errors import UnavailableError
from ledger import read_audits
from serving import audits

if TYPE_CHECKING:
    from ledger import Audit
    from serving.book import Book
    from serving.pages.forms import Form

TEXTS = ("key", "creator_id", "verdict", "reviewer", "note", "input_hash")
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


def of(book: Book | None, creator_id: str) -> tuple[Audit, ...]:
    """Every verdict on the creator; none where there is no ledger, or where it does not answer now."""
    if book is None:
        return ()
    try:
        return tuple(read_audits(book.ledger, creator_id))
    except UnavailableError:
        return ()
