"""The manifest of an index: which segments are part of it, and the models that made them.

`index.json` is replaced at once and last, so an index is what its manifest says, whatever else lies in the folder.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime  # noqa: TC003 - pydantic reads it at run time
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from features.disk import put_file
from features.errors import ContractError, NotFoundError
from models.frozen import Frozen
from models.index.durable import Kept, damaged

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "index.json"
SEGMENTS = "segments"
FORMAT = 3
VERSION_LENGTH = 12


class SegmentEntry(Frozen):
    """One segment: the name of its folder, its creators, and its files as they were written."""

    name: str
    creators: int
    files: dict[str, Kept]


class Manifest(Frozen):
    """What an index says about itself.

    Attributes:
        created_at: When it was last changed.
        fit: Version of the fit model whose vectors it holds.
        fraud: Version of the fraud model whose risks it holds.
        norms: Version of the norms that engagement was held against.
        following: Number of the next segment; numbers are never used twice.
    """

    kind: Literal["index"] = "index"
    format: int = FORMAT
    created_at: datetime
    fit: str
    fraud: str
    norms: str
    segments: tuple[SegmentEntry, ...] = ()
    following: int = 0

    @property
    def creators(self) -> int:
        """Creators in all segments."""
        return sum(one.creators for one in self.segments)

    @property
    def size(self) -> int:
        """Bytes of all segments."""
        return sum(file.size for one in self.segments for file in one.files.values())

    @property
    def version(self) -> str:
        """Names what the index holds: the hash of all but when it was changed."""
        return _hash(self.model_dump(mode="json", exclude={"created_at", "following"}))[:VERSION_LENGTH]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the index in `folder`.

    Raises:
        NotFoundError: There is no index.
        ContractError: The manifest is damaged, or of another format.
    """
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(
            f"there is no index in '{folder}'; make one with `bonafide index build INPUT --out DIR`"
        ) from None
    try:
        found = json.loads(content)
    except ValueError:
        raise damaged(path) from None
    known = isinstance(found, dict) and found.get("kind") == "index"
    if known and found.get("format") != FORMAT:
        raise ContractError(
            f"{path}: format {found.get('format')!r} is unknown; this version reads {FORMAT}: build the index again"
        )
    checksum = found.pop("checksum", None) if known else None
    try:
        manifest = Manifest.model_validate(found)
    except ValidationError:
        raise damaged(path) from None
    if checksum != _checksum(manifest):
        raise ContractError(f"{path}: the file was changed after it was written; build the index again")
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put the manifest in place: from now on the index is what it says."""
    facts = {**manifest.model_dump(mode="json"), "checksum": _checksum(manifest)}
    put_file(folder / MANIFEST, json.dumps(facts, indent=1, sort_keys=True).encode() + b"\n")


def _checksum(manifest: Manifest) -> str:
    return _hash(manifest.model_dump(mode="json"))


def _hash(facts: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
