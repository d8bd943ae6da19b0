"""What endpoints and pages answer alike: reports of records, which the ledger records, and rankings for a brief."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from features import records
from features.errors import NotFoundError, RecordsError
from models.ranking import rank_index, rank_records
from models.reporting import reported
from serving import metrics
from serving.api import problems
from serving.api.bodies import parse, refuse_many_nested
from serving.api.problems import RequestError, pointer
from serving.api.requests import MOST_CREATORS, ScoreBatchRequest
from serving.api.responses import Fault
from serving.champions.shelf import NO_INDEX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from features.errors import Problem
    from features.records import Tables
    from models.fit import FitBundle
    from models.index import Index
    from models.rankings.ranking import Rankings
    from models.reporting import Reported
    from models.reports.report import Report
    from serving.api.requests import RankRequest
    from serving.book import Book
    from serving.champions.loaded import Loaded

EXPLAIN = "explain"
STRAIGHT_BYTES = 500_000
"""Of a batch from which on it is sooner read straight: about a dozen creators."""

NO_MODEL = "No model is in service yet; /readyz tells when one is."
NO_FIT_MODEL = "No fit model is in service. Train one with 'bonafide train fit --data DIR'; it is taken up in seconds."
NOT_THERE = "The index or the model does not have what is asked for by name."


def reports(
    loaded: Loaded, tables: Tables, book: Book | None, request_id: str | None = None, *, explain: bool
) -> list[Report]:
    """The reports, recorded before they are given; see `recorded`."""
    answered = reported(loaded.fraud, tables, explain=explain, policy=loaded.policy)
    recorded(loaded, tables, book, answered, request_id)
    return answered.reports


def recorded(
    loaded: Loaded, tables: Tables, book: Book | None, answered: Reported, request_id: str | None = None
) -> None:
    """Record what is about to be answered, where there is a ledger; a challenger may score the same records too.

    What comes twice under one `request_id`, of the same model, is in the ledger once; a new one is made where none is
    given.
    """
    if book is None:
        return
    request_id = request_id or uuid4().hex
    book.record(loaded.fraud, answered, request_id)
    loaded.window.add(answered)
    metrics.answered(answered.reports)
    if loaded.shadow is not None:
        loaded.shadow.offer(request_id, tables, book.record_silently)


def rankings(loaded: Loaded, asked: RankRequest) -> Rankings:
    """The ranking of records, of ids of the index, or of the whole index."""
    fit = fit_model(loaded)
    with (
        refused_at(lambda problem: pointer("brief", *field(problem))),
        missing(pointer("creator_ids")),
    ):
        briefs = records.read_briefs([asked.brief], extra="refuse")
        if asked.candidates is not None:
            [answer] = rank_records(loaded.fraud, fit, briefs, read(asked.candidates, "candidates"), asked.how)
        else:
            made, held = index(loaded)
            [answer] = rank_index(made, briefs, held, asked.how, asked.creator_ids)
    return answer


def read(given: list[dict[str, object]], name: str) -> Tables:
    """The records in that field of the request; RequestError that gives the index of each at fault."""
    with refused_at(lambda problem: pointer(name, *_place(problem), *field(problem))):
        return records.read(given, extra="refuse")


def read_batch(body: bytes) -> tuple[Tables, bool]:
    """The creators of a batch, and whether their answers are explained; RequestError where it cannot be read.

    Most are plain and are read straight; what is wrong with one is found out by the way that takes longer.
    """
    refuse_many_nested(body)
    straight = None
    if len(body) >= STRAIGHT_BYTES:
        straight = records.read_straight(body, "creators", (EXPLAIN,), most=MOST_CREATORS)
    if straight is not None:
        explain = straight.flags[EXPLAIN]
        if explain is not None:
            return straight.tables, explain
        if EXPLAIN.encode() not in body:  # null is refused
            return straight.tables, True
    asked = parse(ScoreBatchRequest, body, cut=True)
    return read(asked.creators, "creators"), asked.explain


def fit_model(loaded: Loaded) -> FitBundle:
    """The fit model in service; RequestError where there is none."""
    if loaded.fit is None:
        raise RequestError(503, NO_FIT_MODEL)
    return loaded.fit


def index(loaded: Loaded) -> tuple[FitBundle, Index]:
    """The index as it is now and the fit model that made it; RequestError that says why there is none."""
    held = loaded.shelf.look()
    if held is None:
        raise RequestError(503, loaded.shelf.problem or NO_INDEX)
    return held.fit or fit_model(loaded), held.index


@contextmanager
def missing(place: str) -> Iterator[None]:
    """What is named at that place of the request may not be there."""
    try:
        yield
    except NotFoundError as error:
        raise RequestError(404, NOT_THERE, [Fault(pointer=place, detail=f"{error}.")]) from None


@contextmanager
def refused_at(place: Callable[[Problem], str]) -> Iterator[None]:
    """Records may be refused; `place` gives the pointer of each problem."""
    try:
        yield
    except RecordsError as error:
        raise problems.of_records(error, place) from None


def field(problem: Problem) -> tuple[str | int, ...]:
    """Where in a record or brief a problem lies: nested table, row, column, as far as there is one."""
    nested = () if problem.table in (records.CREATORS.name, records.BRIEFS.name) else (problem.table, problem.row)
    return tuple(step for step in (*nested, problem.column) if step is not None)


def _place(problem: Problem) -> tuple[int, ...]:
    return () if problem.record is None else (problem.record,)
