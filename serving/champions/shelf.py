"""The candidate index in service: opened once, and again when it was changed on disk."""

from __future__ import annotations

import logging
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Held:
    """An index with the models that made it, which are the ones to ask it with."""

    index: Index
    fit: FitBundle | None
    fraud: FraudBundle


class Shelf:
    """The index of one folder, as it lies there now.

    The manifest of an index is replaced at once and last, so a look at the file tells whether there is a new one. One
    that cannot be used is not tried again until the next: the index before it stays in service, and the log says so.
    Where new models come into service, the index that those before them made stays, and is asked with those, until
    it is built again.

    Attributes:
        folder: Where the index lies, if there is one.
        problem: Why what lies there is not in service, or not with the models in service; None where it is.
    """

    def __init__(self, folder: Path, fit: FitBundle | None, fraud: FraudBundle, before: Shelf | None = None) -> None:
        self.folder = folder
        self.problem: str | None = NO_INDEX
        self._models = fit, fraud
        self._lock = Lock()
        self._seen: Stamp | None = None
        self._held: Held | None = None if before is None else before._held

    def look(self) -> Held | None:
        """The index to answer with; None where there is none that can be used, and `problem` says why."""
        with self._lock:
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                self._take_up()
            elif stamp is None:
                self._held = None
            return self._held

    def _take_up(self) -> None:
        try:
            fresh = Index.open(self.folder) if self._held is None else self._held.index.latest()
        except NotFoundError:
            self._held, self.problem = None, NO_INDEX
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
            if self._held is not None and _made_by(fresh, self._held):
                self._held = Held(fresh, self._held.fit, self._held.fraud)
            said = str(error).removeprefix(f"{self.folder}: ")
            self._refuse(f"{said[:1].upper()}{said[1:]}.", error)
        else:
            self._held, self.problem = Held(fresh, fit, fraud), None
            log.info("the index %s of %d creators is in service", fresh.manifest.version, len(fresh))

    def _refuse(self, problem: str, error: Exception) -> None:
        self.problem = problem
        kept = "; the one before it stays in service" if self._held is not None else ""
        log.error("the index cannot be used: %s%s", error, kept)

    def _stamp(self) -> Stamp | None:
        try:
            found = (self.folder / MANIFEST).stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def _made_by(index: Index, held: Held) -> bool:
    """Whether the models before made this index too: creators were taken out of theirs."""
    try:
        if held.fit is not None:
            index.require(held.fit, held.fraud)
    except ContractError:
        return False
    return True
