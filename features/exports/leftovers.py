"""What of an export found no place: fields that nothing reads, columns that stay empty, values without a name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from features.errors import printable
from features.exports.paths import MANY
from features.records import RECORD_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from features.records import Tables


DEEPEST = 40


@dataclass(frozen=True)
class Leftovers:
    """What was not turned into records, so that nothing is lost silently.

    Attributes:
        fields: Fields of the export that the mapping does not read, from the document on; where nothing below a
            field is read, the field alone.
        unmapped: By table, columns that the mapping does not fill.
        empty: By table, columns that it fills and that this export has nothing for.
        unnamed: By table and column, how many values have no name in the mapping and became null.
        merged: By table, how many rows repeated a key; they were put together, the first value known stays.
        differing: By table and column, how many values differed from the one that stayed.
    """

    fields: tuple[str, ...]
    unmapped: dict[str, tuple[str, ...]]
    empty: dict[str, tuple[str, ...]]
    unnamed: dict[str, int]
    merged: dict[str, int]
    differing: dict[str, int]

    @classmethod
    def of_fields(cls, fields: tuple[str, ...]) -> Leftovers:
        """Fields that nothing reads, and nothing else."""
        return cls(fields, {}, {}, {}, {}, {})


@dataclass
class Fields:
    """The fields that documents of one shape have, and those that a mapping reads, as a tree of names."""

    names: dict[str, Fields] = field(default_factory=dict)
    read: bool = False

    def see(self, value: object, depth: int = 0) -> None:
        """Take up the fields of a document; what lies deeper than any export is taken as one field."""
        if isinstance(value, dict) and depth < DEEPEST:
            for name, inner in value.items():
                if isinstance(inner, list) and inner:
                    below = self._below(name + MANY)
                    for item in inner:
                        below.see(item, depth + 1)
                elif inner not in (None, "", {}, []):
                    self._below(name).see(inner, depth + 1)

    def take(self, path: str) -> None:
        """Mark what stands at a path of the documents as read."""
        below = self
        for name in path.split(".") if path else ():
            below = below.names.get(name) or below.names.get(name + MANY) or Fields()
        below.read = True

    def unread(self, prefix: str = "") -> Iterator[str]:
        """The fields that nothing reads, in the order in which they were first seen."""
        for name, below in self.names.items():
            if below.read:
                continue
            place = f"{prefix}{printable(name)}"
            if below._reads():
                yield from below.unread(f"{place}.")
            else:
                yield place

    def _below(self, name: str) -> Fields:
        return self.names.setdefault(name, Fields())

    def _reads(self) -> bool:
        return self.read or any(below._reads() for below in self.names.values())


@dataclass
class Counts:
    """What is counted while rows are read."""

    unnamed: Counter[str] = field(default_factory=Counter)
    merged: Counter[str] = field(default_factory=Counter)
    differing: Counter[str] = field(default_factory=Counter)


def leftovers(fields: Sequence[Fields], filled: dict[str, set[str]], tables: Tables, counts: Counts) -> Leftovers:
    """Put together what was left over.

    Args:
        fields: Of the documents, one a shape.
        filled: By table, the columns that the mapping fills.
        tables: The records.
        counts: What was counted on the way.
    """
    unmapped, empty = {}, {}
    for table in RECORD_TABLES:
        names, frame = table.schema().names(), tables[table.name]
        mapped = filled.get(table.name, set()) | {"creator_id"} if table.name in filled else set()
        unmapped[table.name] = tuple(name for name in names if name not in mapped)
        empty[table.name] = tuple(name for name in names if name in mapped and frame[name].null_count() == frame.height)
    return Leftovers(
        fields=tuple(dict.fromkeys(name for one in fields for name in one.unread())),
        unmapped={name: columns for name, columns in unmapped.items() if columns},
        empty={name: columns for name, columns in empty.items() if columns},
        unnamed=dict(counts.unnamed),
        merged=dict(counts.merged),
        differing=dict(counts.differing),
    )
