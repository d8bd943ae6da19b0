"""How the work on a corpus is begun, or found as it was left: the corpus is cut once, and stays cut through a kill."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

import orjson

from features.disk import flush, flush_all, put_file
from features.records.cutting import cut
from features.records.parts import Cut

if TYPE_CHECKING:
    from pathlib import Path

    from features.records.sizes import Size
    from models.bulk.task import Task

FORMAT = 6
"""Of the folder; another one is begun anew."""
WORK, CUT, PARTS = "work.json", "cut.json", "parts"


def begin(folder: Path, source: Path, task: Task, size: Size) -> Cut:
    """How the corpus is cut: as it was where that folder's work is the same, else anew, with nothing finished.

    Args:
        folder: Of the work; it is begun anew where its input or task was another.
        source: A folder of tables or an NDJSON file.
        task: What is done with it.
        size: Limits of a part.

    Raises:
        RecordsError: A table cannot be read as a whole, or there are no creators.
        NotFoundError: There is no such path.
    """
    identity = orjson.dumps({"format": FORMAT, **_seen(source), "task": task.identity()})
    if _content(folder / WORK) != identity or _content(folder / CUT) is None:
        remove(folder)
        try:
            made = cut(source, folder / PARTS, size)
            flush_all((folder / PARTS).rglob("*"))
            put_file(folder / CUT, made.to_json())
            put_file(folder / WORK, identity)
        except BaseException:  # there is nothing to go on with, and copies of records stay nowhere unasked
            remove(folder)
            raise
    return cut_in(folder)


def cut_in(folder: Path) -> Cut:
    """How the work in that folder is cut, whatever became of its input; OSError where there is none."""
    return Cut.from_json((folder / CUT).read_bytes())


def remove(folder: Path) -> None:
    """Take a folder of work away; first what says that it is one, since a kill may leave the rest of it."""
    with suppress(OSError):
        (folder / WORK).unlink()
        flush(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _seen(source: Path) -> dict[str, object]:
    """The input as far as its files tell without being read."""
    files = sorted(source.iterdir()) if source.is_dir() else [source] if source.exists() else []
    seen = [(file.name, found.st_size, found.st_mtime_ns) for file in files if (found := file.stat())]
    return {"source": str(source.resolve()), "files": seen}


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
