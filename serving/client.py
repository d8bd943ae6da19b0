"""A client of the service: a method for each operation of its OpenAPI document, under the operation's own name.

```python
from serving.client import Client

with Client("http://127.0.0.1:3000", key="bonafide_...") as client:
    report = client.score({"creator_id": "mara", "platform": "instagram", "posts": [...]})
    job = client.wait(client.add_job(Path("roster.ndjson"), name="roster").id)
    moved = list(client.job_diff(job.id))
```

Records are mappings with their tables nested, answers are the types that the service itself answers with. It imports
nothing that scores, so that a program that calls a service need not load one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypedDict, TypeVar, overload

import httpx
import orjson
from pydantic import TypeAdapter, ValidationError

from models.ranking import Rankings, RiskForm, Similars
from models.report import Report
from serving.jobs.job import Job, Jobs
from serving.responses import AuditAnswer, AuditsAnswer, ModelInfo, ProblemDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from serving.compat import Compat
    from serving.jobs.job import OnError

    Body = Callable[[], bytes | Iterable[bytes]]

SECONDS = 330.0
"""For an answer: somewhat longer than the service itself gives one."""
PATIENCE = 60.0
"""Seconds that a call may wait in all where the service says to come again."""
AGAIN = frozenset({429, 503})
"""Refusals before any work was done; each is sent again where `Retry-After` says when."""
NDJSON, PARQUET = "application/x-ndjson", "application/vnd.apache.parquet"
KINDS = {".ndjson": NDJSON, ".jsonl": NDJSON, ".parquet": PARQUET}

Json = dict[str, object]
Record = Mapping[str, object]
Answer = TypeVar("Answer")
Verdict = Literal["genuine", "fraud", "unsure"]


class Weights(TypedDict, total=False):
    """How much each counts in a ranking; what is left out has its default."""

    relevance: float
    authenticity: float
    reach: float


class Risk(TypedDict, total=False):
    """How the fraud risk takes its part of the score."""

    form: RiskForm


class FollowerFilters(TypedDict, total=False):
    """Follower counts to stay within."""

    min_followers: int | None
    max_followers: int | None


class SimilarFilters(FollowerFilters, total=False):
    """Hard filters, as a brief has them."""

    platforms: list[str] | None
    tiers: list[str] | None
    countries: list[str] | None
    languages: list[str] | None
    exclude_brands: list[str] | None
    max_risk: float | None


class Refused(Exception):  # noqa: N818 - what happened, as in `except Refused`
    """The service refused a request, or failed at it.

    Attributes:
        problem: The problem document (RFC 9457): status, why, and each field at fault by a JSON pointer.
    """

    def __init__(self, problem: ProblemDocument) -> None:
        self.problem = problem
        places = "; ".join(f"{one.parameter or one.pointer}: {one.detail}" for one in problem.errors[:3])
        super().__init__(f"{problem.status}: {problem.detail}" + (f" ({places})" if places else ""))

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status


class Client:
    """Calls one service; may be used by several threads.

    Every method raises `Refused` where the service refuses or fails, `httpx.TransportError` where it is not reached.

    Args:
        address: Where it listens, such as `https://bonafide.example`.
        key: An API key; none is needed on loopback.
        patience: Seconds that one call may wait in all where the service says when to come again.
        timeout: Seconds without a byte after which an answer is given up.
        transport: What sends the requests, in place of one that keeps connections open.
    """

    def __init__(
        self,
        address: str = "http://127.0.0.1:3000",
        key: str | None = None,
        *,
        patience: float = PATIENCE,
        timeout: float = SECONDS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        self._patience = patience
        self._http = httpx.Client(base_url=address, headers=headers, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @overload
    def score(self, creator: Record, *, explain: bool = True, compat: None = None) -> Report: ...
    @overload
    def score(self, creator: Record, *, explain: bool = True, compat: Compat) -> Json: ...
    def score(self, creator: Record, *, explain: bool = True, compat: Compat | None = None) -> Report | Json:
        """Score one creator; with `compat` the answer has another service's fields, and the report under `report`."""
        asked: Json = {"creator": creator, "explain": explain}
        kind: type[Any] = Report if compat is None else dict
        return self._post("/v1/score", asked, kind, compat=compat)  # type: ignore[no-any-return]

    @overload
    def score_batch(self, creators: Iterable[Record], *, explain: bool = True, compat: None = None) -> list[Report]: ...
    @overload
    def score_batch(self, creators: Iterable[Record], *, explain: bool = True, compat: Compat) -> list[Json]: ...
    def score_batch(
        self, creators: Iterable[Record], *, explain: bool = True, compat: Compat | None = None
    ) -> list[Report] | list[Json]:
        """Score 1 to 1,000 creators, answered in their order; one bad record refuses them all."""
        asked: Json = {"creators": list(creators), "explain": explain}
        kind: type[Any] = list[Report] if compat is None else list[Json]
        return self._post("/v1/score_batch", asked, kind, compat=compat)  # type: ignore[no-any-return]

    def rank(
        self,
        brief: Record,
        *,
        candidates: Iterable[Record] | None = None,
        creator_ids: Iterable[str] | None = None,
        top: int = 50,
        reasons: int = 50,
        risk: Risk | None = None,
        weights: Weights | None = None,
        filters: FollowerFilters | None = None,
    ) -> Rankings:
        """Rank records, or creators of the index by their ids, or without either the whole index, for a brief."""
        asked = {
            "brief": brief,
            "candidates": None if candidates is None else list(candidates),
            "creator_ids": None if creator_ids is None else list(creator_ids),
            "top": top,
            "reasons": reasons,
            "risk": risk,
            "weights": weights,
            "filters": filters,
        }
        return self._post("/v1/rank", asked, Rankings)

    def similar(
        self,
        creator_id: str | None = None,
        *,
        niche: str | None = None,
        top: int = 50,
        same: Iterable[Literal["platform", "tier"]] = (),
        filters: SimilarFilters | None = None,
    ) -> Similars:
        """Find the creators of the index that are most like one of them, or most of a niche."""
        asked = {"creator_id": creator_id, "niche": niche, "top": top, "same": list(same), "filters": filters}
        return self._post("/v1/similar", asked, Similars)

    def add_audit(
        self,
        key: str,
        creator_id: str,
        verdict: Verdict,
        *,
        audited_at: datetime | None = None,
        fake_follower_share: float | None = None,
        types: Iterable[str] | None = None,
        reviewer: str | None = None,
        note: str | None = None,
        input_hash: str | None = None,
    ) -> AuditAnswer:
        """Hand in a verdict; sent again under the same key it is stored once."""
        asked = {
            "key": key,
            "creator_id": creator_id,
            "verdict": verdict,
            "audited_at": audited_at,
            "fake_follower_share": fake_follower_share,
            "types": None if types is None else list(types),
            "reviewer": reviewer,
            "note": note,
            "input_hash": input_hash,
        }
        return self._post("/v1/audits", asked, AuditAnswer)

    def audits_of(self, creator_id: str) -> AuditsAnswer:
        """A creator's audits, with what became of objections to them."""
        return self._get("/v1/audits", AuditsAnswer, creator_id=creator_id)

    def model(self) -> ModelInfo:
        """The models and the index in service."""
        return self._get("/v1/model", ModelInfo)

    def add_job(
        self,
        records: Path | Iterable[Record],
        *,
        name: str | None = None,
        explain: bool = True,
        on_error: OnError = "refuse",
        previous: str | None = None,
    ) -> Job:
        """Score any number of creators in the background.

        Args:
            records: A file that ends in .ndjson, .jsonl or .parquet, or records, which are sent as they are made.
            name: Jobs of one name are compared, each with the last one done before it.
            explain: Whether the results have reasons.
            on_error: Refuse all records where one is wrong, or skip what is wrong.
            previous: Id of the job to compare with instead.
        """
        parameters = {"name": name, "explain": str(explain).lower(), "on_error": on_error, "previous": previous}
        kind, body, again = _records(records)
        return self._read(_Call("POST", "/v1/jobs", parameters, body, {"content-type": kind}, again), Job)

    def list_jobs(self) -> Jobs:
        """All jobs, the newest first."""
        return self._get("/v1/jobs", Jobs)

    def job(self, job_id: str) -> Job:
        """How far a job is, and what came out."""
        return self._get(f"/v1/jobs/{job_id}", Job)

    def wait(self, job_id: str, *, progress: Callable[[Job], None] | None = None, pause: float = 1.0) -> Job:
        """The job when it is done, refused or failed; `progress` is called with it every `pause` seconds until then."""
        while True:
            job = self.job(job_id)
            if progress is not None:
                progress(job)
            if job.finished:
                return job
            time.sleep(pause)

    def remove_job(self, job_id: str) -> Job:
        """Cancel a job and remove all that is kept of it."""
        return self._read(_Call("DELETE", f"/v1/jobs/{job_id}"), Job)

    def job_result(self, job_id: str) -> Iterator[Json]:
        """A row a creator, in the order of the records."""
        return self._rows(f"/v1/jobs/{job_id}/result")

    def job_errors(self, job_id: str) -> Iterator[Json]:
        """What is wrong with the records: table, line, row, column, ids and message."""
        return self._rows(f"/v1/jobs/{job_id}/errors")

    def job_diff(self, job_id: str) -> Iterator[Json]:
        """Who moved between bands since the job before, and why; who is new and who is gone."""
        return self._rows(f"/v1/jobs/{job_id}/diff")

    def livez(self) -> str:
        """Returns where the process is alive."""
        return self._text("/livez")

    def readyz(self) -> str:
        """Returns where models are loaded and requests are answered."""
        return self._text("/readyz")

    def metrics(self) -> str:
        """Counts and latencies, as Prometheus reads them."""
        return self._text("/metrics")

    def _get(self, path: str, kind: type[Answer], **parameters: str) -> Answer:
        return self._read(_Call("GET", path, parameters), kind)

    def _post(self, path: str, asked: Mapping[str, object], kind: type[Answer], **parameters: str | None) -> Answer:
        body = orjson.dumps({name: value for name, value in asked.items() if value is not None})
        return self._read(_Call("POST", path, parameters, lambda: body, {"content-type": "application/json"}), kind)

    def _read(self, call: _Call, kind: type[Answer]) -> Answer:
        """The answer as its type; what a newer service tells beyond it is left out."""
        with self._answered(call) as answer:
            return TypeAdapter(kind).validate_json(answer.read(), extra="ignore")

    def _text(self, path: str) -> str:
        with self._answered(_Call("GET", path)) as answer:
            return answer.read().decode()

    def _rows(self, path: str) -> Iterator[Json]:
        """The lines of an answer as they arrive."""
        with self._answered(_Call("GET", path, headers={"accept": NDJSON})) as answer:
            for line in answer.iter_lines():
                yield orjson.loads(line)

    @contextmanager
    def _answered(self, call: _Call) -> Iterator[httpx.Response]:
        """An answer that is no refusal, asked for again as often as there is patience for."""
        parameters = {name: value for name, value in call.parameters.items() if value is not None}
        end = time.monotonic() + self._patience
        while True:
            body = None if call.body is None else call.body()
            asked = self._http.build_request(
                call.method, call.path, params=parameters, content=body, headers=call.headers
            )
            answer = self._http.send(asked, stream=True)
            try:
                if answer.is_success:
                    yield answer
                    return
                answer.read()
            finally:
                answer.close()
            wait = _wait(answer) if call.again else None
            if wait is None or time.monotonic() + wait > end:
                raise Refused(_problem(answer))
            time.sleep(wait)


