"""The candidate index in service: opened once, and again when it was changed on disk."""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING

from features.errors import ContractError, NotFoundError
from models.index import Index
from models.index.manifest import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from models.fit import FitBundle
    from models.fraud import FraudBundle

log = logging.getLogger("bentoml.bonafide")

NO_INDEX = (
    "No index is in service. Build one with 'bonafide index build INPUT --out DIR' and name its folder in "
    "BONAFIDE_INDEX; or send candidates."
)
DAMAGED = "The index cannot be opened; the service's log says why."

Stamp = tuple[int, int, int]


class Shelf:
    """The index of one folder, as it lies there now.

    The manifest of an index is replaced at once and last, so a look at the file tells whether there is a new one. One
    that cannot be used is not tried again until the next: the index before it stays in service, and the log says so.

    Attributes:
        folder: Where the index lies, if there is one.
        problem: Why what lies there is not in service; None where it is.
    """

    def __init__(self, folder: Path, fit: FitBundle | None, fraud: FraudBundle) -> None:
        self.folder = folder
        self.problem: str | None = NO_INDEX
        self._models = fit, fraud
        self._lock = Lock()
        self._seen: Stamp | None = None
        self._index: Index | None = None

    def look(self) -> Index | None:
        """The index to answer with; None where there is none that can be used, and `problem` says why."""
        with self._lock:
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                self._take_up()
            return self._index

    def _take_up(self) -> None:
        try:
            fresh = Index.open(self.folder) if self._index is None else self._index.latest()
        except NotFoundError:
            self._index, self.problem = None, NO_INDEX
            log.warning("there is no index in %s any more", self.folder)
        except (ContractError, OSError) as error:
            self._refuse(DAMAGED, error)
        else:
            self._put(fresh)

    def _put(self, fresh: Index) -> None:
        fit, fraud = self._models
        try:
            if fit is not None:
                fresh.require(fit, fraud)
        except ContractError as error:  # it names both versions, after the folder
            said = str(error).removeprefix(f"{self.folder}: ")
            self._refuse(f"{said[:1].upper()}{said[1:]}.", error)
        else:
            self._index, self.problem = fresh, None
            log.info("the index %s of %d creators is in service", fresh.manifest.version, len(fresh))

    def _refuse(self, problem: str, error: Exception) -> None:
        self.problem = problem
        kept = "; the one before it stays in service" if self._index is not None else ""
        log.error("the index cannot be used: %s%s", error, kept)

    def _stamp(self) -> Stamp | None:
        try:
            found = (self.folder / MANIFEST).stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size
