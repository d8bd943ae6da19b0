"""Files and folders that are put in place as a whole, and bytes and names that are on the disk."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def flush(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put_file(path: Path, content: bytes) -> None:
    """Put a file in place at once: readers see the old one or the new one, whatever happens."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    flush(part)
    part.replace(path)
    flush(path.parent)


def replace_file(path: Path, content: bytes) -> None:
    """Put a file in place as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as beside:
        fresh = Path(beside, path.name)
        fresh.write_bytes(content)
        fresh.replace(path)


def replace_folder(folder: Path, fresh: Path) -> None:
    """Put a folder in the place of one that may be there; after an error or an interruption that one is there again.

    Args:
        folder: The place.
        fresh: What comes there: in a folder for a while, where what was there before goes.
    """
    former = fresh.with_name("former")
    try:
        if folder.exists():
            folder.rename(former)
        fresh.rename(folder)
    except BaseException:
        if former.exists() and not folder.exists():
            former.rename(folder)
        raise
