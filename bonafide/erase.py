"""`bonafide erase`: everything that is kept of a creator, removed."""

# ruff: noqa: TC001 - Typer reads annotations at run time
from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bonafide.inputs import Creator

if TYPE_CHECKING:
    from ledger import Ledger

SPOOLED = 30.0
"""Seconds for running services to move on what lies in their spools."""


def erase(creator: Creator) -> None:
    """Remove a creator from the ledger, the index, jobs and every table in BONAFIDE_HOME.

    A tombstone stays that names nobody; it keeps what is older than it from coming back. Files that still hold the id
    are named, models among them: train those again.
    """
    from bonafide.inputs import open_ledger
    from bonafide.progress import waiting
    from bonafide.terminal import say
    from features.errors import UnavailableError
    from ledger import erase as erase_from_ledger
    from models.settings import get_settings
    from serving.jobs.erasing import blank
    from serving.jobs.room import Room

    settings = get_settings()
    home = settings.home.resolve()
    with open_ledger() as ledger, waiting("Erasing"):
        counts = erase_from_ledger(ledger, creator)
        _wait_for_spools(ledger)
        counts["refused records"] = _from_refused(home, creator)
    counts["index"] = _from_index(settings.index_folder, creator)
    counts["records of jobs"], running = blank(Room(settings.jobs_folder), creator)
    rows, left = _from_files(home, creator)
    counts["rows of tables"] = rows
    say("Erased: " + ", ".join(f"{name} {count:,}" for name, count in counts.items()))
    for path in left:
        say(f"{path} still holds the id and was left as it is")
    if running:
        raise UnavailableError("a job with the creator is being worked on; erase again when it is done")


def _wait_for_spools(ledger: Ledger) -> None:
    """Wait until running services have moved on what they answered; of the creator the ledger takes none of it."""
    from features.errors import UnavailableError
    from ledger.recording import wait_until_moved

    if not wait_until_moved(ledger, SPOOLED):
        raise UnavailableError("the ledger has no row of the creator any more, but spools still wait; erase again")


def _from_refused(home: Path, creator: str) -> int:
    """Remove the files of records that the database refused and that hold the creator."""
    from ledger.recording import REFUSED

    found = [path for path in (home / REFUSED).glob("*") if _holds(path, creator)]
    for path in found:
        path.unlink()
    return len(found)


def _from_index(folder: Path, creator: str) -> int:
    from features.errors import NotFoundError
    from models.index import remove

    try:
        remove([creator], folder)
    except NotFoundError:
        return 0
    return 1


def _from_files(home: Path, creator: str) -> tuple[int, list[Path]]:
    """Rows taken out of Parquet tables, and the files of any kind that still hold the id.

    A service that runs meanwhile removes files and folders of its own: of those nothing is left to look at.
    """
    from features.records.files import ending

    rows = 0
    left = []
    for path in sorted(Path(folder, name) for folder, _, names in os.walk(home) for name in names):
        with suppress(FileNotFoundError):
            table = ending(path) == ".parquet" and _is_table(path)
            if table and not _hashed(path, home):
                rows += _from_table(path, creator)
            elif _table_holds(path, creator) if table else _holds(path, creator):
                left.append(path)
    return rows, left


def _is_table(path: Path) -> bool:
    """Whether a file is Parquet with a column of creators; one that cannot be read is looked through as any other."""
    import polars as pl

    from features.records.parquet_files import parquet_names

    try:
        return "creator_id" in parquet_names(path)
    except (OSError, pl.exceptions.PolarsError):
        return False


def _hashed(path: Path, home: Path) -> bool:
    """Whether a file is part of a model, a context or an index, which hold their files against hashes."""
    from features.context import ABOUT
    from models.contract import CONTRACT
    from models.index.manifest import MANIFEST

    folders = [folder for folder in path.parents if folder.is_relative_to(home)]
    return any((folder / name).is_file() for folder in folders for name in (CONTRACT, MANIFEST, ABOUT))


def _table_holds(path: Path, creator: str) -> bool:
    import polars as pl

    return creator in pl.read_parquet(path, columns=["creator_id"], glob=False)["creator_id"].cast(pl.String)


def _from_table(path: Path, creator: str) -> int:
    import polars as pl

    from bonafide.output import write_frame

    frame = pl.read_parquet(path, glob=False)
    kept = frame.filter(pl.col("creator_id").cast(pl.String).ne_missing(creator))
    if kept.height < frame.height:
        write_frame(kept, path)
    return frame.height - kept.height


def _holds(path: Path, creator: str) -> bool:
    """Whether a file holds the id as a word of its own."""
    import mmap
    import re

    word = rb"(?<![\w.-])" + re.escape(creator.encode()) + rb"(?![\w-])"
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return re.search(word, content) is not None
