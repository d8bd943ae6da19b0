"""Cutting a corpus into parts, once: in constant memory but for some hundred bytes a creator.

Most tables are in the order of the creators: their rows stay in their file, and a part knows which are its own. Rows in
any other order are copied.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.errors import Problem
from features.records.contract import CREATORS
from features.records.files import NDJSON, Stretch, ending, must_exist
from features.records.handed import Extras, names_of
from features.records.parts import PLACE, Cut, Part, Slice, part_folder, seen_of
from features.records.places import NOBODY, Places
from features.records.problems import Problems
from features.records.read import NO_CREATORS
from features.records.sizes import text_bytes, texts_of
from features.records.sources import BATCH_ROWS, creator_ids, sources
from features.records.times import latest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from features.records.sizes import Size
    from features.records.sources import Source

MOST_TOGETHER = 2 * BATCH_ROWS
"""Rows that a file holds in one piece, of which all are decoded to read some; Polars writes half as many."""
SHARES, LAST_SHARES = 3, 6
"""Of each of the last pieces, one a process, and of each of their second half. Any part takes 27 ms beside 1.75 ms a
creator, so only those are small that decide when a process ends: by these times and for two to eight processes, other
shares end at most a tenth of a second sooner with parts of 900 to 2,000 creators, and most of them later."""


def cut(source: Path, folder: Path, size: Size, *, now: datetime | None = None) -> Cut:
    """Cut a corpus into parts of at most that size; the parts of a folder of tables are copied to `folder`.

    Args:
        source: A folder of tables or an NDJSON file.
        folder: Is made, empty; what stood there is removed.
        size: Limits of a part.
        now: When the future begins.

    Raises:
        RecordsError: A table cannot be read as a whole, or there are no creators. Rows are checked when parts are read.
        NotFoundError: There is no such path.
    """
    must_exist(source)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if ending(source) in NDJSON:
        files = {source.resolve(): seen_of(source)}
        return Cut(source.resolve(), tuple(_stretches(source, size)), frozenset(), latest(now), files)
    problems, extras = Problems(), Extras("warn", labels=False)
    seen = {path.resolve(): seen_of(path) for path in source.iterdir() if path.is_file()}
    tables = list(sources(source, folder, latest(now), extras, problems))
    extras.warn()
    if problems.total:
        raise problems.error()
    dealt = _dealt(tables, latest(now), size)
    if not len(dealt.places):
        problems.add_unreadable(Problem(CREATORS.name, NO_CREATORS))
        raise problems.error()
    counts = np.bincount(dealt.parts)
    pieces = dealt.pieces[np.cumsum(counts) - counts]
    slices = {}
    for one in tables:
        found = _slices(one, dealt, len(counts), latest(now))
        if found is not None:
            slices[one.table.name] = found
            continue
        _copy(one, folder, dealt, latest(now))
        if one.written:
            one.file.unlink()
    written = frozenset(one.table.name for one in tables if one.written)
    files = {path: seen[path] for one in tables if one.table.name in slices and (path := one.file.resolve())}
    own = [{name: found[number] for name, found in slices.items()} for number in range(len(counts))]
    parts = tuple(map(Part, counts.tolist(), pieces.tolist(), repeat(None), own))
    return Cut(source.resolve(), parts, written, latest(now), files)


def _stretches(source: Path, size: Size) -> Iterator[Part]:
    """An NDJSON file by stretches of whole lines."""
    start = end = creators = piece = 0
    first = 1
    with source.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if creators and (creators == size.creators or end - start + len(line) > size.text):
                yield Part(creators, piece, Stretch(start, end, first))
                start, creators, first, piece = end, 0, number, piece + 1
            end += len(line)
            creators += bool(line.strip())
    if creators or not end:
        yield Part(creators, piece, Stretch(start, end, first))


@dataclass(frozen=True, eq=False)
class _Dealt:
    """Every creator once, in order, with the numbers of its piece of the output and of its part."""

    places: Places
    pieces: NDArray[np.uint32]
    parts: NDArray[np.uint32]

    def parts_of(self, ids: pl.Series) -> NDArray[np.uint32]:
        """The part of each of these; of nobody the first, where that is told."""
        places = self.places.of(ids)
        return np.where(places == NOBODY, 0, self.parts[places])


def _dealt(tables: list[Source], end: datetime, size: Size) -> _Dealt:
    [own] = [one for one in tables if one.table is CREATORS]
    ids = [creator_ids(batch, own.written, end) for batch in own.batches(["creator_id"])]
    places = Places(pl.concat(ids or [_NOBODY]).unique(maintain_order=True))
    weights = np.zeros((len(places), 2), dtype=np.int64)
    for one in tables:
        _weigh(one, places, weights, end)
    pieces = np.fromiter(_filled(_each(weights), size), dtype=np.uint32, count=len(places))
    return _Dealt(places, pieces, _shared(pieces, size.processes))


def _weigh(one: Source, places: Places, weights: NDArray[np.int64], end: datetime) -> None:
    """Add to each creator's weights how many rows the table has of it, and bytes of text in them."""
    plan = pl.scan_parquet(one.file, glob=False, hive_partitioning=False)
    texts = texts_of(plan.collect_schema(), one.table)
    for batch in one.batches(["creator_id", *texts]):
        runs = creator_ids(batch, one.written, end).rle().struct.unnest()
        owners, rows = places.of(runs["value"]), runs["len"].to_numpy().astype(np.int64)
        text = batch.select("creator_id", text_bytes(texts))["text"].to_numpy()
        own = np.stack([rows, np.add.reduceat(text, np.cumsum(rows) - rows)], axis=1)
        known = owners != NOBODY
        np.add.at(weights, owners[known], own[known])


