"""Tables and records as they lie on disk: a folder of Parquet and CSV files, or one NDJSON file."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TextIO

import orjson
import polars as pl

from features.csv_values import allow_values_of
from features.errors import NotFoundError, Problem, printable
from features.records.contract import CREATORS, RECORD_TABLES, TABLES, Table
from features.records.handed import Batch, Extras, Handed, from_columns
from features.records.parquet_files import from_parquet
from features.records.quotes import MISPLACED, misplaced, within

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from features.records.problems import Problems

ENDINGS = (".parquet", ".csv")
NDJSON = (".ndjson", ".jsonl")
LEFT_ALONE = ("truth.parquet",)
"""What the simulator knows of its creators lies beside the tables and is nobody's business here."""

BOM = b"\xef\xbb\xbf"
COMMA = ","
SEPARATORS = (";", "\t")
"""What spreadsheets in some countries write between values in place of commas."""

MOST_COLUMNS = 10_000
"""Of a CSV file; a frame of millions takes minutes, and memory for each."""

SEVERAL_LINES = "begins a JSON document of several lines; write one record a line"

MOST_RECORDS, MOST_BYTES = 2_000, 16_000_000
"""How much of an NDJSON file is turned into tables at a time, to bound the memory that it takes."""


class CsvHeading(NamedTuple):
    """What the first line of a CSV file tells of it.

    Attributes:
        names: Of the columns.
        separator: Between values.
        missing: The value in quotes that is missing, None where none is. Who puts names in quotes puts every cell in
            them, missing ones too; elsewhere quotes around nothing tell an empty text from a missing one.
    """

    names: list[str]
    separator: str
    missing: str | None


class ForeignCsvError(ValueError):
    """The file is CSV elsewhere; the message says what is different, and never what stands there."""


def must_exist(path: Path) -> None:
    """Raise NotFoundError where there is nothing at the path."""
    if not path.exists():
        raise NotFoundError(f"there is no file or folder {path}")


def unknown_kind(table: Table, path: Path) -> Problem:
    """What is wrong with a table's file of another ending."""
    return Problem(table.name, f"{path.name} is neither Parquet, CSV nor NDJSON")


def ending(path: Path) -> str:
    """What a file's kind follows: its ending, in lower case."""
    return path.suffix.lower()


def files_of(folder: Path, table: Table) -> list[Path]:
    """The files of a folder that are named after a table; there should be one at most."""
    return sorted(path for path in folder.iterdir() if path.stem == table.name and ending(path) in ENDINGS)


def from_folder(folder: Path, extras: Extras, problems: Problems) -> Batch:
    """The tables of a folder as handed in; an unreadable file is a problem."""
    found = ((table, from_file(path, table, extras, problems)) for table, path in tables_in(folder, extras, problems))
    return {table.name: handed for table, handed in found if handed is not None}


def tables_in(folder: Path, extras: Extras, problems: Problems) -> list[tuple[Table, Path]]:
    """The file of every table in a folder; a table of two files, and a folder without creators, is a problem."""
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    found: list[tuple[Table, Path]] = []
    for table in TABLES.values():
        present = files_of(folder, table)
        names.difference_update(path.name for path in present)
        if not (extras.labels or table in RECORD_TABLES):
            continue
        if not present:
            meant = sorted(name for name in names if _is_meant(name, table))
            names.difference_update(meant)
            if meant or table is CREATORS:
                problems.add_unreadable(Problem(table.name, _absent(table, meant)))
            continue
        if len(present) > 1:
            named = " and ".join(path.name for path in present)
            problems.add_unreadable(Problem(table.name, f"two files hold this table: {named}"))
            continue
        found.append((table, present[0]))
    extras.others.update(printable(str(name)) for name in names if name not in LEFT_ALONE)
    return found


def _is_meant(name: str, table: Table) -> bool:
    """Whether a file or folder seems to hold a table, or a part of it: `posts`, `Posts.csv`, `posts_000.csv.gz`."""
    return re.fullmatch(rf"{table.name}(?:[ _-]?\(?\d.*|\..*)?", name, re.IGNORECASE) is not None


def _absent(table: Table, meant: Sequence[str]) -> str:
    """That a table is not there, and what stands in its place."""
    if not meant:
        return f"the folder has neither {table.name}.parquet nor {table.name}.csv"
    more = f" and {len(meant) - 1} more" if len(meant) > 1 else ""
    return f"found {printable(meant[0])}{more}; a table is one file, {table.name}.parquet or {table.name}.csv"


def from_file(path: Path, table: Table, extras: Extras, problems: Problems) -> Handed | None:
    """One table's Parquet or CSV file as handed in; None with a problem where it cannot be read."""
    if not path.exists():
        raise NotFoundError(f"there is no file {path}")
    if not path.is_file():
        problems.add_unreadable(Problem(table.name, f"{path.name} is not a file; put together what it holds into one"))
    elif path.stat().st_size == 0:
        problems.add_unreadable(Problem(table.name, f"{path.name} is empty"))
    elif ending(path) == ".csv":
        return from_csv(path.name, path.read_bytes(), table, extras, problems)
    else:
        return from_parquet(path, table, extras, problems)
    return None


