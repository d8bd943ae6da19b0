"""Records out: whole or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import UsageError
from features.records.contract import CREATORS, TABLES
from features.records.files import LEFT_ALONE, files_of

if TYPE_CHECKING:
    from features.records.tables import Tables


def write(tables: Tables, folder: Path) -> None:
    """Write the tables that have rows as Parquet, and `creators` always, replacing the tables that stood there.

    The folder is put in place as a whole when everything is written. Raises UsageError where it holds
    anything but tables, which nobody asked to delete.
    """
    others = _others(folder)
    if others:
        raise UsageError(f"{folder} holds other things than tables and is not replaced: {', '.join(others[:5])}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as beside:
        fresh = Path(beside, "new")
        fresh.mkdir()
        for name, frame in tables.items():
            if frame.height or name == CREATORS.name:
                frame.write_parquet(fresh / f"{name}.parquet")
        replace_folder(folder, fresh)


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


def _others(folder: Path) -> list[str]:
    if not folder.exists():
        return []
    if not folder.is_dir():
        return [folder.name]
    ours = {path.name for table in TABLES.values() for path in files_of(folder, table)}.union(LEFT_ALONE)
    return sorted(path.name for path in folder.iterdir() if path.name not in ours)


def replace_file(path: Path, content: bytes) -> None:
    """Put a file in place as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as beside:
        fresh = Path(beside, path.name)
        fresh.write_bytes(content)
        fresh.replace(path)
