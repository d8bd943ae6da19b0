"""Parquet files that are larger than memory."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyarrow.parquet import ParquetFile

BUFFER = 2**20
"""Bytes of each column that are fetched at a time."""


@contextmanager
def open_parquet(path: Path) -> Iterator[ParquetFile]:
    """A file to be read some rows at a time, in memory that does not grow with it and goes back to the system then.

    Left to itself, pyarrow keeps the bytes of all that was read until the file is closed; of a row group it fetches
    whole columns, however large; and what it has let go it keeps for itself.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER) as rows:
        yield rows
    pa.default_memory_pool().release_unused()
