"""Records that a page carries from one request to the next, in a field of its forms.

The service keeps nothing between two requests of a page: any process answers any of them, a restart loses nothing,
nobody's records lie in a session that somebody else could open or that has to be erased. What a list needs to open a
report, and a report to be downloaded, goes to the browser and comes back: as compressed JSON in letters that no page
takes for its own. What comes back is read and checked like any other upload.
"""

from __future__ import annotations

import binascii
import zlib
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

import orjson

from features.records import CREATORS, RECORD_TABLES
from serving.api.problems import RequestError

if TYPE_CHECKING:
    from features.records import Tables

MOST_UNPACKED = 64 * 1024 * 1024
BROKEN = "The records that this page carried did not come back as they were; hand them in again."


def nested(tables: Tables) -> list[dict[str, object]]:
    """The records of `tables` with their tables nested in them; what is not known is left out."""
    rows = tables.creators.select(CREATORS.schema().names()).iter_rows(named=True)
    found: dict[str, dict[str, object]] = {row["creator_id"]: _known(row) for row in rows}
    for table in RECORD_TABLES[1:]:
        own: dict[str, list[dict[str, object]]] = {}
        for row in tables[table.name].select(table.schema().names()).iter_rows(named=True):
            own.setdefault(row.pop("creator_id"), []).append(_known(row))
        for creator_id, nested_rows in own.items():
            found[creator_id][table.name] = nested_rows
    return list(found.values())


def pack(records: list[dict[str, object]]) -> str:
    """Records as letters, digits, `+`, `/` and `=`."""
    return b64encode(zlib.compress(orjson.dumps(records), level=1)).decode()


def unpack(text: str) -> list[dict[str, object]]:
    """The records again; RequestError where they are none, or are larger than a form could have brought them."""
    try:
        unpacker = zlib.decompressobj()
        content = unpacker.decompress(b64decode(text, validate=True), MOST_UNPACKED)
        found = orjson.loads(content) if unpacker.eof else None
    except (binascii.Error, zlib.error, ValueError):
        found = None
    if not isinstance(found, list):
        raise RequestError(400, BROKEN)
    return found


def _known(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if value is not None}
