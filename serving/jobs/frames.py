"""Frames one after the other as one Parquet file or as NDJSON, in the memory of one of them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pyarrow import RecordBatch

BATCH_ROWS = 2_000


class _Sink(io.RawIOBase):
    """Takes up what is written until it is fetched."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]  # a buffer, which pyarrow hands over
        """Keep the bytes."""
        self._held += content
        return len(content)

    def take(self) -> bytes:
        """What was written since the last time."""
        content = bytes(self._held)
        self._held.clear()
        return content


def as_ndjson(frames: Iterable[pl.DataFrame]) -> Iterator[bytes]:
    """The rows as lines."""
    for frame in frames:
        yield frame.write_ndjson().encode()


def as_parquet(frames: Iterable[pl.DataFrame]) -> Iterator[bytes]:
    """The frames, at least one and all of the same columns, as one file, in pieces."""
    import pyarrow.parquet as pq

    sink, writer = _Sink(), None
    for frame in frames:
        rows = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if writer is None:
            writer = pq.ParquetWriter(sink, rows.schema, compression="zstd")
        writer.write_table(rows)
        yield sink.take()
    if writer is not None:
        writer.close()
    yield sink.take()


def write_frames(frames: Iterable[pl.DataFrame], path: Path) -> None:
    """Write them as one Parquet file in a folder that is there; the file is there whole or not at all."""
    part = path.with_suffix(".part")
    with part.open("wb") as out:
        for content in as_parquet(frames):
            out.write(content)
    part.replace(path)


def read_frames(path: Path) -> Iterator[pl.DataFrame]:
    """The rows of a Parquet file, some at a time; one frame at least."""
    from features.parquet import open_parquet

    with open_parquet(path) as rows:
        if not rows.metadata.num_rows:
            yield pl.DataFrame(pl.from_arrow(rows.schema_arrow.empty_table()))
        for batch in rows.iter_batches(BATCH_ROWS):
            yield _frame(batch)


def _frame(batch: RecordBatch) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(batch))
