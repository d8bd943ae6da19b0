"""A fingerprint of each creator's record, so that an answer can be replayed and recognised."""

from __future__ import annotations

from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING

import orjson
import polars as pl

from features.records.contract import RECORD_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from features.records.tables import Tables


MANY_ROWS = 2_000
"""Of a table from which on Polars counts sooner than Python."""


def input_hashes(tables: Tables) -> dict[str, str]:
    """The hash of each creator (SHA-256, hexadecimal), in the order of `tables.creators`.

    Depends on what is known of the creator and on nothing else: not on row order or other creators, not on
    whether a column is absent or null, not on labels, and not on the version of Polars.
    """
    hashes = {creator_id: sha256() for creator_id in tables.creators["creator_id"]}
    for table in RECORD_TABLES:
        heading = table.name.encode()
        frame = tables[table.name]
        given = {one.name: one for one in frame.get_columns()}
        nulls = {name: given[name].null_count() for name in table.names}
        columns = {name: _plain(given[name]) for name, many in nulls.items() if many < frame.height}
        for creator_id, rows in runs(given["creator_id"]):
            own = {name: values[rows] for name, values in columns.items()}
            known = {
                name: values for name, values in own.items() if not nulls[name] or values.count(None) < len(values)
            }
            hashes[creator_id].update(heading + orjson.dumps(known))
    return {creator_id: found.hexdigest() for creator_id, found in hashes.items()}


def _plain(column: pl.Series) -> list[object]:
    """The values, times as microseconds and dates as days."""
    values: list[object] = (column.cast(pl.Int64) if column.dtype.is_temporal() else column).to_list()
    return values


def runs(creators: pl.Series) -> Iterator[tuple[str, slice]]:
    """Each creator with the rows that stand together, as in every table but `creators`."""
    if len(creators) > MANY_ROWS:
        found = creators.rle().struct.unnest()
        lengths: Iterable[tuple[str, int]] = zip(found["value"].to_list(), found["len"].to_list(), strict=True)
    else:
        lengths = ((creator_id, len(list(rows))) for creator_id, rows in groupby(creators.to_list()))
    start = 0
    for creator_id, length in lengths:
        yield creator_id, slice(start, start + length)
        start += length
