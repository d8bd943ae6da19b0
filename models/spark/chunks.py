"""On an executor: from the batches of a stream to the checked records of whole creators, some thousands at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.spark.parcels import FACTS, KEY, NEWEST, PLACE, opened

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

CONTENT, INDEX = "#content", "#index"
"""Made where they are needed: a hash of what a row holds, and where it stands among others."""
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
    for rows in whole_buckets(batches, CHUNK_ROWS, door.most_rows + 1):
        yield _read(rows, door)


def whole_buckets(parcels: Batches, least: int, most_rows: int) -> Iterator[dict[str, pa.Table]]:
    """The rows by table, put together so that no bucket, and so no creator, is in two of what comes out.

    Args:
        parcels: In the order of their buckets.
        least: So many rows or more come out at a time, but for the last.
        most_rows: Rows of a creator and table that come out at the most, the newest.
    """
    piles: dict[str, Pile] = {}
    last = None
    for bucket, table, rows in opened(parcels):
        if bucket != last and sum(pile.height for pile in piles.values()) >= least:
            yield _taken(piles)
            piles = {}
        piles.setdefault(table, Pile(most_rows)).add(rows)
        last = bucket
    if piles:
        yield _taken(piles)


def _taken(piles: dict[str, Pile]) -> dict[str, pa.Table]:
    """By table, `creators` first."""
    from features.records import TABLES

    return {name: piles[name].taken() for name in TABLES if name in piles}


class Pile:
    """Rows of one table; now and then what goes beyond the limit of a creator is let go, so no creator fills memory."""

    def __init__(self, most_rows: int) -> None:
        """`most_rows`: of a creator, the newest."""
        self.most_rows = most_rows
        self.height = 0
        self._rows: list[pa.Table] = []
        self._full = 2 * most_rows

    def add(self, rows: pa.Table) -> None:
        """Put rows on it."""
        self._rows.append(rows)
        self.height += rows.num_rows
        if self.height > self._full:
            self._rows = [self.taken()]
            self.height = self._rows[0].num_rows
            self._full = 2 * max(self.height, self.most_rows)

    def taken(self) -> pa.Table:
        """What is looked at of them."""
        import pyarrow as pa

        return newest(pa.concat_tables(self._rows), self.most_rows)


def newest(rows: pa.Table, most_rows: int) -> pa.Table:
    """No more rows of a creator than so many, the newest; of rows of the same time or of none, as good as drawn."""
    if rows.num_rows <= most_rows:
        return rows
    import polars as pl

    many = pl.DataFrame(pl.from_arrow(rows)).with_row_index(INDEX).filter(pl.len().over(KEY) > most_rows)
    beyond = _by_time(many).filter(pl.int_range(pl.len()).over(KEY) >= most_rows)
    if beyond.is_empty():
        return rows
    kept = pl.Series([True]).new_from_index(0, rows.num_rows).scatter(beyond[INDEX], False)
    return rows.filter(kept.to_arrow())


def _by_time(rows: pl.DataFrame) -> pl.DataFrame:
    """A creator's rows together, the newest first, in an order that does not depend on the one that they came in."""
    content = rows.drop(INDEX, *FACTS, strict=False).hash_rows(seed=0)
    ordered = rows.with_columns(content.alias(CONTENT)).sort(
        KEY, NEWEST, CONTENT, descending=[False, True, False], nulls_last=True
    )
    return ordered.drop(CONTENT)


def _read(rows: dict[str, pa.Table], door: Door) -> Chunk:
    from features.records import TABLES
    from features.records.check import Checker
    from features.records.problems import Problems
    from features.records.read import tables_of

    problems = Problems(most_alike=None)
    checker = Checker(problems, door.latest, labels=False, skip=door.skip)
    batch = {name: _handed(TABLES[name], newest(own, door.most_rows)) for name, own in rows.items()}
    frames = checker.relate(_with_owner(checker, checker.admit(batch)))
    return Chunk(tables_of(frames, labels=False), problems, _shortened(rows, door.most_rows))


def _handed(table: Table, rows: pa.Table) -> Handed:
    """One table's rows in the order in which they stood, where that is known."""
    import polars as pl

    from features.records.handed import Handed

    placed = not rows[PLACE].null_count
    frame = pl.DataFrame(pl.from_arrow(rows))
    frame = frame.sort(PLACE) if placed else _by_time(frame)
    columns = {one.name: one for one in frame if one.name not in FACTS}
    return Handed(table, columns, frame.height, rows=frame[PLACE])


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


def _shortened(rows: dict[str, pa.Table], most_rows: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, own in rows.items():
        if own.num_rows > most_rows:
            for key, count in ((one["values"].as_py(), one["counts"].as_py()) for one in own[KEY].value_counts()):
                if count > most_rows:
                    found.setdefault(key, []).append(name)
    return found
