"""Files and folders that are put in place as a whole, are on the disk, or are changed by one process at a time."""

from __future__ import annotations

import fcntl
import os
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

AT_ONCE = 8

_SYSTEM_ERROR = re.compile(r"\(os error (\d{1,3})\)$")
"""How Polars ends what it says of a full disk and the like; its errors have no number of their own."""


def said_by_system(error: BaseException) -> str | None:
    """The system's own words of a full disk and the like, whoever wrote; None where it said nothing."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    told = _SYSTEM_ERROR.search(str(error))
    return os.strerror(int(told[1])) if told else None


def flush(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def flush_all(paths: Iterable[Path]) -> None:
    """`flush` several at once, which takes the disk hardly more time than one."""
    with ThreadPoolExecutor(AT_ONCE) as several:
        for _ in several.map(flush, paths):
            pass


def put_file(path: Path, content: bytes) -> None:
    """Put a file in place at once: readers see the old one or the new one, whatever happens; it is on the disk then.

    Two processes must not do so for one file at the same time.
    """
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    flush(part)
    part.replace(path)
    flush(path.parent)


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


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Wait until nobody else is within the same lock, a file that stays; it goes with the process that held it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