def from_csv(name: str, content: bytes, table: Table, extras: Extras, problems: Problems) -> Handed | None:
    """What a CSV file called `name` holds, as handed in; None with a problem where it cannot be read."""
    content = content.removeprefix(BOM)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        place = error.start - content.rfind(b"\n", 0, error.start) - 1
        message = f"{name} is not UTF-8 at byte {place} of the line; save it as CSV UTF-8"
        problems.add_unreadable(Problem(table.name, message, line=line))
        return None
    names: list[str] = []
    separator = COMMA
    try:
        names, separator, missing = csv_heading(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline=""))
        if (odd := misplaced(io.BytesIO(content), separator)) is not None:
            problems.add_unreadable(Problem(table.name, f"{name} {MISPLACED}", line=odd))
            return None
        frame = pl.read_csv(content, separator=separator, infer_schema=False, raise_if_empty=False, null_values=missing)
        columns = list(zip(names, frame.get_columns(), strict=True))
    except ForeignCsvError as error:
        problems.add_unreadable(Problem(table.name, f"{name} {error}", line=1))
        return None
    except (csv.Error, ValueError, pl.exceptions.PolarsError):
        _unreadable(name, text, separator, len(names), table, problems)
        return None
    return from_columns(table, columns, frame.height, extras, problems, written=True)


def csv_heading(file: TextIO) -> CsvHeading:
    """The heading of a CSV file that is open at its start, its line ends as they are.

    Raises:
        ForeignCsvError: Its lines are separated by something else than line feeds, or it has too many columns.
        UnicodeDecodeError: It is not UTF-8.
        csv.Error: It is no CSV at all.
    """
    line = file.readline()
    file.seek(0)
    names = next(csv.reader(file), [])
    if line.endswith("\r"):
        raise ForeignCsvError("ends its lines with a carriage return alone; end them with a line feed")
    separator = separator_of(names)
    file.seek(0)
    names = next(csv.reader(file, delimiter=separator), [])
    if len(names) > MOST_COLUMNS:
        raise ForeignCsvError(f"has {len(names):,} columns; {MOST_COLUMNS:,} are read")
    return CsvHeading(names, separator, "" if line.startswith('"') else None)


def separator_of(names: Sequence[str]) -> str:
    """What separates values, by a header that was read with commas: where these leave it whole, the sign in it."""
    return next((sign for sign in SEPARATORS if len(names) == 1 and sign in names[0]), COMMA)


def _unreadable(name: str, text: str, separator: str, width: int, table: Table, problems: Problems) -> None:
    """Report why a file is not CSV: the lines with more values than there are columns, else the first odd quote."""
    allow_values_of(len(text))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        lines = [line for line, row in enumerate(rows, start=1) if len(row) > width]
    except csv.Error:
        lines = []
    for line in lines:
        problems.add_unreadable(Problem(table.name, f"{name} has more values here than columns", line=line))
    if not lines:
        odd = within(text, separator)
        message = "is not CSV that can be read" if odd is None else MISPLACED
        problems.add_unreadable(Problem(table.name, f"{name} {message}", line=odd))


@dataclass(frozen=True)
class Stretch:
    """Some lines of a file: the bytes from `start` to `end` (its end unless given), of which the first is `line`."""

    start: int = 0
    end: int | None = None
    line: int = 1


WHOLE = Stretch()


def json_lines(
    path: Path, table: Table, problems: Problems, stretch: Stretch = WHOLE
) -> Iterator[list[tuple[int, object]]]:
    """The values of an NDJSON file with their line numbers, some at a time; a broken line is a problem."""
    if not path.exists():
        raise NotFoundError(f"there is no file {path}")
    found: list[tuple[int, object]] = []
    size = 0
    with path.open("rb") as file:
        file.seek(stretch.start)
        place = stretch.start
        for number, line in enumerate(file, start=stretch.line):
            if stretch.end is not None and place >= stretch.end:
                break
            place += len(line)
            content = line.removeprefix(BOM).strip() if number == 1 else line.strip()
            if not content:
                continue
            size += len(content)
            try:
                found.append((number, parse_json(content)))
            except ValueError as error:
                if content in (b"{", b"[") and not (found or problems.total):
                    problems.add_unreadable(Problem(table.name, SEVERAL_LINES, line=number))
                    return
                problems.add(Problem(table.name, str(error), line=number))
            if len(found) == MOST_RECORDS or size > MOST_BYTES:
                yield found
                found, size = [], 0
    if found:
        yield found


def parse_json(content: bytes) -> object:
    """JSON with what Python and pandas write beyond the standard (NaN, half characters).

    Raises ValueError, which says what is wrong and where and never what stands there.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    try:
        value: object = json.loads(content.decode())
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 at byte {error.start} of the line") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON at character {error.pos}: {error.msg}") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except ValueError:
        raise ValueError("holds a number with too many digits") from None
    return value
