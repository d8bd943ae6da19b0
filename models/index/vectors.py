"""The vectors of a segment's creators in one file, all of one creator side by side: one read brings them.

A ranking reads two thousand creators here and there. Reading (`preadv`) leaves the file in the system's cache and not
in this process. Of each creator there are the rows of the dense parts, then of every sparse part its weights and its
terms; where they begin follows from how many terms the creators before have.
"""

from __future__ import annotations

import os
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy import sparse

from models.index.durable import damaged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from models.index.packed import Array
    from models.matching.candidates import Candidates

    Numbers = NDArray[np.int64]
    Singles = NDArray[np.float32]

_SINGLE = np.dtype(np.float32).itemsize
_BUFFER = 1 << 20


@dataclass(frozen=True)
class Layout:
    """What lies side by side.

    Attributes:
        dense: Dimensions of each dense part.
        terms: Terms there are of each sparse part.
    """

    dense: Mapping[str, int]
    terms: Mapping[str, int]

    @classmethod
    def of(cls, candidates: Candidates) -> Layout:
        """That of these creators."""
        return cls(
            *({name: part.shape[1] for name, part in of.items()} for of in (candidates.dense, candidates.sparse))
        )

    def term_type(self, name: str) -> np.dtype[Any]:
        """The smallest numbers that tell the terms of a sparse part apart."""
        return np.min_scalar_type(max(self.terms[name] - 1, 0))

    @property
    def types(self) -> list[np.dtype[Any]]:
        """Of every array."""
        single: np.dtype[Any] = np.dtype(np.float32)
        return [single, *(kind for name in self.terms for kind in (single, self.term_type(name)))]

    def sizes(self, counts: Mapping[str, Numbers], creators: int) -> Numbers:
        """Bytes of every array of every creator, arrays x creators, given how many terms each has in sparse parts.

        The dense parts are one array, as they all are as wide for every creator.
        """
        widths = [np.full(creators, _SINGLE * sum(self.dense.values()))]
        for name in self.terms:
            widths += [_SINGLE * counts[name], self.term_type(name).itemsize * counts[name]]
        return np.array(widths, dtype=np.int64)


def write_vectors(path: Path, candidates: Candidates) -> Layout:
    """Write the creators' vectors; returns how they lie there."""
    layout = Layout.of(candidates)
    arrays = [np.hstack(list(candidates.dense.values()))]
    for name, part in candidates.sparse.items():
        arrays += [part.data, part.indices.astype(layout.term_type(name))]
    views = [np.ascontiguousarray(array).reshape(-1).view(np.uint8).data for array in arrays]
    counts = {name: np.diff(part.indptr).astype(np.int64) for name, part in candidates.sparse.items()}
    ends = np.cumsum(layout.sizes(counts, len(candidates)), axis=1).T.tolist()
    begun = [0] * len(views)
    with path.open("wb", buffering=_BUFFER) as file:
        for end in ends:
            file.writelines(view[first:after] for view, first, after in zip(views, begun, end, strict=True))
            begun = end
    return layout


class Vectors:
    """What `write_vectors` wrote, opened for reading, which is safe from several threads.

    Args:
        path: The file.
        layout: How vectors lie there.
        starts: For each sparse part how many terms the creators before each have, and all of them.
    """

    def __init__(self, path: Path, layout: Layout, starts: Mapping[str, Array]) -> None:
        self.layout, self._path, self._starts = layout, path, starts
        self._handle = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._handle)

    def counts(self, rows: Numbers) -> dict[str, Numbers]:
        """How many terms these creators have in each sparse part."""
        return {name: self._first(name, rows + 1) - self._first(name, rows) for name in self.layout.terms}

    def read(self, rows: Numbers, into: memoryview) -> None:
        """Fill the bytes with these creators, one after the other; those that lie so in the file are read at once."""
        places, ends, done = self._places(rows), self._places(rows + 1), 0
        first = np.flatnonzero(np.append(True, places[1:] != ends[:-1])[: len(rows)])
        last = np.append(first, len(rows))[1:] - 1
        for place, end in zip(places[first].tolist(), ends[last].tolist(), strict=True):
            after = done + end - place
            if os.preadv(self._handle, (into[done:after],), place) < end - place:
                raise damaged(self._path)
            done = after

    def _places(self, rows: Numbers) -> Numbers:
        """Where each creator begins."""
        terms, width = self.layout.terms, sum(self.layout.dense.values())
        bytes_of = {name: _SINGLE + self.layout.term_type(name).itemsize for name in terms}
        return np.asarray(_SINGLE * width * rows + sum(self._first(name, rows) * bytes_of[name] for name in terms))

    def _first(self, name: str, rows: Numbers) -> Numbers:
        return self._starts[name][rows].astype(np.int64)


def gathered(
    stored: Sequence[Vectors], rows: Sequence[Numbers]
) -> tuple[dict[str, Singles], dict[str, sparse.csr_array]]:
    """The dense and the sparse parts of these rows of each segment, one segment after the other."""
    layout, creators = stored[0].layout, sum(map(len, rows))
    each = [one.counts(own) for one, own in zip(stored, rows, strict=True)]
    counts = {name: np.concatenate([one[name] for one in each]) for name in layout.terms}
    arrays = iter(_arrays(stored, rows, layout.sizes(counts, creators)))
    ends = np.cumsum(list(layout.dense.values())).tolist()
    beside = next(arrays).reshape(creators, ends[-1])
    dense = {name: beside[:, end - width : end] for (name, width), end in zip(layout.dense.items(), ends, strict=True)}
    found = {}
    for name, terms in layout.terms.items():
        weights, places = next(arrays), next(arrays)
        starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts[name])])
        kind = np.int32 if starts[-1] < np.iinfo(np.int32).max else np.int64
        found[name] = sparse.csr_array((weights, places.astype(kind), starts.astype(kind)), shape=(creators, terms))
    return dense, found


def _arrays(stored: Sequence[Vectors], rows: Sequence[Numbers], sizes: Numbers) -> list[Array]:
    """Every array of these creators, given how many bytes each creator has in each.

    The bytes are read as they lie and then dealt out by Arrow, which takes a tenth of the time that slices would.
    """
    ends = np.cumsum(sizes.sum(axis=0))
    told, done = np.empty(sizes.sum(), dtype=np.uint8), 0
    for one, own in zip(stored, rows, strict=True):
        one.read(own, told.data[ends[done - 1] if done else 0 :])
        done += len(own)
    bounds = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes.T)])
    cut = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), sizes.size, [None, pa.py_buffer(bounds), pa.py_buffer(told)]
    )
    of_array = np.arange(sizes.size).reshape(sizes.shape[::-1]).T
    parts = (cut.take(pa.array(own)).buffers()[2] for own in of_array)
    return [np.frombuffer(part, kind) for part, kind in zip(parts, stored[0].layout.types, strict=True)]
