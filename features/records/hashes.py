"""A fingerprint of each creator's record, so that an answer can be replayed and recognised."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import orjson
import polars as pl

from features.records.contract import RECORD_TABLES, Table

if TYPE_CHECKING:
    from features.records.tables import Tables


def input_hashes(tables: Tables) -> pl.DataFrame:
    """One row a creator, in the order of `tables.creators`: `creator_id` and `input_hash` (SHA-256, hexadecimal).

    Depends on what is known of the creator and on nothing else: not on row order or other creators, not on
    whether a column is absent or null, not on labels, and not on the version of Polars.
    """
    hashes = {creator_id: sha256() for creator_id in tables.creators["creator_id"]}
    for table in RECORD_TABLES:
        heading = table.name.encode()
        frame = _encodable(tables[table.name], table)
        names = frame.columns
        for row in frame.iter_rows():
            known = {name: value for name, value in zip(names, row, strict=True) if value is not None}
            hashes[row[0]].update(heading + orjson.dumps(known))
    digests = [found.hexdigest() for found in hashes.values()]
    return pl.DataFrame(
        {"creator_id": list(hashes), "input_hash": digests},
        schema_overrides=dict.fromkeys(("creator_id", "input_hash"), pl.String),
    )


def _encodable(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The table's own columns, times as microseconds and dates as days, in the order of its key."""
    return frame.select(
        pl.col(name).to_physical() if dtype.is_temporal() else pl.col(name) for name, dtype in table.schema().items()
    )
