"""The templates of all pages, which escape whatever they are given, and their style sheet."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from features.nouns import number_of
from serving.pages import figures, stretches, wording

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """Where templates are found; a name that is not there is an error and never empty."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(quoted=wording.quoted, inert=wording.inert)
    found.globals.update(words=wording, stretches=stretches, figures=figures, number_of=number_of)
    return found


@cache
def style() -> Markup:
    """The style sheet of a page that stands alone."""
    return Markup(read("report.css"))  # noqa: S704 - a file of this package


def site_style() -> str:
    """The same with what only the service's pages need."""
    return read("report.css") + read("site.css")


def read(name: str) -> str:
    """A file of the pages as it is."""
    return (TEMPLATES / name).read_text(encoding="utf-8")
