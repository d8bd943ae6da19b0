"""The ledger in service: what is served is recorded, and audits are taken in."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ledger import Desk, Ledger, Recorder, ScoredBatch
from models.registry import FRAUD
from serving.api.problems import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.fraud import FraudBundle
    from models.reporting import Reported
    from models.settings import Settings

log = logging.getLogger("bentoml.bonafide")

NOT_RECORDED = "The score could not be recorded, so it is not given; the service's log says why."


class Book:
    """The ledger of a worker.

    Attributes:
        ledger: The ledger itself, which is read.
        desk: Where audits are handed in.
    """

    def __init__(self, settings: Settings) -> None:
        self.ledger = Ledger(settings.ledger_url, settings.home.resolve())
        self.desk = Desk(self.ledger)
        self._recorder = Recorder(self.ledger)

    def record(self, bundle: FraudBundle, answered: Reported, request_id: str) -> None:
        """Record what is about to be answered under an id of the request; `settle` comes before the answer.

        Raises:
            RequestError: It cannot be recorded.
        """
        batch = ScoredBatch(
            request_id=request_id,
            scored_at=datetime.now(UTC),
            role="champion",
            model=FRAUD,
            model_version=bundle.contract.version,
            norms_version=bundle.context.version,
            input_hashes=[report.input_hash for report in answered.reports],
            signals=answered.signals,
            answers=answered.verdict,
        )
        with _disk():
            self._recorder.record(batch)

    def settle(self) -> None:
        """Return when what was recorded before is on the disk; RequestError where it cannot be."""
        with _disk():
            self._recorder.settle()

    def record_silently(self, batch: ScoredBatch) -> None:
        """Record what nobody waits for; OSError where it cannot be."""
        self._recorder.record(batch)

    def close(self) -> None:
        """Move on what is left and let go of the database."""
        self.desk.close()
        self._recorder.close()
        self.ledger.close()


@contextmanager
def _disk() -> Iterator[None]:
    """What the disk does not take is not answered."""
    try:
        yield
    except OSError as error:
        log.error("a score cannot be recorded: %s", error.strerror)
        raise RequestError(503, NOT_RECORDED) from None
