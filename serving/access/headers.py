"""Headers of every answer: what a browser may do with it, and the request's id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import Message

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""What a page of the service may load: files of its own, and no script or style that stands in it."""

GUARDS: Final = {
    b"content-security-policy": POLICY.encode(),
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
}
NOT_KEPT: Final = {b"cache-control": b"no-store"}
"""Answers are about people: no cache keeps them."""
REQUEST_ID: Final = b"x-request-id"


def guard(message: Message, request_id: str, *, kept: bool = False) -> None:
    """Add to the start of an answer what it does not say itself; `kept` where a cache may keep it."""
    headers = [pair for pair in message["headers"] if pair[0].lower() != REQUEST_ID]
    said = {name.lower() for name, _ in headers}
    wanted = GUARDS if kept else GUARDS | NOT_KEPT
    headers += [pair for pair in wanted.items() if pair[0] not in said]
    message["headers"] = [*headers, (REQUEST_ID, request_id.encode())]
