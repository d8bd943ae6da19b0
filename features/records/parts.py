"""A corpus that is larger than memory, cut into parts: each holds some creators with all of their rows.

A part is read through the same door as everything else, and what is wrong with a row is told by its place in the whole.
Rows that stand together in their file stay there: lines of NDJSON, and tables of Parquet that are in the creators'
order. Others are copied, part by part.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import polars as pl

from features.errors import UsageError
from features.records.check import RECORD, REFUSED, Checker
from features.records.contract import CREATORS, TABLES
from features.records.files import Stretch, files_of, json_lines
from features.records.handed import Extras, from_columns, names_of
from features.records.nested import Flattener
from features.records.parquet_files import unreadable
from features.records.read import checked, tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from features.records.contract import Table
    from features.records.handed import Batch
    from features.records.problems import Problems
    from features.records.tables import Tables

PLACE = "#place"
"""The column of a part's files that says where a row stood in the whole table."""


@dataclass(frozen=True)
class Slice:
    """Some rows of a table's file: so many from `start` on."""

    start: int
    rows: int


@dataclass(frozen=True)
class Part:
    """Some creators of a corpus.

    Attributes:
        creators: How many.
        piece: Number of the piece of the output that they belong to: small parts after each other make one together.
        stretch: The lines of an NDJSON file that they stand in.
        slices: Their rows of those tables whose rows were not copied, by table.
    """

    creators: int
    piece: int
    stretch: Stretch | None = None
    slices: Mapping[str, Slice] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """How a corpus was cut.

    Attributes:
        source: The folder or the NDJSON file.
        parts: In the order of the creators.
        written: Tables whose values are text, as CSV has them.
        latest: When the future begins.
        files: Size and time of change of each file that parts are read from.
    """

    source: Path
    parts: tuple[Part, ...]
    written: frozenset[str]
    latest: datetime
    files: Mapping[Path, tuple[int, int]] = field(default_factory=dict)

    @property
    def by_line(self) -> bool:
        """Whether creators are known by their line in a file."""
        return any(part.stretch is not None for part in self.parts)

    @property
    def creators(self) -> int:
        """How many there are, those that will be refused included."""
        return sum(part.creators for part in self.parts)

    def to_json(self) -> bytes:
        """The cut as it lies on disk."""
        files = [(str(path), *seen) for path, seen in self.files.items()]
        return orjson.dumps(
            {**asdict(self), "source": str(self.source), "written": sorted(self.written), "files": files}
        )

    @classmethod
    def from_json(cls, content: bytes) -> Cut:
        """What `to_json` wrote."""
        from datetime import datetime

        facts = orjson.loads(content)
        parts = tuple(
            Part(
                one["creators"],
                one["piece"],
                None if one["stretch"] is None else Stretch(**one["stretch"]),
                {table: Slice(**rows) for table, rows in one["slices"].items()},
            )
            for one in facts["parts"]
        )
        latest = datetime.fromisoformat(facts["latest"])
        files = {Path(path): (size, changed) for path, size, changed in facts["files"]}
        return cls(Path(facts["source"]), parts, frozenset(facts["written"]), latest, files)

    def check(self) -> None:
        """UsageError where a file is not the one that was cut: rows would be read from where others stand now."""
        for path, seen in self.files.items():
            if not path.is_file() or seen_of(path) != seen:
                raise UsageError(f"{path} was changed while it was read; give the command again")


def seen_of(path: Path) -> tuple[int, int]:
    """Size and time of change of a file."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


@dataclass(frozen=True, eq=False)
class Read:
    """One part's records.

    Attributes:
        tables: The records.
        lines: For each creator the line that it stood in, null where that is not a file of lines.
        left_out: By table, names of fields that the contract does not have.
    """

    tables: Tables
    lines: pl.Series
    left_out: Mapping[str, set[str]]


def read_part(cut: Cut, folder: Path, number: int, problems: Problems, *, skip: bool) -> Read:
    """Read and check one part.

    Args:
        cut: How the corpus was cut.
        folder: Where `features.records.cutting.cut` put the parts.
        number: Of the part.
        problems: Takes up whatever is wrong; rows concerned are left out.
        skip: Name the rows too that fall with a creator who is refused.

    Raises:
        UsageError: The corpus was changed meanwhile.
    """
    cut.check()
    checker = Checker(problems, cut.latest, labels=False, by_line=cut.by_line, skip=skip)
    extras = Extras("warn", labels=False)
    frames = checked(_batches(cut, folder, number, extras, problems), checker)
    cut.check()
    creators = frames.get(CREATORS.name)
    lines = pl.Series(dtype=pl.Int64) if creators is None else creators.filter(~pl.col(REFUSED))[RECORD]
    return Read(tables_of(frames, labels=False), lines, extras.columns)


def part_folder(folder: Path, number: int) -> Path:
    """Where a part's tables lie."""
    return folder / f"{number:06}"


def _batches(cut: Cut, folder: Path, number: int, extras: Extras, problems: Problems) -> Iterator[Batch]:
    stretch = cut.parts[number].stretch
    if stretch is not None:
        flattener = Flattener(extras, problems, by_line=True)
        for records in json_lines(cut.source, CREATORS, problems, stretch):
            yield flattener.batch(records)
        return
    batch: Batch = {}
    for table in TABLES.values():
        found = _rows(cut, folder, number, table, problems)
        if found is not None:
            frame, places = found
            columns = [(one.name, one) for one in frame.get_columns()]
            handed = from_columns(table, columns, frame.height, extras, problems, written=table.name in cut.written)
            batch[table.name] = replace(handed, rows=places)
    yield batch


def _rows(
    cut: Cut, folder: Path, number: int, table: Table, problems: Problems
) -> tuple[pl.DataFrame, list[int]] | None:
    """A part's rows of a table, and their places in the whole; None where it has none, or they cannot be read."""
    own = cut.parts[number].slices.get(table.name)
    if own is not None:
        [file] = files_of(cut.source, table)
        plan = pl.scan_parquet(file, glob=False, hive_partitioning=False)
        wanted = [name for name in plan.collect_schema() if name in names_of(table, labels=False)]
        try:
            frame = plan.select(wanted).slice(own.start, own.rows).collect()
        except (pl.exceptions.PolarsError, OSError):
            problems.add_unreadable(unreadable(file, table))
            return None
        return (frame, list(range(own.start, own.start + own.rows))) if own.rows else None
    files = sorted((part_folder(folder, number) / table.name).glob("*.parquet"))
    if not files:
        return None
    copied = pl.concat([pl.read_parquet(file, glob=False) for file in files], how="vertical_relaxed")
    return copied.drop(PLACE), copied[PLACE].to_list()
