"""From the files of an export, through a mapping, to checked records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from features import records
from features.corpus.commenters import digests
from features.errors import Problem, RecordsError, UsageError
from features.exports.changes import Person, UnnamedError, changed, fitted
from features.exports.documents import Document, documents, refused
from features.exports.leftovers import Counts, Fields, Leftovers, leftovers
from features.exports.paths import NotAListError, Path, rows
from features.records import CREATORS, RECORD_TABLES, TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from features.exports.mapping import Block, Mapping, Shape, Source
    from features.exports.paths import Chain
    from features.records import Table, Tables

Row = dict[str, Any]
NO_CREATOR = "has no creator_id; name the creator with --creator-id"
MUCH = "the mapping reads more than {:,} rows of the export; hand in less at a time"
ORPHAN = "names a creator that no document of the export describes"


@dataclass(frozen=True)
class Converted:
    """The records of an export, and what of it found no place in them."""

    tables: Tables
    documents: int
    leftovers: Leftovers


@dataclass
class _Found:
    """What the documents have given so far; rows by their key."""

    creator_id: str | None
    most_rows: int | None = None
    rows: dict[str, dict[tuple[object, ...], Row]] = field(default_factory=dict)
    filled: dict[str, set[str]] = field(default_factory=dict)
    fields: dict[str, Fields] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    documents: int = 0
    looked: int = 0

    def look(self) -> None:
        """Count a look for rows, or a row; RecordsError where there are too many."""
        self.looked += 1
        if self.most_rows is not None and self.looked > self.most_rows:
            raise refused(MUCH.format(self.most_rows))


def convert(
    files: Sequence[tuple[str, bytes]],
    mapping: Mapping,
    *,
    creator_id: str | None = None,
    now: datetime | None = None,
    most_rows: int | None = None,
) -> Converted:
    """Turn the files of an export into records.

    Args:
        files: Name and content of each file; one creator's documents may stand in several.
        mapping: Which field fills which column.
        creator_id: The creator's id in place of that of the export, where it is about one creator.
        now: When the future begins, see `features.records.read`.
        most_rows: Rows that are read, where others may hand in export and mapping: a mapping may read a row often.

    Raises:
        RecordsError: A document is of no shape that the mapping knows, or the records were refused.
        UsageError: `creator_id` is given and the export is about several creators.
    """
    found = _Found(creator_id, most_rows)
    for name, content in files:
        for document in documents(name, content, mapping):
            _take(found, document, mapping)
    if not found.documents:
        raise refused("there are no documents in the export")
    if creator_id is not None:
        _same_creator(found)
    for table in RECORD_TABLES[1:]:
        _hash_people(found, table)
    tables = records.read(_nested(found), now=now, extra="refuse")
    return Converted(
        tables, found.documents, leftovers(list(found.fields.values()), found.filled, tables, found.counts)
    )


def _take(found: _Found, document: Document, mapping: Mapping) -> None:
    """Read one document with the first shape that it fits."""
    shape = mapping.shape_of(document.content)
    if shape is None:
        raise refused(f"{document.place} is not an export that the mapping {mapping.name} knows ({mapping.expected})")
    found.documents += 1
    csv = mapping.format == "csv"
    fields = found.fields.setdefault(shape.about, Fields())
    fields.see(document.content)
    for known in (*shape.has, *shape.equals):
        fields.take(known)
    for table, block, path in _blocks(shape):
        names = found.filled.setdefault(table.name, set())
        names.update(block.columns)
        for source in block.columns.values():
            for one in source.reads:
                fields.take(one if csv else Path(one).within(path))
        found.look()
        try:
            for chain in rows(document.content, path):
                found.look()
                _add(found, table, _row(found, table, block, chain, csv=csv), block.constants)
        except NotAListError as error:
            raise refused(f"{document.place} has no list at {error}") from None


def _blocks(shape: Shape) -> Iterator[tuple[Table, Block, Path]]:
    for name, blocks in shape.tables.items():
        for block in blocks:
            for path in block.rows:
                yield TABLES[name], block, Path(path)


def _row(found: _Found, table: Table, block: Block, chain: Chain, *, csv: bool) -> Row:
    row: Row = {}
    for name, source in block.columns.items():
        try:
            value = fitted(_value(chain, source, csv=csv), table.column(name))
        except UnnamedError:
            found.counts.unnamed[f"{table.name}.{name}"] += 1
            continue
        if value is not None:
            row[name] = value
    return row


def _value(chain: Chain, source: Source, *, csv: bool) -> object:
    """The first field that is there, or all of them where they are joined, changed as the mapping says."""
    if source.always is not None:
        return source.always
    if source.unless is not None and _field(chain, source.unless, csv=csv) is True:
        return None
    there = (value for path in source.fields if (value := _field(chain, path, csv=csv)) not in (None, "", []))
    if source.join is None:
        return changed(next(there, None), source)
    return changed([one for value in there for one in (value if isinstance(value, list) else [value])], source)


def _field(chain: Chain, path: str, *, csv: bool) -> object:
    return chain[0].get(path) if csv and isinstance(chain[0], dict) else Path(path).values(chain)


def _add(found: _Found, table: Table, row: Row, constants: frozenset[str]) -> None:
    """Take a row; where its key is known already, both are put together and the first value known stays.

    A row beside its creator of which only constants are known is none.
    """
    if table is not CREATORS and not row.keys() - {"creator_id"} - constants:
        return
    key = tuple(str(row.get(name)) for name in table.key)
    if found.creator_id is not None:
        key = key[1:]
    kept = found.rows.setdefault(table.name, {}).setdefault(key, row)
    if kept is row:
        return
    found.counts.merged[table.name] += 1
    for name, value in row.items():
        if kept.setdefault(name, value) != value:
            found.counts.differing[f"{table.name}.{name}"] += 1


def _same_creator(found: _Found) -> None:
    """Put the id that was asked for on every row."""
    named = {row["creator_id"] for kept in found.rows.values() for row in kept.values() if "creator_id" in row}
    if len(named) > 1:
        raise UsageError(f"the export is about {len(named)} creators; one id cannot name them all")
    for kept in found.rows.values():
        for row in kept.values():
            row["creator_id"] = found.creator_id


def _hash_people(found: _Found, table: Table) -> None:
    """Hash ids of people as the context does; the creator under any name is the creator."""
    creators = {str(row.get("creator_id")): row for row in found.rows.get(CREATORS.name, {}).values()}
    people = [
        (row, name, value.name, creators.get(str(row.get("creator_id")), {}))
        for row in found.rows.get(table.name, {}).values()
        for name, value in row.items()
        if isinstance(value, Person)
    ]
    platforms = pl.Series([creator.get("platform") or "" for *_, creator in people], dtype=pl.String)
    hashed = digests(platforms, pl.Series([person for _, _, person, _ in people], dtype=pl.String))
    for (row, name, person, creator), digest in zip(people, hashed, strict=True):
        own = person in (str(creator.get("creator_id")), creator.get("handle"))
        row[name] = creator.get("creator_id") if own else digest


def _nested(found: _Found) -> list[Row]:
    """The creators with their rows nested in them; RecordsError where a row's creator is not there."""
    creators = {str(row.get("creator_id")): dict(row) for row in found.rows.get(CREATORS.name, {}).values()}
    problems = [Problem(CREATORS.name, NO_CREATOR) for row in creators.values() if "creator_id" not in row]
    for table in RECORD_TABLES[1:]:
        for row in found.rows.get(table.name, {}).values():
            own = {name: value for name, value in row.items() if name != "creator_id"}
            if "creator_id" not in row:
                problems.append(Problem(table.name, NO_CREATOR, ids=_ids(table, row)))
            elif (creator := creators.get(str(row["creator_id"]))) is None:
                problems.append(Problem(table.name, ORPHAN, ids=_ids(table, row)))
            else:
                creator.setdefault(table.name, []).append(own)
    if problems:
        raise RecordsError(problems)
    if not creators:
        raise refused("no document of the export describes a creator")
    return list(creators.values())


def _ids(table: Table, row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in table.key if name in row)
