"""Taking up newly promoted models while the service runs.

A thread of each process looks at the registry. What is new is loaded and answers the worked examples beside the
requests; only then it takes the place of the models before, in one assignment, so that every request is answered by
exactly the models that it began with. Whatever is wrong with the new ones, those before stay.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from threading import Event, Thread
from typing import TYPE_CHECKING

from features.errors import BonafideError
from models import store
from serving import metrics
from serving.app import rehearse
from serving.champions.loaded import succeed, wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.settings import Settings
    from serving.champions.loaded import Loaded

log = logging.getLogger("bentoml.bonafide")

AGAIN = 60.0
"""Seconds until models that could not be taken up are tried again, where nothing changed meanwhile."""


class Watch:
    """Follows the registry for one process.

    Args:
        loaded: The models in service.
        put: Called with those to put in their place.
        settings: Which models to follow, and how often to look.
    """

    def __init__(self, loaded: Loaded, put: Callable[[Loaded], None], settings: Settings) -> None:
        self._loaded = loaded
        self._put = put
        self._settings = settings
        self._stamp = loaded.stamp
        self._again: float | None = None
        self._stop = Event()
        metrics.in_service(loaded)

    def start(self) -> None:
        """Look now, and from then on, on a thread that ends with the process."""
        Thread(target=self._run, name="registry", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    def look(self) -> None:
        """Take up what the registry has, if that is new."""
        stamp = store.stamp()
        due = self._again is not None and time.monotonic() >= self._again
        if stamp is not None and stamp == self._stamp and not due:
            return
        self._stamp, self._again = stamp, None
        try:
            folders = wanted(self._settings)
            fresh = replace(self._loaded, problem=None)
            if folders != self._loaded.folders:
                fresh = succeed(self._loaded, folders, stamp)
                rehearse(fresh)
        except Exception as error:  # whatever it is, the models before can answer
            self._keep(error)
        else:
            self._take(fresh)

    def _take(self, fresh: Loaded) -> None:
        before = self._loaded
        if fresh.folders != before.folders or before.problem is not None:
            self._put(fresh)
        if fresh.fraud is not before.fraud or fresh.fit is not before.fit:
            metrics.swapped(before, fresh)
            if fresh.window is not before.window:
                metrics.forgotten(before.window.names)
            fit = "" if fresh.fit is None else f", the fit model {fresh.fit.contract.version}"
            log.info("the fraud model %s%s is in service", fresh.fraud.contract.version, fit)
        self._loaded = fresh
        metrics.refusing(False)

    def _keep(self, error: Exception) -> None:
        self._again = time.monotonic() + AGAIN
        said = str(error) if isinstance(error, BonafideError) else type(error).__name__
        if said != self._loaded.problem:
            log.error("the models that the registry names are not taken up: %s; those before stay in service", said)
            self._loaded = replace(self._loaded, problem=said)
            self._put(self._loaded)
            metrics.refused()
        metrics.refusing(True)

    def _run(self) -> None:
        while True:
            try:
                self.look()
                self._loaded.window.publish()
            except Exception as error:  # the next look may do better; without this there would be none
                log.error("the registry could not be looked at: %s", type(error).__name__)
            if self._stop.wait(self._settings.poll):
                return
