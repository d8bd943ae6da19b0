"""Creators on their way into an index: gathered until there are enough for a segment, then written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from features.errors import Problem, RecordsError
from models.index.creators import Creators
from models.index.durable import whole_folder
from models.index.manifest import SEGMENTS, SegmentEntry
from models.index.segment import MOST_CREATORS, write_segment
from models.rankings.details import hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from models.index.segment import Segment

    Progress = Callable[[int], None]


@dataclass
class Writer:
    """Gathers creators and writes a segment whenever there are enough for one.

    Attributes:
        number: Number of the next segment.
        seen: Creators taken so far.
        keys: Hashes of their ids.
        entries: The segments of the creators taken.
    """

    folder: Path
    number: int
    seen: int = 0
    keys: set[int] = field(default_factory=set)
    entries: list[SegmentEntry] = field(default_factory=list)
    _waiting: list[Creators] = field(default_factory=list)

    def add(self, creators: Creators) -> None:
        """Take new creators; RecordsError where one was there before."""
        ids = creators.candidates.traits["creator_id"]
        keys = hashes(ids).tolist()
        own = Counter(keys)
        twice = [name for name, key in zip(ids, keys, strict=True) if key in self.keys or own[key] > 1]
        if twice:
            raise RecordsError([Problem("creators", "the creator is in the input twice", ids=(twice[0],))])
        self.keys.update(keys)
        self.seen += len(creators)
        self._waiting.append(creators)
        while self._count >= MOST_CREATORS:
            joined = Creators.concat(self._waiting)
            rest = np.arange(MOST_CREATORS, len(joined))
            self._waiting = [joined.take(rest)] if len(rest) else []
            full = joined.take(np.arange(MOST_CREATORS)) if len(rest) else joined
            del joined
            self.entries.append(self.write(full))

    def add_all(self, found: Iterable[Creators], progress: Progress | None) -> None:
        """Take all of these."""
        for creators in found:
            self.add(creators)
            if progress is not None:
                progress(self.seen)

    def takes(self, creators: int) -> bool:
        """Whether a segment of so many creators is small enough to be joined with what waits to be written."""
        return 0 < creators <= self._count and creators + self._count <= MOST_CREATORS

    def prepend(self, segment: Segment) -> None:
        """Take the creators of a segment, to be written with those that wait."""
        self._waiting.insert(0, segment.take(np.arange(len(segment))))

    def finish(self) -> None:
        """Write what is left; RecordsError where there was nothing at all."""
        if not self.seen:
            raise RecordsError([Problem("creators", "there are no creators")])
        if self._waiting:
            self.entries.append(self.write(Creators.concat(self._waiting)))
            self._waiting = []

    def write(self, creators: Creators) -> SegmentEntry:
        """Write a segment of these; it is not among `entries` by that."""
        name = f"{self.number:06d}"
        with whole_folder(self.folder / SEGMENTS / name) as part:
            files = write_segment(part, creators)
        self.number += 1
        return SegmentEntry(name=name, creators=len(creators), files=files)

    @property
    def _count(self) -> int:
        return sum(map(len, self._waiting))
