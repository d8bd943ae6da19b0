"""The client: against the OpenAPI document, name by name, and against the application."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, get_args, get_origin, get_overloads, get_type_hints

import httpx
import pytest

from models.settings import Settings
from serving.api import examples
from serving.api.openapi import document
from serving.app import create_app, rehearse
from serving.book import Book
from serving.client import Client, Record, Refused, asked, client, connection
from serving.jobs.room import Room
from serving.jobs.runner import Runner
from tests.serving.conftest import InProcess, edged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from serving.champions.loaded import Loaded


def names() -> dict[str, object]:
    """What annotations of the client may name, those included that only a type checker imports."""
    import collections.abc as abc
    from pathlib import Path

    from serving.compat import Compat
    from serving.jobs.job import OnError

    kept: dict[str, object] = {name: getattr(abc, name) for name in ("Callable", "Iterable", "Iterator")}
    kept |= {"Compat": Compat, "OnError": OnError, "Path": Path, "datetime": datetime}
    return vars(client) | vars(asked) | kept


def resolved(schema: dict, whole: dict) -> dict:
    """A schema with its reference followed, and of alternatives the one that is not null."""
    while True:
        kept = [one for one in schema.get("anyOf", schema.get("allOf", [])) if one.get("type") != "null"]
        if "$ref" in schema:
            schema = whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif len(kept) == 1 and "properties" not in schema:
            schema = kept[0]
        else:
            return schema


def gaps(whole: dict, client: type) -> list[str]:
    """What the document has and the client has not, or otherwise."""
    operations = [one for path in whole["paths"].values() for one in path.values()]
    found = [
        f"{one['operationId']}: no method"
        for one in operations
        if not inspect.isfunction(getattr(client, one["operationId"], None))
    ]
    for one in operations:
        method = getattr(client, one["operationId"], None)
        if method is not None:
            found += [f"{one['operationId']}: {gap}" for gap in (*taken(one, method, whole), *given(one, method))]
    return found


def fields(operation: dict, whole: dict) -> dict[str, dict]:
    """Everything that may be sent, by name."""
    sent = {one["name"]: one["schema"] for one in operation.get("parameters", [])}
    body = operation.get("requestBody", {}).get("content", {})
    if "application/json" in body:
        sent |= resolved(body["application/json"]["schema"], whole)["properties"]
    return sent | ({"records": {}} if "application/x-ndjson" in body else {})


def taken(operation: dict, method: Callable[..., object], whole: dict) -> Iterator[str]:
    """Fields without a parameter, parameters without a field, other defaults, and the same of objects within."""
    parameters = {name: one for name, one in inspect.signature(method).parameters.items() if name != "self"}
    sent = fields(operation, whole)
    yield from (f"{name} is on one side only" for name in sent.keys() ^ parameters.keys())
    hints = get_type_hints(method, names())
    for name in sent.keys() & parameters.keys():
        default, told = parameters[name].default, sent[name].get("default")
        if (
            told is not None
            and not isinstance(told, dict)
            and default not in (told, tuple(told) if told == [] else told)
        ):
            yield f"{name} is {told} unless given, here {default}"
        within = resolved(sent[name], whole).get("properties")
        typed = [one for one in (hints[name], *get_args(hints[name])) if hasattr(one, "__total__")]
        if within is not None and typed and within.keys() != get_type_hints(typed[0], names()).keys():
            yield f"{name} has other fields"
        if within is not None and not typed and Record not in (hints[name], *get_args(hints[name])):
            yield f"{name} has no type"


def given(operation: dict, method: Callable[..., object]) -> Iterator[str]:
    """Answers of another type than the method's."""
    hints = [get_type_hints(one, names())["return"] for one in get_overloads(method) or [method]]
    told = [getattr(kind, "__name__", str(kind)) for kind in (hints[0], *get_args(hints[0]))]
    for status, answer in operation["responses"].items():
        if not status.startswith("2"):
            continue
        for media, content in answer["content"].items():
            schema = content["schema"]
            within = schema.get("items", schema)
            wanted = next(
                (one["$ref"] for one in (within, *within.get("anyOf", ())) if "$ref" in one), within.get("type")
            )
            wanted = wanted.rpartition("/")[2]
            if wanted == "string":
                wanted = "str" if media == "text/plain" else "Iterator"
            if wanted not in told or ("items" in schema) != (get_origin(hints[0]) is list):
                yield f"{status} is {wanted}, not {hints[0]}"


