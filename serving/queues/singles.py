"""Requests for one score, and the answers to several of them at once; see `serving.queues.together`.

A creator's report depends on nobody else, so the answer is the same to the last bit whoever is scored beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from features import records
from models.machine.garbage import uncollected
from models.reporting import reported
from serving.api.answers import field, recorded, refused_at
from serving.api.bodies import parse
from serving.api.problems import RequestError, pointer
from serving.api.requests import ScoreRequest
from serving.compat import answers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from features.records import Tables
    from models.reporting import Reported
    from serving.book import Book
    from serving.champions.loaded import Loaded
    from serving.compat import Compat


@dataclass(frozen=True, eq=False)
class Single:
    """A request for one score: the models that were in service when it came, its body, where it is recorded, and the
    service in whose shape the answer is asked for."""

    loaded: Loaded
    body: bytes
    book: Book | None = None
    compat: Compat | None = None


def answer_alone(single: Single) -> bytes:
    """The answer to one; raises why it is refused."""
    [answer] = answers_to([single])
    if isinstance(answer, Exception):
        raise answer
    return answer


def answers_to(singles: Sequence[Single]) -> list[bytes | Exception]:
    """The answer to each, or why it is refused; what is wrong with one leaves the others as they are."""
    with uncollected():
        return _answers_to(singles)


def _answers_to(singles: Sequence[Single]) -> list[bytes | Exception]:
    found: dict[int, bytes | Exception] = {}
    asked: dict[int, ScoreRequest] = {}
    for place, single in enumerate(singles):
        try:
            asked[place] = parse(ScoreRequest, single.body, cut=True)
        except RequestError as error:
            found[place] = error
    for places in _rounds(singles, asked):
        found |= zip(places, _scored([(singles[place], asked[place]) for place in places]), strict=True)
    return [found[place] for place in range(len(singles))]


def _rounds(singles: Sequence[Single], asked: dict[int, ScoreRequest]) -> Iterator[list[int]]:
    """Places of those that can be scored together: by the same models, in the same shape, and no creator twice."""
    rounds: dict[tuple[object, ...], list[int]] = {}
    times: dict[tuple[object, ...], int] = {}
    for place, request in asked.items():
        single = singles[place]
        alike = (id(single.loaded), id(single.book), single.compat, request.explain)
        creator = (*alike, str(request.creator.get("creator_id")))
        times[creator] = times.get(creator, 0) + 1
        rounds.setdefault((*alike, times[creator]), []).append(place)
    yield from rounds.values()


def _scored(asked: Sequence[tuple[Single, ScoreRequest]]) -> list[bytes | Exception]:
    """The answers to requests that can be scored together, recorded; each by itself where one of them is at fault."""
    single, request = asked[0]
    try:
        tables, made = _reported(single.loaded, request, single.compat, [each.creator for _, each in asked])
        bodies = list(_bodies(single, tables, made))
    except Exception as error:  # whatever it is, it is one request's own
        return [error] if len(asked) == 1 else [answer for one in asked for answer in _scored([one])]
    try:
        recorded(single.loaded, tables, single.book, made)
    except RequestError as error:
        return [error] * len(asked)
    return [*bodies]


def _reported(
    loaded: Loaded, request: ScoreRequest, compat: Compat | None, creators: list[dict[str, object]]
) -> tuple[Tables, Reported]:
    """The records of these creators, and their reports as the one request asks for them."""
    with refused_at(lambda problem: pointer("creator", *field(problem))):
        tables = records.read(creators, extra="refuse")
    explain = request.explain or compat is not None  # shapes are filled from the blocks of the explanation
    return tables, reported(loaded.fraud, tables, explain=explain, policy=loaded.policy)


def _bodies(single: Single, tables: Tables, made: Reported) -> Iterator[bytes]:
    if single.compat is None:
        yield from (report.model_dump_json().encode() for report in made.reports)
    else:
        shaped = answers(single.compat, made.reports, tables, single.loaded.fraud.context)
        yield from (orjson.dumps(answer) for answer in shaped)
