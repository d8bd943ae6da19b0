"""Records out: whole or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from features.disk import replace_folder
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


def _others(folder: Path) -> list[str]:
    if not folder.exists():
        return []
    if not folder.is_dir():
        return [folder.name]
    ours = {path.name for table in TABLES.values() for path in files_of(folder, table)}.union(LEFT_ALONE)
    return sorted(path.name for path in folder.iterdir() if path.name not in ours)
