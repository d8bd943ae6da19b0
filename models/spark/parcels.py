"""Rows on their way between executors: thousands of one table as one binary value, so that Spark moves few large rows.

Spark's own cost is by the row: of every row each column is written, sorted and read one by one. So what reads a table
packs what it read into parcels, one for each bucket of creators, and what scores opens them: Arrow's stream format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    Batches = Iterator[pa.RecordBatch]

BUCKET, TABLE, PARCEL = "#bucket", "#table", "#parcel"
"""A parcel: whose rows they are, of which table, and the rows themselves."""
PARCELS = f"`{BUCKET}` int, `{TABLE}` int, `{PARCEL}` binary"

FACTS = KEY, PLACE, NEWEST = "#key", "#place", "#newest"
"""Whose row it is, where it stood, when it is from; a parcel has those that are no column of its table."""
TIMES = {"posts": "posted_at", "comments": "posted_at", "follower_history": "date"}
"""Columns that say which rows of a table are the newest; of an audience, which has none, some rows as good as drawn."""

PACKED_BYTES = 64 << 20
"""Rows that are packed together: the more, the fewer parcels; held twice meanwhile."""
PARCEL_ROWS = 10_000
"""At the most: of one large creator Spark too moves no more than some megabytes at once."""


def packed(table: int, batches: Batches) -> Batches:
    """The rows of one table, each with its `BUCKET`, as parcels."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        held.append(batch)
        size += batch.nbytes
        if size >= PACKED_BYTES:
            yield _packed(table, pa.Table.from_batches(held))
            held, size = [], 0
    if size:
        yield _packed(table, pa.Table.from_batches(held))


def opened(batches: Batches) -> Iterator[tuple[int, str, pa.Table]]:
    """The bucket, the name of the table, and the rows of each parcel with all `FACTS`."""
    import pyarrow as pa

    from features.records import TABLES

    names = list(TABLES)
    for batch in batches:
        parcels = batch.column(PARCEL)
        places = zip(batch.column(BUCKET).to_pylist(), batch.column(TABLE).to_pylist(), strict=True)
        for number, (bucket, table) in enumerate(places):
            rows = pa.ipc.open_stream(parcels[number].as_buffer()).read_all()
            yield bucket, names[table], _with_facts(names[table], rows)


def _with_facts(table: str, rows: pa.Table) -> pa.Table:
    import pyarrow as pa

    columns = {KEY: "creator_id", PLACE: None, NEWEST: TIMES.get(table)}
    for fact, column in columns.items():
        if fact not in rows.column_names:
            known = column in rows.column_names
            rows = rows.append_column(fact, rows[column] if known else pa.nulls(rows.num_rows, pa.int64()))
    return rows


def _packed(table: int, rows: pa.Table) -> pa.RecordBatch:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = _in_utc(rows).combine_chunks()
    [rows] = rows.take(pc.sort_indices(rows[BUCKET])).combine_chunks().to_batches()
    buckets = rows.column(BUCKET).to_numpy()
    ends = np.append(np.flatnonzero(np.diff(buckets)) + 1, len(buckets))
    content = rows.drop_columns([BUCKET])
    cuts = [
        (start, min(start + PARCEL_ROWS, end))
        for first, end in zip(np.append(0, ends[:-1]), ends, strict=True)
        for start in range(first, end, PARCEL_ROWS)
    ]
    parcels = pa.array([_written(content[start:end]) for start, end in cuts], pa.binary())
    columns = [buckets[[start for start, _ in cuts]], np.full(len(cuts), table, np.int32), parcels]
    return pa.RecordBatch.from_arrays(columns, [BUCKET, TABLE, PARCEL])


def _in_utc(rows: pa.Table) -> pa.Table:
    """Times of whatever zone the session has as times of UTC, which they are in memory."""
    import pyarrow as pa

    for number, one in enumerate(rows.schema):
        if pa.types.is_timestamp(one.type) and one.type.tz is not None:
            utc = pa.timestamp(one.type.unit, "UTC")
            rows = rows.set_column(number, one.name, rows.column(number).cast(utc))
    return rows


def _written(rows: pa.RecordBatch) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_batch(rows)
    return bytes(sink.getvalue())
