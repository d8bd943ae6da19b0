"""Writing an index: records encoded piece by piece into segments, creators added and taken out again.

Every change writes new segments beside the old ones, then the manifest, then deletes what the manifest no longer
names. A command that is killed leaves the index as it was; the next one clears away what it left.
"""

from __future__ import annotations

import contextlib
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.errors import ContractError, NotFoundError, UsageError
from models.index.durable import LOCK, alone
from models.index.encoding import encoded
from models.index.manifest import MANIFEST, SEGMENTS, Manifest, read_manifest, write_manifest
from models.index.segment import Segment
from models.index.writer import Writer
from models.rankings.details import hashes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from features.records import Tables
    from models.fit import FitBundle
    from models.fraud import FraudBundle
    from models.index.creators import Creators
    from models.index.manifest import SegmentEntry
    from models.index.writer import Progress

MOST_NAMED = 10  # ids in a message


def build(
    pieces: Iterable[Tables],
    fit: FitBundle,
    fraud: FraudBundle,
    out: Path,
    *,
    scores: pl.DataFrame | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Make an index of creators; one that lies in `out` already is replaced when the new one is complete.

    Args:
        pieces: The creators' records, some at a time (`models.index.encoding.pieces`): memory holds one segment.
        fit: Gives the vectors.
        fraud: Gives the risks, unless `scores` does.
        out: The folder; made where it is not there.
        scores: What `bonafide score` wrote of these creators by this fraud model; creators without a row have no
            known risk.
        progress: Called with the creators done so far.

    Raises:
        UsageError: `out` is something else than an index, or somebody is writing to it.
        RecordsError: A creator is there twice.
    """
    return build_of(encoded(pieces, fit, fraud, scores), fit, fraud, out, progress=progress)


def build_of(
    creators: Iterable[Creators], fit: FitBundle, fraud: FraudBundle, out: Path, *, progress: Progress | None = None
) -> Manifest:
    """`build` of creators that these models have encoded, as `models.index.corpus.Encoded.by_segment` gives them."""
    check_place(out)
    (out / SEGMENTS).mkdir(parents=True, exist_ok=True)
    with alone(out):
        former = _manifest_or_none(out)
        _clear(out, former)
        start = Manifest(
            created_at=datetime.now(UTC),
            fit=fit.contract.version,
            fraud=fraud.contract.version,
            norms=fit.encoder.context.version,
            following=former.following if former else 0,
        )
        with _undone_on_error(out, former):
            writer = Writer(out, start.following)
            writer.add_all(creators, progress)
            writer.finish()
            return _swap(out, start, tuple(writer.entries), writer.number)


def add(
    pieces: Iterable[Tables],
    fit: FitBundle,
    fraud: FraudBundle,
    folder: Path,
    *,
    scores: pl.DataFrame | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Add creators to an index; those that are in it already are replaced. See `build` for the arguments.

    Raises:
        NotFoundError: There is no index in `folder`.
        ContractError: It was made by other models.
    """
    return add_of(encoded(pieces, fit, fraud, scores), fit, fraud, folder, progress=progress)


def add_of(
    creators: Iterable[Creators], fit: FitBundle, fraud: FraudBundle, folder: Path, *, progress: Progress | None = None
) -> Manifest:
    """`add` of creators that these models have encoded, as `models.index.corpus.Encoded.by_segment` gives them."""
    check_models(folder, read_manifest(folder), fit.contract.version, fraud.contract.version)
    with alone(folder):
        manifest = read_manifest(folder)
        check_models(folder, manifest, fit.contract.version, fraud.contract.version)
        _clear(folder, manifest)
        with _undone_on_error(folder, manifest):
            writer = Writer(folder, manifest.following)
            writer.add_all(creators, progress)
            kept = _without(folder, manifest, np.array(sorted(writer.keys), dtype=np.uint64), writer)
            kept = [entry for entry in kept if entry.creators]
            while kept and writer.takes(kept[-1].creators):
                writer.prepend(_opened(folder, kept.pop()))
            writer.finish()
            return _swap(folder, manifest, (*kept, *writer.entries), writer.number)


def remove(creator_ids: Sequence[str], folder: Path) -> Manifest:
    """Take creators out of an index: nothing of them stays in its folder.

    Raises:
        NotFoundError: There is no index in `folder`, or some of the creators are not in it; then nothing is removed.
    """
    read_manifest(folder)
    with alone(folder):
        manifest = read_manifest(folder)
        _clear(folder, manifest)
        keys = np.unique(hashes(pl.Series(creator_ids, dtype=pl.String)))
        found = [_opened(folder, entry).find(keys) >= 0 for entry in manifest.segments]
        known = set(keys[np.logical_or.reduce([np.zeros(len(keys), np.bool_), *found])].tolist())
        ids = dict.fromkeys(creator_ids)
        missing = [one for one in ids if int(hashes(pl.Series([one]))[0]) not in known]
        if missing:
            raise NotFoundError(f"{folder}: not in the index, nothing was removed: {named(missing)}")
        with _undone_on_error(folder, manifest):
            writer = Writer(folder, manifest.following)
            kept = _without(folder, manifest, keys, writer)
            if not kept:  # an empty segment says how wide the vectors are
                kept.append(writer.write(_opened(folder, manifest.segments[0]).take(np.arange(0))))
            return _swap(folder, manifest, tuple(kept), writer.number)


def check_models(folder: Path, manifest: Manifest, fit: str, fraud: str | None) -> None:
    """Refuse an index that other models made.

    Args:
        folder: Where the index lies.
        manifest: Its manifest.
        fit: Version of the fit model it is used with.
        fraud: Version of the fraud model; None where none is in use.

    Raises:
        ContractError: Names both versions.
    """
    for kind, made, used in (("fit", manifest.fit, fit), ("fraud", manifest.fraud, fraud)):
        if used is not None and made != used:
            raise ContractError(
                f"{folder}: the index was made by {kind} model {made}, the one in use is {used}; "
                "build it again with `bonafide index build`"
            )


def named(ids: Sequence[str]) -> str:
    """Ids for a message: the first few, and how many more."""
    more = f" and {len(ids) - MOST_NAMED:,} more" if len(ids) > MOST_NAMED else ""
    return ", ".join(f"'{one}'" for one in ids[:MOST_NAMED]) + more


@contextlib.contextmanager
def add_segments(folder: Path) -> Iterator[Writer]:
    """Add creators that were encoded elsewhere by the models of the index; none of them may be in it already."""
    with alone(folder):
        manifest = read_manifest(folder)
        _clear(folder, manifest)
        with _undone_on_error(folder, manifest):
            writer = Writer(folder, manifest.following)
            yield writer
            writer.finish()
            _swap(folder, manifest, (*manifest.segments, *writer.entries), writer.number)


def _without(folder: Path, manifest: Manifest, keys: np.ndarray, writer: Writer) -> list[SegmentEntry]:
    """The segments of an index with these creators left out; segments that hold any of them are written again."""
    kept = []
    for entry in manifest.segments:
        segment = _opened(folder, entry)
        gone = segment.find(keys)
        gone = gone[gone >= 0]
        if not len(gone):
            kept.append(entry)
        elif len(gone) < len(segment):
            rest = np.setdiff1d(np.arange(len(segment)), gone)
            kept.append(writer.write(segment.take(rest)))
    return kept


def _opened(folder: Path, entry: SegmentEntry) -> Segment:
    return Segment(folder / SEGMENTS / entry.name, entry)


def _swap(folder: Path, manifest: Manifest, segments: tuple[SegmentEntry, ...], following: int) -> Manifest:
    """Make these the index's segments, and delete the others."""
    fresh = manifest.model_copy(update={"segments": segments, "following": following, "created_at": datetime.now(UTC)})
    write_manifest(folder, fresh)
    _clear(folder, fresh)
    return fresh


def _clear(folder: Path, manifest: Manifest | None) -> None:
    """Delete what no manifest names: segments that were replaced, and what a killed command left."""
    for path in folder.glob(".*.part"):
        path.unlink()
    names = {entry.name for entry in manifest.segments} if manifest else set()
    for path in (folder / SEGMENTS).iterdir():
        if path.name not in names:
            shutil.rmtree(path)


@contextlib.contextmanager
def _undone_on_error(folder: Path, manifest: Manifest | None) -> Iterator[None]:
    """Delete the segments of a change that did not come to its end."""
    try:
        yield
    except BaseException:
        _clear(folder, _manifest_or_none(folder) if manifest is None else read_manifest(folder))
        raise


def _manifest_or_none(folder: Path) -> Manifest | None:
    try:
        return read_manifest(folder)
    except (NotFoundError, ContractError):
        return None


def check_place(out: Path) -> None:
    """UsageError unless `out` is free, an index, or what a killed first build left of one."""
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageError(f"{out} is a file; name a folder for the index")
    others = {path.name for path in out.iterdir()} - {MANIFEST, SEGMENTS, LOCK, f".{MANIFEST}.part"}
    if others:
        raise UsageError(f"{out} holds other things than an index and is not replaced: {', '.join(sorted(others)[:5])}")
