"""Frames on disk in one Arrow record batch each, mapped into memory, of which rows are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from features.errors import ContractError
from models.index.durable import damaged
from models.index.packed import Mapped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

_BEHIND_NULLS: dict[pl.DataType, object] = {pl.String(): "", pl.Int64(): 0, pl.Float64(): 0.0}


def write_frame(frame: pl.DataFrame, schema: pl.Schema, path: Path) -> None:
    """Write the columns of the schema to a file; equal frames make equal files."""
    exact = frame.select(_settled(name, dtype) for name, dtype in schema.items())
    table = exact.to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=max(table.num_rows, 1))


class Frame:
    """A frame on disk in one Arrow record batch, of which rows are taken.

    Args:
        path: The file.
        schema: Its columns.
        scattered: It is large and little of it is read at a time, of which nothing stays in memory.
    """

    def __init__(self, path: Path, schema: pl.Schema, *, scattered: bool = False) -> None:
        self._mapped, self._scattered = Mapped(path), scattered
        try:
            table = pa.ipc.open_file(pa.py_buffer(self._mapped.map)).read_all()
        except pa.ArrowInvalid:
            raise damaged(path) from None
        if table.column_names != schema.names():
            raise ContractError(f"{path}: another release of Bonafide wrote it; build the index again")
        # A batch takes rows in a third of the time that a table does.
        self._batch = table.to_batches()[0] if len(table) else pa.RecordBatch.from_pylist([], table.schema)
        if scattered:
            self._mapped.scattered()

    def take(self, rows: Numbers) -> pl.DataFrame:
        """These rows, in this order."""
        return taken([self], [rows])

    def batch(self, rows: Numbers, columns: Sequence[str] | None = None) -> pa.RecordBatch:
        """The same as Arrow has it, of all columns or of some."""
        batch = self._batch if columns is None else self._batch.select(list(columns))
        found = batch.take(pa.array(rows))
        if self._scattered:
            self._mapped.release()
        return found


def taken(
    frames: Sequence[Frame],
    rows: Sequence[Numbers],
    columns: Sequence[str] | None = None,
    order: Numbers | None = None,
) -> pl.DataFrame:
    """These rows of each frame, one frame after the other, of all columns or of some.

    They are put together by Arrow: Polars takes as long for each batch as for all of them, and waits for its threads.

    Args:
        frames: Where to read.
        rows: Which rows of each.
        columns: Which columns; all of them unless given.
        order: The order in which to give the rows back, where it is another.
    """
    batches = [frame.batch(own, columns) for frame, own in zip(frames, rows, strict=True)]
    each = zip(*(batch.columns for batch in batches), strict=True)
    whole = (parts[0] if len(parts) == 1 else pa.concat_arrays(parts) for parts in each)
    ordered = whole if order is None else (column.take(pa.array(order)) for column in whole)
    names = batches[0].schema.names
    return pl.DataFrame([pl.Series(name, column) for name, column in zip(names, ordered, strict=True)])


def _settled(name: str, dtype: pl.DataType) -> pl.Expr:
    """The column, with the same bytes behind its nulls however it was made: equal creators make equal files."""
    column = pl.col(name).cast(dtype)
    behind = _BEHIND_NULLS.get(dtype)
    return column if behind is None else pl.when(column.is_not_null()).then(column.fill_null(behind)).alias(name)
