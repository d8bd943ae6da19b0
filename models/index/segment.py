"""A segment: some thousand creators in a folder that is written once and never changed.

```
segment.json    how many creators, where each array lies, the values behind the filters' codes
creators.arrow  traits, risk score and band (Arrow IPC)
details.arrow   posts to quote from and commenters (Arrow IPC)
vectors.bin     vectors, creator by creator; see `vectors`
arrays.bin      what memory holds: the matrix that is searched, numbers about creators, filter codes, ids by hash; and
                postings; see `packed`
```
The files hold `Creators`; the matrix, numbers, filter codes, hashes and postings are made of these when the segment is
written.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from pydantic import ValidationError

from features.errors import ContractError
from models.frozen import Frozen
from models.index import filters, postings
from models.index.creators import Creators
from models.index.durable import damaged, kept
from models.index.frames import Frame, taken, write_frame
from models.index.packed import Packed, Place, write_packed
from models.index.retrieval import LISTED, SEARCHED, search_matrix
from models.index.shortlist import NUMBERS, numbers_of
from models.index.vectors import Layout, Vectors, gathered, write_vectors
from models.matching.candidates import TRAITS, Candidates
from models.rankings.details import DETAILS, hashes
from models.rankings.pool import RISK

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from models.index.durable import Kept
    from models.index.manifest import SegmentEntry
    from models.index.packed import Array

    Numbers = NDArray[np.int64]

MOST_CREATORS = 32_768
"""Creators of one segment. What is read of a segment to write it again stays below a gigabyte."""

FACTS_OF_CREATORS = pl.Schema({**TRAITS, **RISK})
"""Traits, risk score and band."""

FACTS, CREATORS, DETAILED, VECTORS, ARRAYS = (
    "segment.json",
    "creators.arrow",
    "details.arrow",
    "vectors.bin",
    "arrays.bin",
)
KEYS, SORTED_KEYS, BY_KEY = "keys", "keys.sorted", "keys.rows"
SMALL = 1 << 20
"""Bytes; files up to this size are hashed when a segment is opened, of larger ones only the size is looked at."""


class Facts(Frozen):
    """What `segment.json` holds."""

    creators: int
    terms: dict[str, int]
    dense: dict[str, int]
    values: dict[str, list[str]]
    places: dict[str, Place]


def write_segment(folder: Path, creators: Creators) -> dict[str, Kept]:
    """Write the files of a segment into an empty folder; returns them as they were written."""
    candidates = creators.candidates
    coded, values = filters.filter_codes(candidates.traits, creators.risk["risk_score"])
    arrays: dict[str, Array] = {SEARCHED: search_matrix(candidates.dense), NUMBERS: numbers_of(candidates.traits)}
    arrays |= coded | _keys(candidates.traits["creator_id"])
    arrays |= {_starts(name): part.indptr.astype(np.uint32) for name, part in candidates.sparse.items()}
    for name in LISTED:
        arrays |= postings.term_postings(name, candidates.sparse[name])
    arrays |= postings.brand_postings(candidates.traits["brands"])
    layout = write_vectors(folder / VECTORS, candidates)
    facts = Facts(
        creators=len(creators),
        terms=dict(layout.terms),
        dense=dict(layout.dense),
        values=values,
        places=write_packed(folder / ARRAYS, arrays),
    )
    write_frame(candidates.traits.hstack(creators.risk.drop("creator_id")), FACTS_OF_CREATORS, folder / CREATORS)
    write_frame(creators.details, DETAILS, folder / DETAILED)
    (folder / FACTS).write_text(facts.model_dump_json(), encoding="utf-8")
    return {name: kept(folder / name) for name in (FACTS, CREATORS, DETAILED, VECTORS, ARRAYS)}


class Segment:
    """A segment opened for reading, mapped into memory. Reading is safe from several threads.

    Args:
        folder: Holds the segment's files.
        entry: What the manifest says of it.

    Raises:
        ContractError: A file is damaged or missing.
        FileNotFoundError: The folder is gone, because a newer manifest has another in its place.
    """

    def __init__(self, folder: Path, entry: SegmentEntry) -> None:
        self.entry = entry
        check_files(folder, entry)
        try:
            facts = Facts.model_validate_json((folder / FACTS).read_bytes())
        except ValidationError:
            raise damaged(folder / FACTS) from None
        self.creators = facts.creators
        self._facts = facts
        starts = {name: _starts(name) for name in facts.terms}
        mapped = filters.KEPT | postings.MAPPED | {*starts.values(), SEARCHED, NUMBERS, KEYS, SORTED_KEYS, BY_KEY}
        self.packed = Packed(folder / ARRAYS, facts.places, mapped)
        counted = {name: self.packed[array] for name, array in starts.items()}
        self.vectors = Vectors(folder / VECTORS, Layout(facts.dense, facts.terms), counted)
        self.traits = Frame(folder / CREATORS, FACTS_OF_CREATORS)
        self.details = Frame(folder / DETAILED, DETAILS, scattered=True)

    def __len__(self) -> int:
        """Number of creators."""
        return self.creators

    @property
    def values(self) -> dict[str, list[str]]:
        """The values behind each trait's codes."""
        return self._facts.values

    @property
    def searched(self) -> NDArray[np.int8]:
        """The matrix that is searched; see `models.index.retrieval.search_matrix`."""
        return self.packed[SEARCHED]

    @property
    def keys(self) -> NDArray[np.uint64]:
        """The hash of each creator's id."""
        return self.packed[KEYS]

    def take(self, rows: Numbers) -> Creators:
        """Everything about these rows, in this order."""
        candidates, risk = self.candidates(rows)
        return Creators(candidates, risk, self.details.take(rows))

    def candidates(self, rows: Numbers) -> tuple[Candidates, pl.DataFrame]:
        """These rows as the fit model sees them, and their risk with the columns of `models.rankings.pool.RISK`."""
        return candidates_of([self], [rows])

    def find(self, keys: NDArray[np.uint64]) -> Numbers:
        """The row of each creator by the hash of its id, -1 where it is not here."""
        if not len(self):
            return np.full(len(keys), -1, dtype=np.int64)
        known = self.packed[SORTED_KEYS]
        places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        return np.where(known[places] == keys, self.packed[BY_KEY][places].astype(np.int64), -1)


