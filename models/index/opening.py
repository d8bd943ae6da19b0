"""An index opened for reading: pools to rank, creators by their ids."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.errors import ContractError, NotFoundError
from models.index.building import check_models, named
from models.index.filters import failing
from models.index.manifest import MANIFEST, SEGMENTS, Manifest, read_manifest
from models.index.retrieval import DEPTH, nearest, query
from models.index.segment import Segment, candidates_of, check_files, shown_of
from models.index.shortlist import WORTH, shortened
from models.matching.candidates import SHOWN
from models.matching.cosine_weights import COSINE_WEIGHTS, CosineWeights
from models.rankings.details import hashes
from models.rankings.pool import Pool
from models.texts.documents import texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from models.fit import FitBundle
    from models.fraud import FraudBundle
    from models.index.manifest import SegmentEntry
    from models.index.shortlist import Order
    from models.matching.candidates import Candidates
    from models.matching.pairs import Wish
    from models.rankings.filters import Limits
    from models.texts.documents import Brief

    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.int64]
    Stamp = tuple[int, int, int]

MOST_TRIES = 5  # at opening an index while others change it

KEPT_WHOLE = 2_000
"""Creators; of an index of no more, all is kept in memory that ranking reads, some 10 kB of each."""


@dataclass(frozen=True, eq=False)
class Index:
    """Many creators, mapped into memory. Make one with `open`; reading is safe from several threads.

    An opened index stays as it was while others add and remove; `latest` gives it as it is now.

    Attributes:
        folder: Where it lies.
        manifest: What it says about itself.
        segments: Its parts.
        stamp: Tells this state of the manifest from others.
    """

    folder: Path
    manifest: Manifest
    segments: tuple[Segment, ...]
    stamp: Stamp

    @classmethod
    def open(cls, folder: Path, known: Mapping[str, Segment] | None = None) -> Index:
        """Open the index in `folder`.

        Args:
            folder: What `models.index.build` wrote.
            known: Segments that are open already, by name.

        Raises:
            NotFoundError: There is no index.
            ContractError: A file is damaged; names it.
        """
        for _ in range(MOST_TRIES):
            stamp = _stamp(folder)
            manifest = read_manifest(folder)
            try:
                segments = [_segment(folder, entry, (known or {}).get(entry.name)) for entry in manifest.segments]
            except (FileNotFoundError, ContractError) as error:
                if _stamp(folder) != stamp:
                    continue  # a newer manifest has others in their place
                if isinstance(error, FileNotFoundError):
                    raise ContractError(f"{error.filename}: the folder is missing; build the index again") from None
                raise
            return cls(folder, manifest, tuple(segments), stamp)
        raise ContractError(f"{folder}: the index changes faster than it can be opened; try again")

    def latest(self) -> Index:
        """The index as it is now: this one unless it was changed, else opened again as far as it was."""
        if _stamp(self.folder) == self.stamp:
            return self
        return Index.open(self.folder, {one.entry.name: one for one in self.segments})

    def check(self) -> None:
        """Hold every file against its hash; ContractError names the first that is damaged."""
        for one in self.segments:
            check_files(self.folder / SEGMENTS / one.entry.name, one.entry, everything=True)

    def require(self, fit: FitBundle, fraud: FraudBundle | None = None) -> None:
        """Raise ContractError, naming both versions, unless these models made the index."""
        fraud_version = None if fraud is None else fraud.contract.version
        check_models(self.folder, self.manifest, fit.contract.version, fraud_version)

    def __len__(self) -> int:
        """Number of creators."""
        return self.manifest.creators

    @cached_property
    def version(self) -> str:
        """Names what the index holds."""
        return self.manifest.version

    def pool(
        self,
        bundle: FitBundle,
        wish: Wish,
        *,
        limits: Limits,
        depth: int = DEPTH,
        order: Order | None = None,
        weights: CosineWeights = COSINE_WEIGHTS,
    ) -> Pool:
        """The creators to score for a brief: those that fail no filter, and of these the nearest.

        Args:
            bundle: The fit model; it must be the one that made the index.
            wish: The brief, as `bundle.encoder.wishes` gives it.
            limits: Follower counts wanted.
            depth: Most creators to give back; the others are not scored.
            order: What they are to be put into; of many, those that are hardly among the first are left out. Without
                it the fit alone counts, and all of the nearest are given back.
            weights: What makes creators near.
        """
        self.require(bundle)
        allowed, excluded = self._allowed(wish.brief, limits)
        everybody = order is None or order.count is None
        if sum(int(flags.sum()) for flags in allowed) <= (depth if everybody else min(depth, WORTH)):
            rows = [np.flatnonzero(flags) for flags in allowed]
        else:
            wanted = query(wish, weights, authenticity=0.0 if order is None else order.authenticity)
            found = nearest(self.segments, wanted, allowed, depth)
            if order is not None:
                found = shortened(bundle, wish, self.segments, found, order)
            rows = [near.rows for near in found]
        asked = texts(wish.brief, "audience_countries")
        unread = [name for name in SHOWN if not (asked and name == "audience_countries")]
        return replace(self._pool(rows, excluded, unread=unread), passed=(wish.brief, limits))

    def chosen(self, creator_ids: Sequence[str]) -> Pool:
        """These creators, none left out, in the order of the index; an id that is named twice counts once.

        Raises:
            NotFoundError: Some are not in the index; names them.
        """
        rows = [np.unique(rows[rows >= 0]) for rows in self._found(creator_ids)]
        return self._pool(rows, {}, considered=sum(map(len, rows)))

    def candidates(self, creator_ids: Sequence[str]) -> Candidates:
        """These creators, in this order.

        Raises:
            NotFoundError: Some are not in the index; names them.
        """
        if not creator_ids:
            return self._nobody
        found = self.chosen(creator_ids).candidates
        place = {name: row for row, name in enumerate(found.creator_ids)}
        return found.take(np.array([place[name] for name in creator_ids], dtype=np.int64))

    def known(self, creator_ids: Sequence[str]) -> list[str]:
        """Those of the ids that are in the index, each once, in their order."""
        if not creator_ids:
            return []
        ids = list(dict.fromkeys(creator_ids))
        absent = np.all([rows < 0 for rows in self._rows(ids)], axis=0)
        return [name for name, gone in zip(ids, absent, strict=True) if not gone]

    @cached_property
    def _everybody(self) -> tuple[Candidates, pl.DataFrame] | None:
        """All creators, one segment after the other, and their risk; None where they are too many to be kept."""
        if len(self) > KEPT_WHOLE:
            return None
        return candidates_of(self.segments, [np.arange(len(one)) for one in self.segments])

    @cached_property
    def _nobody(self) -> Candidates:
        return self.segments[0].candidates(np.zeros(0, dtype=np.int64))[0]

    def _allowed(self, brief: Brief, limits: Limits) -> tuple[list[Flags], dict[str, int]]:
        """Who fails no filter, and how many fail each filter that left anyone out."""
        allowed: list[Flags] = []
        excluded: dict[str, int] = {}
        for one in self.segments:
            failed = failing(one.packed, one.values, len(one), brief, limits)
            allowed.append(~np.logical_or.reduce([np.zeros(len(one), dtype=np.bool_), *failed.values()]))
            for name, flags in failed.items():
                excluded[name] = excluded.get(name, 0) + int(flags.sum())
        return allowed, {name: count for name, count in excluded.items() if count}

    def _rows(self, creator_ids: Sequence[str]) -> list[Numbers]:
        """The row of each creator in each segment, -1 where it is not there."""
        keys = hashes(pl.Series(creator_ids, dtype=pl.String))
        return [one.find(keys) for one in self.segments]

    def _found(self, creator_ids: Sequence[str]) -> list[Numbers]:
        """The same of creators that are all there; NotFoundError names the others."""
        found = self._rows(creator_ids)
        absent = np.all([rows < 0 for rows in found], axis=0)
        if absent.any():
            missing = list(dict.fromkeys(name for name, gone in zip(creator_ids, absent, strict=True) if gone))
            raise NotFoundError(f"not in the index: {named(missing)}")
        return found

    def _pool(
        self,
        rows: Sequence[Numbers],
        excluded: Mapping[str, int],
        *,
        considered: int | None = None,
        unread: Sequence[str] = (),
    ) -> Pool:
        used = [number for number, own in enumerate(rows) if len(own)] or [0]
        candidates, risk = self._candidates(used, rows, unread)
        segment = np.repeat(used, [len(rows[number]) for number in used])
        row = np.concatenate([rows[number] for number in used])

        def details_of(places: NDArray[np.int64], names: Sequence[str]) -> pl.DataFrame:
            order = np.argsort(segment[places], kind="stable")
            holding = np.unique(segment[places]).tolist() or used[:1]
            rows = [row[places][segment[places] == number] for number in holding]
            back = np.argsort(order) if len(holding) > 1 else None
            return shown_of([self.segments[number] for number in holding], rows, names, back)

        return Pool(
            candidates=candidates,
            risk=risk,
            details=details_of,
            considered=len(self) if considered is None else considered,
            excluded=excluded,
        )

    def _candidates(
        self, used: Sequence[int], rows: Sequence[Numbers], unread: Sequence[str]
    ) -> tuple[Candidates, pl.DataFrame]:
        """The creators of these rows of the segments in use, and their risk: from memory where all are kept there."""
        if self._everybody is None:
            return candidates_of([self.segments[number] for number in used], [rows[number] for number in used], unread)
        everybody, risk = self._everybody
        starts = np.cumsum([0, *map(len, self.segments)])
        places = np.concatenate([rows[number] + starts[number] for number in used])
        read = replace(everybody, traits=everybody.traits.drop(unread))
        return read.take(places), risk[places]


def _segment(folder: Path, entry: SegmentEntry, known: Segment | None) -> Segment:
    """The one that is open already, unless the folder has another of its name: an index that was made elsewhere."""
    return known if known is not None and known.entry == entry else Segment(folder / SEGMENTS / entry.name, entry)


def _stamp(folder: Path) -> Stamp:
    try:
        found = (folder / MANIFEST).stat()
    except (FileNotFoundError, NotADirectoryError):
        return (0, 0, 0)
    return found.st_ino, found.st_mtime_ns, found.st_size