@pytest.fixture(scope="module")
def whole(loaded: Loaded) -> dict:
    return json.loads(document(rehearse(loaded)))


def test_every_operation_field_and_answer_of_the_document_is_in_the_client(whole: dict) -> None:
    assert len(whole["paths"]) >= 13
    assert gaps(whole, Client) == []


def test_a_client_that_lags_behind_the_document_would_be_found(whole: dict) -> None:
    changed = json.loads(json.dumps(whole))
    changed["paths"]["/v1/new"] = {"get": {"operationId": "new", "responses": {}}}
    schemas, operations = changed["components"]["schemas"], changed["paths"]
    schemas["ScoreRequest"]["properties"]["depth"] = {"type": "integer"}
    schemas["FollowerFilters"]["properties"]["tiers"] = {"type": "array"}
    schemas["SimilarRequest"]["properties"]["top"]["default"] = 20
    operations["/v1/jobs"]["post"]["parameters"].append({"name": "color", "in": "query", "schema": {}})
    operations["/v1/model"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = {
        "$ref": "#/components/schemas/Job"
    }
    found = " ".join(gaps(changed, Client))
    for said in ("new: no method", "score: depth", "rank: filters has other", "similar: top is 20", "add_job: color"):
        assert said in found
    assert "model: 200 is Job" in found


def test_the_client_loads_nothing_that_scores() -> None:
    told = "import sys, serving.client; print([one for one in ('polars', 'lightgbm', 'bentoml') if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def calling(indexed: Loaded, settings: Settings) -> Iterator[Client]:
    from anyio.from_thread import start_blocking_portal

    book = Book(settings)
    app = create_app(indexed, book, Room(settings.jobs_folder))
    with start_blocking_portal() as portal, Client("http://localhost", transport=InProcess(edged(app), portal)) as one:
        yield one
    book.close()


def test_creators_are_scored_in_both_shapes(calling: Client) -> None:
    report = calling.score(examples.CREATOR)
    assert report.creator_id == "creator-1"
    assert report.reasons
    [same, bare] = calling.score_batch([examples.CREATOR, {"creator_id": "bare", "platform": "x"}])
    assert (same.probability, bare.state) == (report.probability, "insufficient_data")
    assert calling.score(examples.CREATOR, explain=False).reasons == ()
    shaped = calling.score(examples.CREATOR, compat="modash")
    assert shaped["report"]["probability"] == report.probability  # type: ignore[index]
    assert len(calling.score_batch([examples.CREATOR], compat="hypeauditor")) == 1


def test_a_file_that_no_job_takes_is_refused_before_it_is_sent(calling: Client, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"records\.csv: a job takes a file that ends in \.ndjson, \.jsonl, \.parquet"):
        calling.add_job(tmp_path / "records.csv")


def test_creators_are_ranked_and_those_alike_are_found(calling: Client) -> None:
    ranked = calling.rank(
        examples.BRIEF,
        candidates=examples.INDEXED,
        top=2,
        risk={"form": "gate"},
        weights={"reach": 0.2},
        filters={"min_followers": 5},
    )
    assert [one.rank for one in ranked.results] == [1, 2]
    alike = calling.similar(niche="food", top=3, filters={"max_risk": 90.0})
    assert 0 < len(alike.results) <= 3
    assert calling.model().fit is not None


def test_a_verdict_is_handed_in_once(calling: Client) -> None:
    when = datetime(2025, 4, 2, tzinfo=UTC)
    for _ in range(2):
        audit = calling.add_audit("k1", "creator-1", "fraud", audited_at=when, types=["bought_followers"])
    assert calling.audits_of("creator-1").audits == (audit,)
    with pytest.raises(Refused) as refused:
        calling.add_audit("k1", "creator-1", "genuine", audited_at=when)
    assert refused.value.status == 409
    assert refused.value.problem.errors[0].pointer == "/key"


def test_what_is_wrong_is_told_with_its_place_and_no_value(calling: Client) -> None:
    with pytest.raises(Refused, match="/creator/followers") as refused:
        calling.score({**examples.CREATOR, "followers": "hunter2"})
    assert refused.value.problem.request_id is not None
    assert "hunter2" not in str(refused.value)


def test_a_job_is_handed_in_waited_for_fetched_and_removed(
    calling: Client, settings: Settings, loaded: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    pinned = Settings(home=settings.home, fraud_model=str(loaded.fraud.folder), job_workers=1)
    # In the client alone: whatever else of this process sleeps would work on the job beside it.
    paused = SimpleNamespace(sleep=lambda _: Runner(Room(settings.jobs_folder), pinned).look())
    monkeypatch.setattr(client, "time", paused)
    records = tmp_path / "records.jsonl"
    records.write_text("".join(json.dumps(one) + "\n" for one in (examples.CREATOR, examples.SECOND)))
    first = calling.wait(
        calling.add_job(records, name="roster").id, progress=lambda job: seen.append(job.state), pause=0
    )
    assert (seen[0], seen[-1], first.state, first.errors) == ("queued", "done", "done", 0)
    assert [row["creator_id"] for row in calling.job_result(first.id)] == ["creator-1", "creator-2"]
    wrong = {"creator_id": "bad", "platform": "instagram", "followers": -1}
    second = calling.wait(calling.add_job(iter([examples.CREATOR, wrong]), name="roster", on_error="skip").id)
    assert [row["creator_id"] for row in calling.job_errors(second.id)] == ["bad"]
    assert [(row["creator_id"], row["what"]) for row in calling.job_diff(second.id)] == [("creator-2", "gone")]
    assert {one.id for one in calling.list_jobs().jobs} == {first.id, second.id}
    calling.remove_job(first.id)
    with pytest.raises(Refused, match="404"):
        calling.job(first.id)


class Busy(httpx.BaseTransport):
    """Answers what it was given, in its order; the last for ever."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.bodies: list[bytes] = []
        self.keys: set[str | None] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(request.read())
        self.keys.add(request.headers.get("authorization"))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(
        connection, "time", SimpleNamespace(sleep=found.append, monotonic=time.monotonic, time=time.time)
    )
    return found


def test_it_comes_again_when_it_is_told_to_with_the_same_body_and_key(slept: list[float]) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=29), usegmt=True)
    job = json.loads(
        '{"id":"0","state":"queued","asked":{},"kind":"ndjson","bytes":1,"accepted_at":"2025-01-01T00:00:00Z","new":1}'
    )
    busy = Busy(
        httpx.Response(429, headers={"retry-after": "3"}),
        httpx.Response(503, headers={"retry-after": later}),
        httpx.Response(202, json=job),
    )
    with Client("http://localhost", key="secret", transport=busy) as client:
        assert client.add_job([examples.CREATOR, examples.SECOND]).state == "queued"
    assert slept[0] == 3
    assert 9 <= slept[1] <= 29  # less what the machine needed meanwhile
    assert len(busy.bodies) == 3
    assert len(set(busy.bodies)) == 1
    assert busy.keys == {"Bearer secret"}


def test_it_gives_up_where_nobody_says_when_or_it_is_too_long_or_the_body_is_gone(slept: list[float]) -> None:
    def refused(answer: httpx.Response, **kept: float) -> Refused:
        with Client("http://localhost", transport=Busy(answer), **kept) as client, pytest.raises(Refused) as told:
            client.model()
        return told.value

    assert refused(httpx.Response(503)).status == 503
    assert refused(httpx.Response(429, headers={"retry-after": "90"})).status == 429
    assert refused(httpx.Response(429, headers={"retry-after": "soon"})).status == 429
    assert refused(httpx.Response(500, headers={"retry-after": "1"})).status == 500
    proxy = refused(httpx.Response(502, text="<html>Bad Gateway</html>"))
    assert (proxy.status, proxy.problem.title) == (502, "Bad Gateway")
    gone = Busy(httpx.Response(503, headers={"retry-after": "1"}))
    with Client("http://localhost", transport=gone) as client, pytest.raises(Refused):
        client.add_job(iter([examples.CREATOR]))
    assert slept == []
    assert len(gone.bodies) == 1
    began = time.monotonic()
    assert refused(httpx.Response(503, headers={"retry-after": "0"}), patience=0.05).status == 503
    assert time.monotonic() - began < 60
