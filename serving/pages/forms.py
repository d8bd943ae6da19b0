"""What a form of a page sends: fields and files, read in memory and never put on a disk."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from serving.api.bodies import read_body
from serving.api.problems import RequestError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

MOST_BYTES = 32 * 1024 * 1024
"""Of one form: what a browser shows well. Whoever has more sends a job."""
MOST_PARTS = 200

NOT_A_FORM = "This takes a form of a page (multipart/form-data)."


@dataclass(frozen=True)
class Upload:
    """A file as it came, or text that was pasted."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Form:
    """The fields and files of a form; a file that was not chosen is not there."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list[Upload]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A field's text without blanks around it; empty where it is not there."""
        return next(iter(self.fields.get(name, ())), "").strip()

    def many(self, name: str) -> list[str]:
        """All values of a field of several boxes."""
        return self.fields.get(name, [])

    def words(self, name: str) -> list[str]:
        """What stands between the commas of a field."""
        return [word for part in self.text(name).split(",") if (word := part.strip())]

    def number(self, name: str, label: str) -> float | None:
        """A field's number; None where it is empty, RequestError where it is none."""
        text = self.text(name)
        with suppress(ValueError):
            if not text or isfinite(float(text)):
                return float(text) if text else None
        raise RequestError(400, f"{label} must be a number.")


class _InMemory(MultiPartParser):
    spool_max_size = MOST_BYTES


async def read_form(request: Request, most: int = MOST_BYTES) -> Form:
    """The form; RequestError where it is none, or has more bytes than `most`."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise RequestError(415, NOT_A_FORM)
    body = await read_body(request, most)

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = _InMemory(request.headers, stream(), max_files=MOST_PARTS, max_fields=MOST_PARTS, max_part_size=MOST_BYTES)
    try:
        found = await parser.parse()
    except (MultiPartException, ValueError):  # python-multipart is not the only one to say so
        raise RequestError(400, NOT_A_FORM) from None
    form = Form()
    for name, value in found.multi_items():
        if not isinstance(value, UploadFile):
            form.fields.setdefault(name, []).append(value)
        elif value.filename:
            form.files.setdefault(name, []).append(Upload(value.filename, await value.read()))
    await found.close()
    return form
