"""How records are sent: the media type of each kind of file, and a body that can be made anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from serving.client.asked import Record

    Body = Callable[[], bytes | Iterable[bytes]]

NDJSON, PARQUET = "application/x-ndjson", "application/vnd.apache.parquet"
KINDS = {".ndjson": NDJSON, ".jsonl": NDJSON, ".parquet": PARQUET}


def sent(records: Path | Iterable[Record]) -> tuple[str, Body, bool]:
    """How a job's records are sent: their media type, what makes the body, and whether it can be made again."""
    if isinstance(records, Path):
        return KINDS[records.suffix.lower()], lambda: _pieces(records), True
    return NDJSON, lambda: (orjson.dumps(one) + b"\n" for one in records), iter(records) is not records


def _pieces(file: Path, size: int = 1 << 20) -> Iterator[bytes]:
    with file.open("rb") as content:
        while piece := content.read(size):
            yield piece
