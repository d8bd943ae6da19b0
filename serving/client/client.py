"""The client's methods, one for each operation of the service's OpenAPI document."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal, Self, overload

import httpx

from models.rankings.ranking import Rankings, Similars
from models.reports.report import Report
from serving.api.responses import AuditAnswer, AuditsAnswer, ModelInfo
from serving.client.connection import Call, Connection, Json
from serving.client.media import sent
from serving.jobs.job import Job, Jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from serving.client.asked import FollowerFilters, Record, Risk, SimilarFilters, Verdict, Weights
    from serving.compat import Compat
    from serving.jobs.job import OnError

SECONDS = 330.0
"""For an answer: somewhat longer than the service itself gives one."""
PATIENCE = 60.0
"""Seconds that a call may wait in all where the service says to come again."""


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
        http = httpx.Client(base_url=address, headers=headers, timeout=timeout, transport=transport)
        self._service = Connection(http, patience)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._service.close()

    @overload
    def score(self, creator: Record, *, explain: bool = True, compat: None = None) -> Report: ...
    @overload
    def score(self, creator: Record, *, explain: bool = True, compat: Compat) -> Json: ...
    def score(self, creator: Record, *, explain: bool = True, compat: Compat | None = None) -> Report | Json:
        """Score one creator; with `compat` the answer has another service's fields, and the report under `report`."""
        asked: Json = {"creator": creator, "explain": explain}
        kind: type[Any] = Report if compat is None else dict
        return self._service.post("/v1/score", asked, kind, compat=compat)  # type: ignore[no-any-return]  # of `kind`

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
        return self._service.post("/v1/score_batch", asked, kind, compat=compat)  # type: ignore[no-any-return]  # of `kind`

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
        return self._service.post("/v1/rank", asked, Rankings)

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
        return self._service.post("/v1/similar", asked, Similars)

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
        return self._service.post("/v1/audits", asked, AuditAnswer)

    def audits_of(self, creator_id: str) -> AuditsAnswer:
        """A creator's audits, with what became of objections to them."""
        return self._service.get("/v1/audits", AuditsAnswer, creator_id=creator_id)

    def model(self) -> ModelInfo:
        """The models and the index in service."""
        return self._service.get("/v1/model", ModelInfo)

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

        Raises:
            ValueError: The file ends in something else.
        """
        parameters = {"name": name, "explain": str(explain).lower(), "on_error": on_error, "previous": previous}
        kind, body, again = sent(records)
        call = Call("POST", "/v1/jobs", parameters, body, {"content-type": kind}, again)
        return self._service.read(call, Job)

    def list_jobs(self) -> Jobs:
        """All jobs, the newest first."""
        return self._service.get("/v1/jobs", Jobs)

    def job(self, job_id: str) -> Job:
        """How far a job is, and what came out."""
        return self._service.get(f"/v1/jobs/{job_id}", Job)

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
        return self._service.read(Call("DELETE", f"/v1/jobs/{job_id}"), Job)

    def job_result(self, job_id: str) -> Iterator[Json]:
        """A row a creator, in the order of the records."""
        return self._service.rows(f"/v1/jobs/{job_id}/result")

    def job_errors(self, job_id: str) -> Iterator[Json]:
        """What is wrong with the records: table, line, row, column, ids and message."""
        return self._service.rows(f"/v1/jobs/{job_id}/errors")

    def job_diff(self, job_id: str) -> Iterator[Json]:
        """Who moved between bands since the job before, and why; who is new and who is gone."""
        return self._service.rows(f"/v1/jobs/{job_id}/diff")

    def livez(self) -> str:
        """Returns where the process is alive."""
        return self._service.text("/livez")

    def readyz(self) -> str:
        """Returns where models are loaded and requests are answered."""
        return self._service.text("/readyz")

    def metrics(self) -> str:
        """Counts and latencies, as Prometheus reads them."""
        return self._service.text("/metrics")
