"""How records are sent: the media type of each kind of file, and a body that can be made anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from serving.jobs.job import NDJSON_TYPE, PARQUET_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from serving.client.asked import Record

    Body = Callable[[], bytes | Iterable[bytes]]

KINDS = {".ndjson": NDJSON_TYPE, ".jsonl": NDJSON_TYPE, ".parquet": PARQUET_TYPE}


def sent(records: Path | Iterable[Record]) -> tuple[str, Body, bool]:
    """How a job's records are sent: their media type, what makes the body, and whether it can be made again.

    Raises ValueError where a file's ending says that it is of no kind that the service takes.
    """
    if isinstance(records, Path):
        kind = KINDS.get(records.suffix.lower())
        if kind is None:
            raise ValueError(f"{records}: a job takes a file that ends in {', '.join(KINDS)}")
        return kind, lambda: _pieces(records), True
    return NDJSON_TYPE, lambda: (orjson.dumps(one) + b"\n" for one in records), iter(records) is not records


def _pieces(file: Path, size: int = 1 << 20) -> Iterator[bytes]:
    with file.open("rb") as content:
        while piece := content.read(size):
            yield piece
