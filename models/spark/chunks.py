"""On an executor: from the batches of a stream to the checked records of whole creators, some thousands at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.spark.stream import KEY, PLACE, RANK, TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import polars as pl
    import pyarrow as pa

    from features.records import Table, Tables
    from features.records.check import Checker
    from features.records.handed import Handed
    from features.records.problems import Problems

    Batches = Iterator[pa.RecordBatch]

CHUNK_ROWS = 40_000
"""Rows that are worked on together: enough for Polars' fixed costs to vanish, some hundred megabytes at the most."""


@dataclass(frozen=True)
class Door:
    """How records are let in.

    Attributes:
        latest: When the future begins, the same for all executors.
        most_rows: Rows of a creator and table that are looked at.
        skip: Name the rows too that fall with a creator who is refused.
    """

    latest: datetime
    most_rows: int
    skip: bool = False


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some creators with all that is looked at of them.

    Attributes:
        tables: Their records.
        problems: What was refused.
        shortened: By creator, the tables of which only the newest rows are there.
    """

    tables: Tables
    problems: Problems
    shortened: dict[str, list[str]] = field(default_factory=dict)


def chunks(batches: Batches, door: Door) -> Iterator[Chunk]:
    """The records of a partition of `models.spark.stream.stream`, read through the same door as everywhere."""
    for rows in whole_creators(batches, CHUNK_ROWS):
        yield _read(rows, door)


def whole_creators(batches: Batches, least: int) -> Iterator[pa.Table]:
    """The rows, put together so that no creator is in two tables; each has `least` rows or more but the last."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    rows, last = 0, None
    for batch in batches:
        if not batch.num_rows:
            continue
        start = _start_of_last(batch)
        newest = batch.column(KEY)[batch.num_rows - 1].as_py()
        begins = start > 0 or (rows > 0 and newest != last)
        if begins and rows + start >= least:
            yield pa.Table.from_batches([*held, batch[:start]])
            held, rows, batch = [], 0, batch[start:]
        held.append(batch)
        rows, last = rows + batch.num_rows, newest
    if held:
        yield pa.Table.from_batches(held)


def _start_of_last(batch: pa.RecordBatch) -> int:
    """Where the rows of the batch's last creator begin."""
    import pyarrow.compute as pc

    keys = batch.column(KEY)
    last = keys[len(keys) - 1]
    own = pc.equal(keys, last) if last.is_valid else pc.is_null(keys)
    return int(pc.index(own, True).as_py())


def _read(rows: pa.Table, door: Door) -> Chunk:
    from features.records.check import Checker
    from features.records.problems import Problems
    from features.records.read import tables_of

    problems = Problems(most_alike=None)
    checker = Checker(problems, door.latest, labels=False, skip=door.skip)
    frames = checker.relate(_with_owner(checker, checker.admit(_batch(rows, door.most_rows))))
    return Chunk(tables_of(frames, labels=False), problems, _shortened(rows, door.most_rows))


def _batch(rows: pa.Table, most_rows: int) -> dict[str, Handed]:
    """The tables of some rows as handed in, without what goes beyond the limit."""
    import pyarrow.compute as pc

    from features.records import TABLES

    kept = rows.filter(pc.less_equal(rows[RANK], most_rows))
    batch: dict[str, Handed] = {}
    for number, (name, table) in enumerate(TABLES.items()):
        if name in kept.column_names:
            own = kept.filter(pc.equal(kept[TABLE], number))
            if own.num_rows:
                batch[name] = _handed(table, own)
    return batch


def _handed(table: Table, rows: pa.Table) -> Handed:
    """One table's rows in the order in which they stood, where that is known."""
    import polars as pl

    from features.records.handed import Handed

    if not rows[PLACE].null_count:
        rows = rows.sort_by(PLACE)
    content = rows[table.name].combine_chunks()
    columns = {
        one.name: pl.Series(one.name, pl.from_arrow(_in_utc(values)))
        for one, values in zip(content.type, content.flatten(), strict=True)
    }
    return Handed(table, columns, len(content), rows=rows[PLACE].to_pylist())


def _in_utc(values: pa.Array) -> pa.Array:
    """Times of whatever zone the session has as times of UTC, which they are in memory."""
    import pyarrow as pa

    if pa.types.is_timestamp(values.type) and values.type.tz is not None:
        return values.cast(pa.timestamp(values.type.unit, "UTC"))
    return values


def _with_owner(checker: Checker, frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables, where nobody is a creator with every row marked as of nobody: the door compares with creators only.

    A row without a creator's id is told as that.
    """
    from features.records.check import ORPHAN
    from features.records.contract import CREATORS, TABLES

    if CREATORS.name in frames:
        return frames
    return {
        name: checker.refuse(frame, TABLES[name], ORPHAN, frame["creator_id"].is_not_null(), "creator_id")
        for name, frame in frames.items()
    }


def _shortened(rows: pa.Table, most_rows: int) -> dict[str, list[str]]:
    import pyarrow.compute as pc

    from features.records import TABLES

    names = list(TABLES)
    beyond = rows.filter(pc.greater(rows[RANK], most_rows)).select([KEY, TABLE])
    found: dict[str, list[str]] = {}
    for key, number in zip(*(column.to_pylist() for column in beyond.columns), strict=True):
        found.setdefault(key, []).append(names[number])
    return found
