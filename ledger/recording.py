"""Recording what is served: onto the disk before the answer, into the database behind it."""

from __future__ import annotations

import logging
import time
from threading import Event, Thread
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from features.errors import RefusedError, UnavailableError
from ledger.scores import append_encoded
from ledger.spool import Spool, all_segments, left_behind, read_segment, segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from ledger.opening import Ledger
    from ledger.scores import ScoredBatch

log = logging.getLogger(__name__)

EVERY = 0.5
"""Seconds between two looks at the spool."""
AGAIN = 2.0
"""Seconds until a database that was away is asked again."""
RECORDS, MOST_BYTES = 200, 4_000_000
"""Records of a transaction, and their bytes, after which no further one is taken: those of a job hold 500 scores each,
and take ten times as much memory when they are read."""
REFUSED = "refused"
"""Folder, in the home, of segments with records that the database does not take."""


class Recorder:
    """Records scores for a running service.

    What was recorded outlives this process at once, and the machine when `settle` has returned. A thread moves it on to
    the database, batches at a time; while that is away it waits. What is moved twice, after a crash, is stored once.
    What a process left behind that is no more is taken up at the start, and now and then later.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._spool = Spool(ledger.home)
        self._stop = Event()
        self._away = False
        self._thread = Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    @property
    def away(self) -> bool:
        """Whether the database did not answer when it was last asked."""
        return self._away

    def record(self, batch: ScoredBatch) -> None:
        """Record a batch; `settle` before the answer that it is of is given.

        Raises:
            OSError: The disk does not take it; it is not recorded.
        """
        self._spool.append(batch.encode())

    def settle(self) -> None:
        """Return when everything that was recorded before is on this machine's disk; OSError where it cannot be."""
        self._spool.settle()

    def close(self) -> None:
        """Move on what is left, if the database answers, and stop."""
        self._stop.set()
        self._thread.join()
        self._move()
        self._spool.release()

    def _run(self) -> None:
        while not self._stop.wait(AGAIN if self._away else EVERY):
            self._move()

    def _move(self) -> None:
        """Move on everything that is there now, this process's first."""
        try:
            drain(self.ledger, self._spool.waiting())
            self._spool.turn()
            drain(self.ledger, self._spool.waiting())
            take_up(self.ledger)
        except UnavailableError as error:
            if not self._away:
                log.warning("%s; scores wait in %s", error, self._spool.folder)
            self._away = True
        except Exception as error:  # whatever it is, the next try may do better, and there is no other thread
            log.error("scores wait in %s: %s", self._spool.folder, type(error).__name__)
            self._away = True
        else:
            if self._away:
                log.warning("the ledger's database answers again; no score waits any more")
            self._away = False


def take_up(ledger: Ledger) -> None:
    """Move on what processes left behind that are no more; UnavailableError where the database does not answer."""
    with left_behind(ledger.home) as folders:
        for folder in folders:
            drain(ledger, segments(folder))


def drain(ledger: Ledger, paths: Sequence[Path]) -> None:
    """Move closed segments into the ledger and remove them; UnavailableError where the database does not answer."""
    for path in paths:
        whole = True
        for records in _transactions(read_segment(path)):
            whole &= _append(ledger, records)
        if whole:
            path.unlink()
        else:
            aside = ledger.home / REFUSED
            aside.mkdir(exist_ok=True, mode=0o700)
            path.rename(aside / f"{path.parent.name}-{path.name}")


def _transactions(records: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The records, as many together as go into one transaction."""
    taken: list[bytes] = []
    size = 0
    for record in records:
        taken.append(record)
        size += len(record)
        if len(taken) >= RECORDS or size >= MOST_BYTES:
            yield taken
            taken, size = [], 0
    if taken:
        yield taken


def _append(ledger: Ledger, records: Sequence[bytes]) -> bool:
    """Append records, each by itself where one of them cannot be taken, ever; whether all were taken."""
    try:
        append_encoded(ledger, records)
    except (RefusedError, IntegrityError, ValueError) as error:
        if len(records) > 1:
            return sum(_append(ledger, [one]) for one in records) == len(records)
        log.error("the ledger's database refused a record (%s); it is kept aside", type(error).__name__)
        return False
    return True


def wait_until_moved(ledger: Ledger, seconds: float) -> bool:
    """Whether everything that waits now in any spool has been moved on before so many seconds are over."""
    take_up(ledger)
    paths = all_segments(ledger.home)
    end = time.monotonic() + seconds
    while any(path.exists() for path in paths):
        if time.monotonic() > end:
            return False
        time.sleep(EVERY / 5)
    return True
