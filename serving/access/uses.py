"""When each key was used last, and how fast: shared by all processes of the service on one machine.

A key's allowance is a bucket that holds what it may ask for in ten seconds and fills at its rate. Kept as the time at
which the bucket will be full again (the generic cell rate algorithm, ITU-T I.371), it is one number; that and the last
use are a row of 16 bytes in a file, changed under a lock of that row. So the rate holds for the key, whichever process
answers. Services on several machines do not share it: there each machine grants the rate.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from serving.access.keys import Key

FILE = "keys.uses"
ROW = struct.Struct("<dd")
"""Time at which the bucket is full, and time of the last use, both in seconds since 1970; 0 where there is none."""
BUCKET_SECONDS = 10.0


class Uses:
    """The uses of a home's keys.

    Args:
        home: The folder, which is there.
        clock: Seconds since 1970.
    """

    def __init__(self, home: Path, clock: Callable[[], float] = time.time) -> None:
        self._file = home / FILE
        self._clock = clock
        self._handle: int | None = None

    def take(self, key: Key) -> float:
        """Note a use; 0 where the rate allows it, else the seconds after which it will.

        Raises:
            OSError: The disk does not take it.
        """
        if self._handle is None:
            self._handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o666)
        at = key.number * ROW.size
        fcntl.lockf(self._handle, fcntl.LOCK_EX, ROW.size, at)
        try:
            now = self._clock()
            full, _ = _row(os.pread(self._handle, ROW.size, at))
            after, wait = _poured(full, now, key.rate)
            os.pwrite(self._handle, ROW.pack(after, now), at)
        finally:
            fcntl.lockf(self._handle, fcntl.LOCK_UN, ROW.size, at)
        return wait

    def last(self, key: Key) -> datetime | None:
        """When the key was used last, refusals for its rate included; None where it never was."""
        try:
            with self._file.open("rb") as file:
                _, used = _row(os.pread(file.fileno(), ROW.size, key.number * ROW.size))
        except FileNotFoundError:
            return None
        return datetime.fromtimestamp(used, UTC) if used else None


def _poured(full: float, now: float, rate: int) -> tuple[float, float]:
    """When the bucket is full after one more request, and how long that request has to wait."""
    each = 60.0 / rate
    depth = max(BUCKET_SECONDS, each)
    full = min(max(full, now), now + depth)  # a clock that was set back does not lock anybody out
    wait = full + each - (now + depth)
    return (full, wait) if wait > 1e-9 else (full + each, 0.0)


def _row(content: bytes) -> tuple[float, float]:
    full, used = ROW.unpack(content) if len(content) == ROW.size else (0.0, 0.0)
    return full, used
