"""Headers that every answer gets, beside those that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serving.access.headers import GUARDS, guard

if TYPE_CHECKING:
    from starlette.types import Message


def guarded(*headers: tuple[bytes, bytes], kept: bool = False) -> list[tuple[bytes, bytes]]:
    message: Message = {"type": "http.response.start", "status": 200, "headers": list(headers)}
    guard(message, "trace-01", kept=kept)
    found: list[tuple[bytes, bytes]] = message["headers"]
    return found


def test_what_an_answer_says_itself_stays_and_nothing_is_said_twice() -> None:
    own = (b"Cache-Control", b"private, no-cache"), (b"Referrer-Policy", b"same-origin")
    found = guarded(*own, (b"X-Request-ID", b"of another layer"))
    names = [name.lower() for name, _ in found]
    assert sorted(names) == sorted({*names})
    assert set(own) < set(found)
    assert found[-1] == (b"x-request-id", b"trace-01")


def test_caches_keep_the_files_of_a_page_and_no_other_answer() -> None:
    assert dict(guarded())[b"cache-control"] == b"no-store"
    assert dict(guarded(kept=True)) == {**GUARDS, b"x-request-id": b"trace-01"}
