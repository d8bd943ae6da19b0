"""Where audits are handed in one by one: those that wait at the same time are committed together."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING

from features.errors import RefusedError
from ledger.audits import append_audits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.audits import Appended, NewAudit
    from ledger.opening import Ledger

    _Waiting = tuple[NewAudit, Future[Appended]]


class Desk:
    """Takes audits from many threads. A commit waits for the disk, so one thread commits for all who wait meanwhile.

    Who waits for an audit waits for that alone, not for a lock that all would have to pass one after the other.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = Lock()
        self._waiting: list[_Waiting] = []
        self._clerk = ThreadPoolExecutor(1, thread_name_prefix="audits")

    def append(self, audit: NewAudit) -> Appended:
        """Append an audit; it is in the database when this returns. See `ledger.audits.append_audits`."""
        done: Future[Appended] = Future()
        with self._lock:
            self._waiting.append((audit, done))
        self._clerk.submit(self._commit)
        return done.result()

    def close(self) -> None:
        """Return when all that waits is committed; nothing is taken any more."""
        self._clerk.shutdown()

    def _commit(self) -> None:
        with self._lock:
            taken, self._waiting = self._waiting, []
        if taken:  # else committed with those before
            self._append(taken)

    def _append(self, taken: Sequence[_Waiting]) -> None:
        """Commit them together; each by itself where the database cannot hold one of them."""
        try:
            appended = append_audits(self._ledger, [audit for audit, _ in taken])
        except RefusedError as error:
            if len(taken) > 1:
                for each in taken:
                    self._append([each])
            else:
                taken[0][1].set_exception(error)
        except Exception as error:
            for _, done in taken:
                done.set_exception(error)
        else:
            for (_, done), one in zip(taken, appended, strict=True):
                done.set_result(one)
