"""Work on a corpus part by part, in a folder beside the output that stays where the work is stopped."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from models.bulk import Ready, Work


@contextmanager
def folder_beside(out: Path) -> Iterator[Path]:
    """Where the work on `out` lies, while no other command works there; the lock goes with the process that held it.

    Raises:
        UsageError: Another command is at work on the same output: each would take the other's parts for its own.
    """
    place = out.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    lock = place.with_name(f".{place.name}.lock")
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _locked(handle, lock):
            from features.errors import UsageError

            raise UsageError(f"{out}: another command is writing it; try again when it is done, or name another output")
        try:
            yield place.with_name(f".{place.name}.work")
        finally:
            lock.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _locked(handle: int, lock: Path) -> bool:
    """Whether the lock is this process's, and still lies there: who has ended just now has removed it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(handle), lock.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


LARGE = 4_000_000
"""Bytes of a folder of Parquet that is likely more than one part: a thousand creators with 30 posts, 100 comments and
90 days of history each take 3 million."""


def is_large(source: Path) -> bool:
    """Whether a corpus is likely cut into parts: asked of its files before any library is loaded."""
    return sum(file.stat().st_size for file in source.glob("*.parquet") if file.is_file()) > LARGE


def finish(work: Work, ready: Ready, out: Path, *, verb: str) -> Iterator[int]:
    """Do what is not finished yet and say how far it is; the parts in their order, as soon as they are finished, up to
    the first that is refused.

    Args:
        work: The work that was begun in `folder_beside`.
        ready: The processes that got ready for it.
        out: Of the command; rows that are left out are named beside it.
        verb: What is being done with the creators.

    Raises:
        RecordsError: The input is refused, which is told after all of its parts were read.
    """
    from bonafide.progress import rate
    from bonafide.terminal import say
    from features.errors import RecordsError
    from features.nouns import number_of
    from features.records.handed import Extras

    if work.resumed:
        say(f"Going on where it was stopped: {work.resumed:,} of {len(work.cut.parts):,} parts are done")
    with rate(f"{verb} {number_of(work.cut.creators, 'creator')}") as progress:
        refused = False
        for number in work.doing(ready, progress):
            refused = refused or work.is_refused(number)
            if not refused:
                yield number
    try:
        _refuse(work, out)
    except RecordsError:
        work.remove()
        raise
    left_out = Extras("warn", labels=False)
    for table, names in work.left_out().items():
        left_out.add(table, names)
    left_out.warn()


def _refuse(work: Work, out: Path) -> None:
    """Name what is wrong: to a file beside `out` where bad rows are skipped, else, and if nothing is left, an error."""
    from bonafide.inputs import write_refused
    from features.records import Refused

    problems = work.problems()
    if work.skip and not problems.unreadable:
        write_refused(Refused(tuple(problems.in_order())), out)
    elif problems.total:
        raise problems.error()