def _each(weights: NDArray[np.int64]) -> Iterator[list[int]]:
    """Each creator's, as numbers of Python, which take ten times the memory: some at a time."""
    for start in range(0, len(weights), BATCH_ROWS):
        yield from weights[start : start + BATCH_ROWS].tolist()


def _shared(pieces: NDArray[np.uint32], processes: int) -> NDArray[np.uint32]:
    """The part of each creator: its piece, but of the last pieces, one a process, a share of it."""
    counts = np.bincount(pieces)
    shares = np.ones_like(counts)
    if processes > 1:
        shares[-processes:] = SHARES
        shares[-(processes // 2) :] = LAST_SHARES
    shares = np.minimum(counts, shares)
    place = np.arange(len(pieces)) - (np.cumsum(counts) - counts)[pieces]
    return ((np.cumsum(shares) - shares)[pieces] + place * shares[pieces] // counts[pieces]).astype(np.uint32)


def _filled(weights: Iterable[Sequence[int]], size: Size) -> Iterator[int]:
    """The piece of each creator, by its rows and text: the next one where the one before would grow too large."""
    piece = creators = rows = text = 0
    for own_rows, own_text in weights:
        if creators and (creators == size.creators or size.share(rows + own_rows, text + own_text) > 1):
            piece, creators, rows, text = piece + 1, 0, 0, 0
        creators, rows, text = creators + 1, rows + own_rows, text + own_text
        yield piece


def _slices(one: Source, dealt: _Dealt, many: int, end: datetime) -> list[Slice] | None:
    """Each part's rows of a table; None where they do not stand together in its file, or in pieces too large."""
    if one.written or one.largest_piece > MOST_TOGETHER:
        return None
    counts = np.zeros(many, dtype=np.int64)
    last = 0
    for batch in one.batches(["creator_id"]):
        runs = creator_ids(batch, one.written, end).rle().struct.unnest()
        part = dealt.parts_of(runs["value"])
        if part[0] < last or (np.diff(part.astype(np.int64)) < 0).any():
            return None
        last = part[-1]
        np.add.at(counts, part, runs["len"].to_numpy())
    starts = np.concatenate([[0], np.cumsum(counts)])
    return [Slice(int(start), int(rows)) for start, rows in zip(starts, counts, strict=False)]


def _copy(one: Source, folder: Path, dealt: _Dealt, end: datetime) -> None:
    """Each part's rows of a table, with their places."""
    wanted = [name for name in one.names if name in names_of(one.table, labels=False)]
    place = 0
    for number, batch in enumerate(one.batches(wanted)):
        batch = batch.with_columns(pl.int_range(place, place + batch.height, dtype=pl.Int64).alias(PLACE))
        place += batch.height
        runs = creator_ids(batch, one.written, end).rle().struct.unnest()
        part = pl.Series("part", np.repeat(dealt.parts_of(runs["value"]), runs["len"].to_numpy()))
        for (at,), rows in batch.with_columns(part).partition_by("part", as_dict=True).items():
            inside = part_folder(folder, int(at)) / one.table.name
            inside.mkdir(parents=True, exist_ok=True)
            rows.drop("part").write_parquet(inside / f"{number:06}.parquet", compression="lz4")


_NOBODY = pl.Series("creator_id", [], dtype=pl.String)
