"""Arrays in one file: some mapped into memory as a whole, of the others only what is asked for is read.

What every search looks through is mapped and may stay resident. Everything else is read by its place (`pread`), which
leaves it in the system's cache of files and not in this process. Where each array lies is told by a table that is kept
elsewhere (in the segment's `segment.json`).
"""

from __future__ import annotations

import mmap
import os
import weakref
from typing import TYPE_CHECKING

import numpy as np

from features.errors import ContractError
from models.frozen import Frozen
from models.index.durable import damaged

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    Array = NDArray[Any]
    Numbers = NDArray[np.int64]

PAGE = 4_096
"""Bytes; every array begins at a multiple."""

_DROP = getattr(mmap, "MADV_DONTNEED", None)
_SCATTERED = getattr(mmap, "MADV_RANDOM", None)


class Place(Frozen):
    """Where an array lies in its file: type as NumPy writes it, shape, and first byte."""

    dtype: str
    shape: tuple[int, ...]
    start: int

    @property
    def count(self) -> int:
        """Numbers in the array."""
        return int(np.prod(self.shape))

    @property
    def itemsize(self) -> int:
        """Bytes of one number."""
        return np.dtype(self.dtype).itemsize


class Mapped:
    """A file mapped into memory for reading."""

    def __init__(self, path: Path) -> None:
        """Map the file; ContractError where it is empty."""
        with path.open("rb") as file:
            try:
                self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            except ValueError:
                raise ContractError(f"{path}: the file is empty; build the index again") from None

    def scattered(self) -> None:
        """Say that it is read here and there, so that nothing beside it is read ahead."""
        if _SCATTERED is not None:
            self.map.madvise(_SCATTERED)

    def release(self) -> None:
        """Hand its pages back; they are mapped again when they are read again."""
        if _DROP is not None:
            self.map.madvise(_DROP)


def write_packed(path: Path, arrays: Mapping[str, Array]) -> dict[str, Place]:
    """Write arrays to one file; returns where each lies."""
    places = {}
    with path.open("wb") as file:
        for name, array in arrays.items():
            file.write(b"\0" * (-file.tell() % PAGE))
            places[name] = Place(dtype=array.dtype.str, shape=array.shape, start=file.tell())
            file.write(np.ascontiguousarray(array).data)
        file.write(b"\0" * max(1, -file.tell() % PAGE))
    return places


class Packed:
    """The arrays of one file. Reading is safe from several threads.

    Args:
        path: What `write_packed` wrote.
        places: What it returned.
        mapped: Arrays to map into memory; the others are read in parts.
    """

    def __init__(self, path: Path, places: Mapping[str, Place], mapped: frozenset[str]) -> None:
        self._places = places
        self._mapped = Mapped(path)
        self._path, self._handle = path, os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._handle)
        self._arrays: dict[str, Array] = {}
        for name, place in places.items():
            if place.start + place.count * place.itemsize > len(self._mapped.map):
                raise ContractError(f"{path}: the file is shorter than its parts; build the index again")
            if name in mapped:
                flat: Array = np.frombuffer(self._mapped.map, np.dtype(place.dtype), place.count, place.start)
                self._arrays[name] = flat.reshape(place.shape)

    def __getitem__(self, name: str) -> Array:
        """A mapped array."""
        return self._arrays[name]

    def parts(self, name: str, first: Numbers, after: Numbers) -> Array:
        """The entries of a flat array from each `first` to before its `after`, one such part after the other."""
        place = self._places[name]
        found: Array = np.empty(int((after - first).sum()), dtype=place.dtype)
        into, size, done = found.view(np.uint8).data, found.itemsize, 0
        for begin, end in zip((size * first).tolist(), (size * after).tolist(), strict=True):
            ended = done + end - begin
            if os.preadv(self._handle, (into[done:ended],), place.start + begin) < end - begin:
                raise damaged(self._path)
            done = ended
        return found
