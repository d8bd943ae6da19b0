"""A challenger that scores live traffic silently: beside the requests, into the ledger, and nowhere else."""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Condition, Thread
from typing import TYPE_CHECKING

import polars as pl

from features.records import Tables, input_hashes
from ledger import ScoredBatch
from models.registry import FRAUD
from serving import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.fraud import FraudBundle

    Record = Callable[[ScoredBatch], None]

log = logging.getLogger("bentoml.bonafide")

MOST_WAITING = 2_000
"""Creators that may wait; where more come, their requests are not scored by the challenger, and counted."""
TOGETHER = 200
"""Creators that are scored at once, or one request of more: at once they cost a fraction."""
IDLE = 60.0
"""Seconds without a request after which the thread ends, so that it does not hold a challenger that was replaced."""


@dataclass(frozen=True)
class Offered:
    """One request as the champion answered it."""

    request_id: str
    scored_at: datetime
    tables: Tables

    @property
    def creators(self) -> int:
        """How many were scored."""
        return self.tables.creators.height


class Shadow:
    """One challenger in one process. Its thread rests for as long as it worked, so requests get the larger part.

    Attributes:
        bundle: The challenger.
    """

    def __init__(self, bundle: FraudBundle) -> None:
        self.bundle = bundle
        self._running = False
        self._waiting: deque[Offered] = deque()
        self._creators = 0
        self._changed = Condition()

    def offer(self, request_id: str, tables: Tables, record: Record) -> bool:
        """Have the request scored later, unless too many wait; never waits itself.

        Args:
            request_id: Of the champion's answer in the ledger.
            tables: The records.
            record: Puts scores into the ledger.

        Returns:
            Whether it will be.
        """
        asked = Offered(request_id, datetime.now(UTC), tables)
        with self._changed:
            taken = self._creators + asked.creators <= MOST_WAITING
            if taken:
                self._waiting.append(asked)
                self._creators += asked.creators
                if not self._running:
                    self._running = True
                    Thread(target=self._run, args=(record,), name="shadow", daemon=True).start()
                self._changed.notify()
        if not taken:
            metrics.shadowed("dropped", asked.creators)
        return taken

    def score(self, asked: Sequence[Offered], record: Record) -> None:
        """Score requests that share no creator, and record them."""
        tables = _together([one.tables for one in asked])
        signals = self.bundle.signals(tables)
        answers, hashes = self.bundle.verdict(signals), [*input_hashes(tables).values()]
        start = 0
        for one in asked:
            part = slice(start, start + one.creators)
            record(
                ScoredBatch(
                    request_id=one.request_id,
                    scored_at=one.scored_at,
                    role="challenger",
                    model=FRAUD,
                    model_version=self.bundle.contract.version,
                    norms_version=self.bundle.context.version,
                    input_hashes=hashes[part],
                    signals=signals[part],
                    answers=answers[part],
                )
            )
            start += one.creators
        metrics.shadowed("scored", start)

    def _run(self, record: Record) -> None:
        while asked := self._next():
            began = time.monotonic()
            try:
                self.score(asked, record)
            except (
                Exception
            ) as error:  # a challenger that fails must not end the thread; its message may quote a record
                log.error("the challenger could not score: %s", type(error).__name__)
                metrics.shadowed("failed", sum(one.creators for one in asked))
            time.sleep(time.monotonic() - began)

    def _next(self) -> list[Offered]:
        """The requests that have waited longest, as many as go together; none where the thread is to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting, IDLE)
            if not self._waiting:
                self._running = False
                return []
            asked: list[Offered] = []
            seen: set[str] = set()
            count = 0
            while self._waiting and (not asked or count + self._waiting[0].creators <= TOGETHER):
                ids = set(self._waiting[0].tables.creators["creator_id"])
                if ids & seen:
                    break
                seen |= ids
                asked.append(self._waiting.popleft())
                count += asked[-1].creators
            self._creators -= count
            return asked


def _together(tables: Sequence[Tables]) -> Tables:
    if len(tables) == 1:
        return tables[0]
    return Tables.from_frames(
        {name: pl.concat([one[name] for one in tables]) for name, _ in tables[0].items()}, labels=False
    )
