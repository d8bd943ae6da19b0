"""Where audits are handed in one by one: those that wait at the same time are committed together."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING

from ledger.audits import append_audits

if TYPE_CHECKING:
    from ledger.audits import Appended, NewAudit
    from ledger.opening import Ledger


class Desk:
    """Takes audits from many threads. A commit waits for the disk, so who comes first commits for all who wait."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = Lock()
        self._committing = Lock()
        self._waiting: list[tuple[NewAudit, Future[Appended]]] = []

    def append(self, audit: NewAudit) -> Appended:
        """Append an audit; it is in the database when this returns. See `ledger.audits.append_audits`."""
        done: Future[Appended] = Future()
        with self._lock:
            self._waiting.append((audit, done))
        with self._committing:
            if not done.done():
                self._commit()
        return done.result()

    def _commit(self) -> None:
        with self._lock:
            taken, self._waiting = self._waiting, []
        try:
            appended = append_audits(self._ledger, [audit for audit, _ in taken])
        except Exception as error:
            for _, done in taken:
                done.set_exception(error)
        else:
            for (_, done), one in zip(taken, appended, strict=True):
                done.set_result(one)
