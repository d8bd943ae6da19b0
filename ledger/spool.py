"""A spool: what was answered, on this machine's disk before the answer is given, on its way to the database.

A folder a process, held by a lock that goes with the process. In it lie segments, numbered in their order; a record is
its length and CRC-32, then its bytes. A record that a crash cut short was never acknowledged and ends its segment.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import struct
import zlib
from contextlib import ExitStack, contextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING

from features.disk import flush

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPOOLS = "spool"
"""Folder of all spools, in `BONAFIDE_HOME`."""
LOCK = ".lock"
SEGMENT = "*.segment"
HEADER = struct.Struct("<II")


class Segment:
    """A file of records that is being written; OSError where it cannot be begun, and then it is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._synced = 0
        self._failed: int | None = None
        self._syncing = Lock()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            flush(path.parent)
        except OSError:
            os.close(self._file)
            path.unlink()
            raise

    def write(self, record: bytes) -> None:
        """Append a record whole or not at all."""
        try:
            written = 0
            while written < len(record):
                written += os.pwrite(self._file, record[written:], self.size + written)
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self.size += len(record)

    def wait(self, size: int) -> None:
        """Return when so many bytes are on the disk; who comes first flushes for all who wait.

        Raises:
            OSError: The disk did not take them, now or before: the system tells that once, and forgets them.
        """
        with self._syncing:
            if self._synced >= size:
                return
            if self._failed is not None:
                raise OSError(self._failed, os.strerror(self._failed))
            reached = self.size
            try:
                os.fdatasync(self._file)
            except OSError as error:
                self._failed = error.errno
                raise
            self._synced = reached

    def close(self) -> None:
        """Flush what is left, and let go of the file whatever comes of that; errors as of `wait`."""
        try:
            self.wait(self.size)
        finally:
            with self._syncing:
                os.close(self._file)


class Spool:
    """The spool of this process. Threads may append at once; one thread alone may close segments."""

    def __init__(self, home: Path) -> None:
        self.folder, self._held = _own(home / SPOOLS)
        self._lock = Lock()
        self._segment: Segment | None = None
        self._closed: list[Segment] = []
        self._count = 0
        self._released = False

    def append(self, record: bytes) -> None:
        """Append a record; it outlives this process at once, and the machine when `settle` has returned.

        Raises:
            OSError: It could not be written, and is not there; or the spool was released.
        """
        framed = HEADER.pack(len(record), zlib.crc32(record)) + record
        with self._lock:
            if self._released:
                raise OSError(errno.ESHUTDOWN, "the service has stopped")
            if self._segment is None:
                self._segment = Segment(self.folder / f"{self._count:09d}.segment")
                self._count += 1
            self._segment.write(framed)

    def settle(self) -> None:
        """Return when every record that was appended before is on the disk; those who wait share one flush.

        Where the disk did not take a segment, nobody is told otherwise until the database has it.

        Raises:
            OSError: The disk did not take them.
        """
        with self._lock:
            written = [(one, one.size) for one in (*self._closed, self._segment) if one is not None]
        for segment, size in written:
            segment.wait(size)

    def turn(self) -> None:
        """Close the segment that is being written, if there is one; the next record begins another."""
        failed = [one for one in self._closed if one.path.exists()]
        with self._lock:
            segment, self._segment = self._segment, None
            self._closed = failed if segment is None else [*failed, segment]
        if segment is not None:
            segment.close()
            with self._lock:
                self._closed = failed

    def waiting(self) -> list[Path]:
        """Segments that are closed, the oldest first."""
        found = segments(self.folder)  # first: what is begun from here on is not among them
        with self._lock:
            active = None if self._segment is None else self._segment.path
        return [path for path in found if path != active]

    def release(self) -> None:
        """Take nothing more, and close it; whoever comes next may take up what is left."""
        with self._lock:
            self._released = True
        try:
            self.turn()
        finally:
            _remove(self.folder)
            os.close(self._held)


def segments(folder: Path) -> list[Path]:
    """The segments of a spool, the oldest first."""
    return sorted(folder.glob(SEGMENT))


def all_segments(home: Path) -> list[Path]:
    """The segments of every spool, whoever has it, but of those that are removed meanwhile."""
    found: list[Path] = []
    for folder in (home / SPOOLS).glob("*"):
        with suppress(FileNotFoundError):
            found += segments(folder)
    return found


def read_segment(path: Path) -> Iterator[bytes]:
    """The records of a segment, up to one that was cut short; memory holds one at a time."""
    with path.open("rb") as file:
        while len(header := file.read(HEADER.size)) == HEADER.size:
            length, checksum = HEADER.unpack(header)
            record = file.read(length)
            if not record or len(record) < length or zlib.crc32(record) != checksum:
                return  # cut short, or zeros that a file system put in place of what it had not written
            yield record


@contextmanager
def left_behind(home: Path) -> Iterator[list[Path]]:
    """The spools of processes that are no more, held while this lasts; those that are empty then are removed.

    Raises:
        PermissionError: One is another user's; it comes in the end and keeps no other from being taken up.
    """
    closed: PermissionError | None = None
    with ExitStack() as stack:
        held = []
        for folder in sorted(one for one in (home / SPOOLS).glob("*/") if one.is_dir()):
            try:
                handle = _hold(folder)
            except PermissionError as error:
                closed = error
                continue
            if handle >= 0:
                stack.callback(os.close, handle)
                stack.callback(_remove, folder)
                held.append(folder)
        yield held
    if closed is not None:
        raise closed


def _own(spools: Path) -> tuple[Path, int]:
    """A new folder and its lock; another one where somebody who looks for what was left behind was quicker."""
    while True:
        folder = spools / f"{os.getpid()}-{secrets.token_hex(6)}"
        folder.mkdir(parents=True, mode=0o700)
        held = _hold(folder)
        if held >= 0:
            for above in (spools, spools.parent):
                flush(above)
            return folder, held


def _hold(folder: Path) -> int:
    """Lock a spool's folder; the open lock, or -1 where it is a running process's or gone."""
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        return -1
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(handle), (folder / LOCK).stat()):
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(handle)  # or it was removed after it was opened: whoever comes next locks another file
    return -1


def _remove(folder: Path) -> None:
    if not segments(folder):
        with suppress(OSError):
            (folder / LOCK).unlink(missing_ok=True)
            folder.rmdir()
