"""Records with their tables nested inside, as HTTP and NDJSON send them, turned into one table of each name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import Problem, printable
from features.records.contract import CREATORS, RECORD_TABLES, Table
from features.records.handed import NESTED, Batch, Extras, Handed, names_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from features.records.problems import Problems

NOT_AN_OBJECT = "expected an object of named values"


class Flattener:
    """Turns records into tables. `by_line` says that records are known by their line in a file, not by index."""

    def __init__(self, extras: Extras, problems: Problems, *, by_line: bool) -> None:
        self.extras = extras
        self.problems = problems
        self.by_line = by_line

    def batch(self, records: Sequence[tuple[int, object]]) -> Batch:
        """The tables of these records, each given with its index or line."""
        sound = self._objects(records, CREATORS)
        creators = [record for _, record in sound]
        places = [place for place, _ in sound]
        nested = NESTED if self.extras.labels else RECORD_TABLES[1:]
        known = self.extras.known(CREATORS) | self.extras.tables()
        self._extra_fields(CREATORS, known, creators, places, None)
        columns = self._columns(CREATORS, creators)
        batch = {CREATORS.name: Handed(CREATORS, columns, len(creators), records=places)}
        for table in nested:
            handed = self._nested(table, creators, places)
            if handed is not None:
                batch[table.name] = handed
        return batch

    def rows(self, table: Table, records: Sequence[tuple[int, object]]) -> Handed:
        """One table of these objects, each given with its index or line."""
        sound = self._objects(records, table)
        found = [record for _, record in sound]
        places = [place for place, _ in sound]
        self._extra_fields(table, self.extras.known(table), found, places, None)
        return Handed(table, self._columns(table, found), len(found), records=places)

    def _objects(self, records: Sequence[tuple[int, object]], table: Table) -> list[tuple[int, Mapping[str, object]]]:
        sound: list[tuple[int, Mapping[str, object]]] = []
        for place, record in records:
            if isinstance(record, dict):
                sound.append((place, record))
            else:
                self.problem(table, NOT_AN_OBJECT, place)
        return sound

    def _nested(self, table: Table, creators: Sequence[Mapping[str, object]], places: Sequence[int]) -> Handed | None:
        found: list[Mapping[str, object]] = []
        rows: list[int] = []
        parents: list[int] = []
        for parent, creator in enumerate(creators):
            nested = creator.get(table.name)
            if nested is None:
                continue
            if not isinstance(nested, list | tuple):
                self.problem(table, "expected a list of objects", places[parent])
                continue
            if all(isinstance(row, dict) for row in nested):
                found += nested
                rows += range(len(nested))
                parents += [parent] * len(nested)
                continue
            for place, row in enumerate(nested):
                if isinstance(row, dict):
                    found.append(row)
                    rows.append(place)
                    parents.append(parent)
                else:
                    self.problem(table, NOT_AN_OBJECT, places[parent], row=place)
        if not found:
            return None
        records = [places[parent] for parent in parents]
        self._extra_fields(table, self.extras.known(table, nested=True), found, records, rows)
        columns = self._columns(table, found, nested=True)
        return Handed(table, columns, len(found), rows=rows, records=records, parents=parents)

    def _columns(
        self, table: Table, rows: Sequence[Mapping[str, object]], *, nested: bool = False
    ) -> dict[str, list[object]]:
        """The values of every column that any row has, and of every column that each row must have.

        Nested rows carry no `creator_id`: it is that of the record.
        """
        present = set().union(*rows).union(column.name for column in table.columns if column.required)
        if nested:
            present.discard("creator_id")
        names = [name for name in names_of(table, labels=self.extras.labels) if name in present]
        try:  # half of the time, where every row has every column
            return {name: [row[name] for row in rows] for name in names}
        except KeyError:
            return {name: [row.get(name) for row in rows] for name in names}

    def _extra_fields(
        self,
        table: Table,
        known: frozenset[str],
        found: Sequence[Mapping[str, object]],
        records: Sequence[int],
        rows: Sequence[int] | None,
    ) -> None:
        unknown = set().union(*found) - known
        if not unknown:
            return
        if self.extras.mode == "warn":
            self.extras.add(table.name, unknown)
            return
        for index, row in enumerate(found):
            place = None if rows is None else rows[index]
            for name in row.keys() - known:
                if self.problems.full:
                    self.problems.total += 1
                else:
                    self.problem(table, "unknown field", records[index], row=place, column=printable(str(name)))

    def problem(
        self, table: Table, message: str, place: int, *, row: int | None = None, column: str | None = None
    ) -> None:
        """Report something wrong with the record at `place`."""
        line, record = (place, None) if self.by_line else (None, place)
        self.problems.add(Problem(table.name, message, row=row, column=column, line=line, record=record))
