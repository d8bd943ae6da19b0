"""What the service puts around a page: where one is, who one is, and what can be done from there."""

from __future__ import annotations

from dataclasses import dataclass, field
from shlex import quote
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.responses import HTMLResponse

from serving.pages.templating import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from features.exports import Leftovers
    from ledger import Audit

OWN_ORIGIN = {"referrer-policy": "same-origin"}
"""Without it, a browser would not tell which origin a form comes from where the service is not reached by HTTPS."""


@dataclass(frozen=True)
class Site:
    """What stands around every page.

    Attributes:
        here: The page's name in the navigation.
        signed_in: Whether the key came as a cookie, which can be given back.
        may_audit: Whether verdicts can be recorded by whoever asks.
        root: From the page's address to the start, as browsers resolve it: the service may be reached below a prefix.
    """

    here: str = "score"
    signed_in: bool = False
    may_audit: bool = False
    root: str = "./"


@dataclass(frozen=True)
class Desk:
    """What can be done with a report.

    Attributes:
        packed: The creator's records, see `serving.pages.carried`.
        audits: Verdicts that people gave on the creator.
        said: What became of the verdict that was just sent; None where none was.
        failed: Whether it was refused.
        recorded: The key of the verdict that was just recorded; None where none was.
        leftovers: What of an export found no place in the records.
        key: Names the verdict that the form would send: sent twice, it is recorded once.
    """

    packed: str
    audits: tuple[Audit, ...] = ()
    said: str | None = None
    failed: bool = False
    leftovers: Leftovers | None = None
    recorded: str | None = None
    key: str = field(default_factory=lambda: uuid4().hex)

    @property
    def command(self) -> str:
        """What records an objection to the verdict that was just recorded on the command line."""
        return f"bonafide audits dispute {quote(self.recorded or '')} open"


def render(template: str, site: Site, **values: object) -> str:
    """A page of the service."""
    return environment().get_template(template).render(site=site, **values)


def html(content: str, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """The answer that brings a page."""
    return HTMLResponse(content, status, {**OWN_ORIGIN, **(headers or {})})
