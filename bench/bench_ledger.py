"""The ledger: audits a second, and what recording costs scoring.

Audits are handed in one by one from many threads, each on the disk before it counts, and in bulk as an import does.
Scoring is timed with and without recording in turn, in one process on its two threads; the ratio of the minima counts.

    python bench/bench_ledger.py [--audits 20000] [--runs 7] [--ledger postgresql://...] [--model DIR] [--json FILE]
"""

from __future__ import annotations

import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from bundle import model
from results import Results, Table, options
from sized import nested, sized

from ledger import Desk, Ledger, NewAudit, append_audits, read_audits, read_scores
from ledger.recording import wait_until_moved
from models.settings import Settings
from serving.app import THREADS, score
from serving.book import Book
from serving.champions.loaded import Loaded
from serving.champions.shelf import Shelf
from serving.champions.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable

warnings.simplefilter("ignore")

WITHOUT, WITH = "without recording", "with recording"
CALLERS = 64
REQUESTS = 60
"""Requests of a run, each of one creator with 30 posts, 100 comments and 90 days of history."""


def main() -> None:
    """Print the tables."""
    parser = options(__doc__)
    parser.add_argument("--audits", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--ledger", help="address of an empty database; SQLite unless given")
    parser.add_argument("--model", type=Path, help="folder of a fraud bundle")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(home=Path(scratch), ledger=asked.ledger)
        ledger = Ledger(settings.ledger_url, settings.home)
        handed_in = audits(ledger, asked.audits)
        dialect = ledger.engine.dialect.name
        ledger.close()
        bundle, name = model(Path(scratch), asked.model)
        loaded = Loaded(bundle, None, Shelf(Path(scratch) / "none", None, bundle), Window(bundle))
        book = Book(settings)
        scored = recording(loaded, book, asked.runs)
        book.close()
    ratio = scored[WITH] / scored[WITHOUT]
    rows = [(way, f"{rate / scored[WITHOUT]:.3f}", f"{rate:.1f}") for way, rate in scored.items()]
    audit_rows = [(way, f"{rate:,.0f}") for way, rate in handed_in.items()]
    scoring = Table(
        f"Scoring, {name}: minima of {asked.runs} runs in turn", ("", "of without", "requests a second"), rows
    )
    tables = [scoring, Table(f"Audits in {dialect}", ("audits", "a second"), audit_rows)]
    Results("ledger", tables, {**scored, **handed_in, "ratio": ratio}).tell(asked)


def audits(ledger: Ledger, count: int) -> dict[str, float]:
    """Audits a second, one by one and in bulk; all of them are there afterwards."""
    desk = Desk(ledger)
    single = [NewAudit(f"one-{k}", "fraud", key=f"one-{k}", reviewer="reader") for k in range(count)]
    bulk = [NewAudit(f"bulk-{k}", "fraud", key=f"bulk-{k}", reviewer="reader") for k in range(count)]
    append_audits(ledger, [NewAudit("first", "fraud")])
    with ThreadPoolExecutor(CALLERS) as callers:
        one_by_one = seconds(lambda: list(callers.map(desk.append, single)))
    desk.close()
    in_bulk = seconds(lambda: [append_audits(ledger, bulk[k : k + 2000]) for k in range(0, count, 2000)])
    assert len(read_audits(ledger)) == 2 * count + 1
    return {f"one by one, {CALLERS} callers": count / one_by_one, "in bulk": count / in_bulk}


def recording(loaded: Loaded, book: Book, runs: int) -> dict[str, float]:
    """Requests a second with and without recording."""
    body = orjson.dumps({"creator": nested(sized(1, followers=0))[0], "explain": False})
    best = {WITHOUT: float("inf"), WITH: float("inf")}
    with ThreadPoolExecutor(THREADS) as threads, ThreadPoolExecutor(CALLERS) as waiting:
        for _ in range(runs):
            for name, kept in zip(best, (None, book), strict=True):
                best[name] = min(best[name], seconds(lambda kept=kept: _answers(threads, waiting, loaded, body, kept)))
    assert wait_until_moved(book.ledger, 60)
    assert read_scores(book.ledger).height >= REQUESTS
    return {way: REQUESTS / taken for way, taken in best.items()}


def _answers(
    threads: ThreadPoolExecutor, waiting: ThreadPoolExecutor, loaded: Loaded, body: bytes, book: Book | None
) -> None:
    """Answer the requests as the service does: scored on its threads, the disk waited for on others."""

    def answer(_: int) -> None:
        threads.submit(score, loaded, body, book).result()
        if book is not None:
            book.settle()

    list(waiting.map(answer, range(REQUESTS)))


def seconds(work: Callable[[], object]) -> float:
    """How long that takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