@dataclass(frozen=True)
class _Call:
    """A request: what makes its body is called anew where it is sent again, if it can be."""

    method: str
    path: str
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    body: Body | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    again: bool = True


def _wait(answer: httpx.Response) -> float | None:
    """Seconds until the same may be sent again; None where that is not said, or would be no use."""
    told = answer.headers.get("retry-after", "").strip()
    if answer.status_code not in AGAIN or not told:
        return None
    if told.isdecimal():
        return float(told)
    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - time.time())
    except ValueError:
        return None


def _problem(answer: httpx.Response) -> ProblemDocument:
    """What the answer says went wrong; of one that is no problem document, as a proxy's, the status."""
    try:
        return TypeAdapter(ProblemDocument).validate_json(answer.content, extra="ignore")
    except ValidationError:
        told = "The answer is no problem document; something before the service may have given it."
        return ProblemDocument(title=answer.reason_phrase, status=answer.status_code, detail=told)


def _records(records: Path | Iterable[Record]) -> tuple[str, Body, bool]:
    """How a job's records are sent: their media type, what makes the body, and whether it can be made again."""
    if isinstance(records, Path):
        return KINDS[records.suffix], lambda: _pieces(records), True
    return NDJSON, lambda: (orjson.dumps(one) + b"\n" for one in records), iter(records) is not records


def _pieces(file: Path, size: int = 1 << 20) -> Iterator[bytes]:
    with file.open("rb") as content:
        while piece := content.read(size):
            yield piece
