"""The documents of an export: JSON, one or a list of them; NDJSON, one a line; or the rows of a CSV file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from features.csv_values import allow_values_of
from features.errors import Problem, RecordsError, printable
from features.records import CREATORS
from features.records.files import BOM, MOST_COLUMNS, NDJSON, parse_json, separator_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from features.exports.mapping import Mapping


class Document(NamedTuple):
    """One document and where it stood."""

    place: str
    content: object


def documents(name: str, content: bytes, mapping: Mapping) -> Iterator[Document]:
    """The documents of one file of an export.

    Args:
        name: The file's name; `.ndjson` and `.jsonl` hold one document a line.
        content: What is in it.
        mapping: Says whether it is JSON or CSV.

    Raises:
        RecordsError: It is not what the mapping says, at the first place where that shows.
    """
    file, content = printable(name), content.removeprefix(BOM)
    if not content.strip():
        raise refused(f"{file} is empty")
    if mapping.format == "csv":
        yield from _csv_rows(file, content)
    elif name.lower().endswith(".csv"):
        raise refused(f"{file} is CSV, and this mapping reads JSON; a mapping of your own may read CSV")
    elif name.lower().endswith(NDJSON):
        for number, line in enumerate(content.splitlines(), start=1):
            if line.strip():
                yield Document(f"{file}, line {number}", _json(file, line, number))
    else:
        found = _json(file, content)
        if not isinstance(found, list):
            yield Document(file, found)
            return
        for k, one in enumerate(found):
            yield Document(f"{file}, document {k}", one)


def refused(message: str) -> RecordsError:
    """The refusal of an export as a whole."""
    return RecordsError([Problem(CREATORS.name, message)])


def _json(file: str, content: bytes, line: int | None = None) -> object:
    try:
        return parse_json(content)
    except ValueError as error:
        place = file if line is None else f"{file}, line {line},"
        raise refused(f"{place} {error}") from None


def _csv_rows(file: str, content: bytes) -> Iterator[Document]:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise refused(f"{file} is not UTF-8 at byte {error.start}") from None
    allow_values_of(len(text))
    separator = separator_of(next(csv.reader(io.StringIO(text, newline="")), []))
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        _refuse_heading(file, reader.fieldnames or ())
        for row in reader:
            if None in row or None in row.values():
                raise refused(f"{file}, line {reader.line_num}: as many values as the heading has columns are expected")
            yield Document(f"{file}, line {reader.line_num}", {name: value or None for name, value in row.items()})
    except csv.Error:
        raise refused(f"{file}, line {reader.reader.line_num}, is not CSV that can be read") from None


def _refuse_heading(file: str, names: Sequence[str]) -> None:
    """Refuse names that stand twice, of which a row would keep the last alone, and more of them than tables have."""
    if len(names) > MOST_COLUMNS:
        raise refused(f"{file} has {len(names):,} columns; {MOST_COLUMNS:,} are read")
    for name, count in Counter(filter(None, names)).items():
        if count > 1:
            raise refused(f"{file}: the heading has '{printable(name)}' more than once")