def candidates_of(
    segments: Sequence[Segment], rows: Sequence[Numbers], unread: Collection[str] = ()
) -> tuple[Candidates, pl.DataFrame]:
    """These rows of each segment, one segment after the other, as `Segment.candidates` gives those of one.

    Args:
        segments: Where to read.
        rows: Which rows of each.
        unread: Traits to go without.
    """
    traits = [name for name in TRAITS if name not in unread]
    facts = taken([one.traits for one in segments], rows, [*traits, *(name for name in RISK if name not in TRAITS)])
    dense, sparse = gathered([one.vectors for one in segments], rows)
    return Candidates(facts[traits], dense, sparse), facts[list(RISK)]


def shown_of(
    segments: Sequence[Segment], rows: Sequence[Numbers], names: Sequence[str], order: Numbers | None
) -> pl.DataFrame:
    """These of the columns of `DETAILS` and of the traits `SHOWN`, of these rows of each segment; see `taken`."""
    kept = [name for name in names if name in DETAILS], [name for name in names if name not in DETAILS]
    frames = [one.details for one in segments], [one.traits for one in segments]
    found = [taken(own, rows, columns, order) for own, columns in zip(frames, kept, strict=True) if columns]
    return pl.DataFrame([column for frame in found for column in frame])


def check_files(folder: Path, entry: SegmentEntry, *, everything: bool = False) -> None:
    """Hold a segment's files against the manifest: sizes, and hashes of small files or of `everything`.

    Raises:
        ContractError: A file is missing or not the one that was written; names it.
        FileNotFoundError: The whole folder is gone.
    """
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(folder))
    for name, file in entry.files.items():
        path = folder / name
        if not path.is_file():
            raise ContractError(f"{path}: the file is missing; build the index again")
        size = path.stat().st_size
        if size != file.size or ((everything or size <= SMALL) and kept(path) != file):
            raise damaged(path)


def _keys(creator_ids: pl.Series) -> dict[str, NDArray[np.uint64] | NDArray[np.uint16]]:
    keys = hashes(creator_ids)
    order = np.argsort(keys, kind="stable")
    return {KEYS: keys, SORTED_KEYS: keys[order], BY_KEY: order.astype(np.uint16)}


def _starts(name: str) -> str:
    """The array that tells how many terms of a sparse part the creators before have."""
    return f"sparse.{name}.starts"
