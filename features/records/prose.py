"""Texts as people wrote them, where the program that collected them has written their characters in another way.

Four ways are undone: references of HTML (`&#128525;`, `&amp;`), the tags that YouTube writes (`<br>`,
`<a href="...">2:19</a>`), escapes of JSON or Python that were kept (`\\ud83d\\ude0d`, `\\U0001f60d`), and UTF-8 that
was read as Latin-1 or Windows-1252 (`ðŸ˜‚`). Nobody tells praise, an emoji or a language in them else, and who names a
minute of a video has left a link.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

_WINDOWS = {ord(bytes([byte]).decode("cp1252", "ignore") or chr(byte)): byte for byte in range(0x80, 0xA0)}
"""The characters that Windows-1252 has in place of control characters, as the bytes that they stand for."""
_REFERENCE = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][0-9A-Za-z]{1,31});"
_ESCAPE = r"\\(?:u[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})"
_TAG = r"<(?:br ?/?|/?[abi]|a href=[^<>]*)>"
_MISREAD = rf"[\u00c2-\u00f4][\u0080-\u00bf{''.join(map(chr, _WINDOWS))}]"
_MARKS = f"{_REFERENCE}|{_TAG}|{_ESCAPE}|{_MISREAD}"
MOST_TIMES = 3
"""That a text is looked through: what was written so twice has one way within the other."""

_marked = re.compile(_MARKS).search
_references, _tags, _escapes = re.compile(_REFERENCE), re.compile(_TAG), re.compile(f"(?:{_ESCAPE})+")


def as_written(texts: pl.Series) -> pl.Series:
    """The texts as they were written; nulls stay."""
    marked = texts.str.contains(_MARKS).arg_true()
    if not len(marked):
        return texts
    mended = pl.Series(as_people_wrote(texts.gather(marked).to_list()), dtype=pl.String)
    return texts.clone().scatter(marked, mended)  # or the texts that were handed in would be others


def as_people_wrote(texts: Sequence[str | None]) -> list[str | None]:
    """`as_written` of a list.

    >>> as_people_wrote(["so &lt;3 &#128525;", "\\\\ud83d\\\\ude0d", "trÃ¨s joli ðŸ˜‚", "AT&T", None])
    ['so <3 😍', '😍', 'très joli 😂', 'AT&T', None]
    """
    return [text if text is None or _marked(text) is None else _mended(text) for text in texts]


def _mended(text: str) -> str:
    text = _tags.sub(lambda found: "\n" if found[0].startswith("<br") else "", text)
    for _ in range(MOST_TIMES):
        before = text
        text = _references.sub(lambda found: html.unescape(found[0]), text)
        text = _escapes.sub(lambda found: _unescaped(found[0]), text)
        text = _decoded(text)
        if text == before:
            break
    return text


def _unescaped(escapes: str) -> str:
    """Half characters become the replacement character, as they do in JSON."""
    halves = "".join(chr(int(escape[1:], 16)) for escape in escapes.split("\\")[1:])
    return halves.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _decoded(text: str) -> str:
    """The text whose UTF-8 was read as another encoding; itself where it was not, which whole texts tell."""
    try:
        return text.translate(_WINDOWS).encode("latin-1").decode()
    except UnicodeError:
        return text
