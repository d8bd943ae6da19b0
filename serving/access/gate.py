"""Who may pass: the role that each path needs, whether a key is asked for, and whether the one sent will do.

On loopback nobody is asked. A service is on loopback for a request that reached it at a loopback address and under a
loopback name: one under another name came through a proxy, or from a web page whose name was pointed at this machine.
"""

from __future__ import annotations

import logging
import math
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from features.errors import ContractError
from serving.access.keys import Key, Keyring, Role
from serving.access.uses import Uses
from serving.api.problems import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.types import Scope

log = logging.getLogger("bentoml.bonafide")

HEALTH = ("/livez", "/healthz", "/readyz")
DESCRIPTION = ("/docs", "/docs.json", "/docs.js", "/static_content")
FRONT = ("/sign-in", "/sign-out", "/page.css", "/page.js", "/icon.svg")
OPEN: Final = frozenset({*HEALTH, *DESCRIPTION, *FRONT})
"""Paths without anything about anybody: health, the description of the API, and what signing in takes."""

PAGES: Final[Mapping[str, Role]] = {
    "/": Role.SCORE,
    "/report": Role.SCORE,
    "/rank": Role.SCORE,
    "/jobs": Role.SCORE,
    "/audit": Role.AUDIT,
}
"""What people open in a browser: here a key may come as the cookie that signing in sets, and refusals are pages."""
COOKIE: Final = "bonafide_key"

ROLES: Final[Mapping[str, Role]] = {
    "/v1/score": Role.SCORE,
    "/v1/score_batch": Role.SCORE,
    "/v1/rank": Role.SCORE,
    "/v1/similar": Role.SCORE,
    "/v1/model": Role.SCORE,
    "/v1/jobs": Role.SCORE,
    "/v1/jobs/one": Role.SCORE,
    "/v1/jobs/one/result": Role.SCORE,
    "/v1/jobs/one/errors": Role.SCORE,
    "/v1/jobs/one/diff": Role.SCORE,
    "/v1/audits": Role.AUDIT,
    "/metrics": Role.ADMIN,
    **PAGES,
}
"""What a path needs; one that is not named here or above needs `admin`."""

COUNTED: Final = frozenset({401, 403, 429, 503})
"""Refusals of the edge that are worth an alarm."""
SAFE = ("GET", "HEAD", "OPTIONS")
AGAIN = 5
"""Seconds after which to try again what cannot be decided now."""

NO_KEY = "This service asks for a key: send it as 'Authorization: Bearer ...' or 'X-Api-Key: ...', once."
BAD_KEY = "The key is unknown, expired or revoked."
TOO_FAST = "The key has used up its rate of {rate:,} requests a minute; Retry-After tells when to try again."
FOREIGN = "A web page of another origin may not send this."
AWAY = "The keys cannot be read; the service's log says why."


class Gate:
    """The keys of a service.

    Args:
        home: Where keys and their uses are kept.
        always: Whether a key is asked for on loopback as well.
    """

    def __init__(self, home: Path, *, always: bool) -> None:
        self._ring = Keyring(home)
        self._uses = Uses(home)
        self._always = always

    def admit(self, scope: Scope, route: str) -> Key | None:
        """The key that a request comes with; None where none is asked for.

        Raises:
            RequestError: 401 without a key that is good, 403 where its role does not suffice or another site's page
                asks, 429 where it asks too often, 503 where this cannot be told.
        """
        headers = Headers(scope=scope)
        if scope["method"] not in SAFE and is_foreign(headers):
            raise RequestError(403, FOREIGN)
        if route in OPEN or not (self._always or not _on_loopback(scope, headers)):
            return None
        try:
            key = self._found(_presented(headers, cookie=route in PAGES))
            wait = self._uses.take(key)
        except (ContractError, OSError) as error:
            log.error("the keys cannot be read: %s", error if isinstance(error, ContractError) else error.strerror)
            raise RequestError(503, AWAY, after=AGAIN) from None
        needed = ROLES.get(route, Role.ADMIN)
        if not key.role.covers(needed):
            raise _refusal(403, f"The key's role is {key.role}; this needs {needed}.", "insufficient_scope", needed)
        if wait:
            raise RequestError(429, TOO_FAST.format(rate=key.rate), after=math.ceil(wait))
        return key

    def _found(self, presented: list[bytes]) -> Key:
        if len(presented) != 1:
            raise _refusal(401, NO_KEY)
        key = self._ring.find(presented[0], datetime.now(UTC))
        if key is None:
            raise _refusal(401, BAD_KEY, "invalid_token")
        return key


def is_foreign(headers: Headers) -> bool:
    """Whether a browser says that a page of another origin sent this; other clients say nothing of the kind."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc != headers.get("host")
    except ValueError:
        return True


def is_loopback(host: str) -> bool:
    """Whether a name or address is one that only this machine reaches.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example.org", "")]
    [True, True, True, False, False, False]
    """
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _presented(headers: Headers, *, cookie: bool) -> list[bytes]:
    """The keys that were sent, as bytes: what is no key must not fail to decode."""
    found = [value.encode("latin-1") for value in headers.getlist("x-api-key")]
    for value in headers.getlist("authorization"):
        scheme, _, rest = value.partition(" ")
        if scheme.lower() == "bearer":
            found.append(rest.strip().encode("latin-1"))
    if cookie and not found:
        kept = cookie_parser(headers.get("cookie", "")).get(COOKIE)
        found += [] if kept is None else [kept.encode("latin-1", "replace")]
    return found


def _on_loopback(scope: Scope, headers: Headers) -> bool:
    server, hosts = scope.get("server"), headers.getlist("host")
    return server is not None and len(hosts) == 1 and _both(server[0], hosts[0])


@lru_cache(maxsize=64)
def _both(server: str, host: str) -> bool:
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return is_loopback(server) and is_loopback(name.lower())


def _refusal(status: int, detail: str, error: str | None = None, scope: Role | None = None) -> RequestError:
    """A refusal with the challenge that RFC 6750 asks for."""
    challenge = 'Bearer realm="bonafide"'
    challenge += "" if error is None else f', error="{error}"'
    challenge += "" if scope is None else f', scope="{scope}"'
    return RequestError(status, detail, headers={"www-authenticate": challenge})
