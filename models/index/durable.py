"""Folders that survive a crash: written beside, flushed to the disk, renamed; and the hashes files are known by."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
from typing import TYPE_CHECKING

from features.disk import flush
from features.errors import ContractError, UsageError
from models.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = ".lock"


class Kept(Frozen):
    """A file as it was written: its bytes and their SHA-256."""

    size: int
    sha256: str


def kept(path: Path) -> Kept:
    """The size and hash of a file."""
    with path.open("rb") as file:
        return Kept(size=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


@contextlib.contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A temporary neighbour of `path` to fill, renamed to it at the end and removed after an error."""
    part = path.with_name(f".{path.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        for file in part.iterdir():
            flush(file)
        flush(part)
        part.rename(path)
        flush(path.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only one who writes to a folder; the lock goes with the process that held it.

    Raises:
        UsageError: Somebody else is writing.
    """
    with (folder / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"{folder}: another command is changing this index; try again when it is done") from None
        yield


def damaged(path: Path) -> ContractError:
    """The refusal of a file that is not as it was written."""
    return ContractError(f"{path}: the file is damaged; build the index again")
