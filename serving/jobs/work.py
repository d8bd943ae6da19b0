"""The work on one job, from its records to its results; begun again after a kill it goes on where it was stopped."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from features.disk import said_by_system
from features.errors import BonafideError, NotFoundError, Problem, RecordsError, RegistryError
from features.nouns import number_of
from features.records import CREATORS
from features.records.read import NO_CREATORS
from ledger import Ledger, Recorder, ScoredBatch
from ledger.scores import CHAMPION
from models import bulk
from models.loading import load_fraud
from models.machine.cores import cores
from models.registry import FRAUD
from models.reports.moves import moves
from serving.champions.loaded import wanted
from serving.jobs.frames import write_frames
from serving.jobs.job import DiffTold, Progress, Summary, TransitionTold
from serving.jobs.room import DIFF, ERRORS, RUN, records_file
from serving.jobs.unpacking import unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from models.fraud import FraudBundle
    from models.settings import Settings
    from serving.jobs.job import Job, Stored
    from serving.jobs.room import Room

MOST_CREATORS = 500
"""Of a part: what a kill loses, and how far apart two figures of the progress are."""
MOST_STARTS = 5
"""Of a job none of whose parts is ever finished: it ends whatever works on it."""
TOO_HARD = "The work on it ended five times without getting any further; the records may need too much memory."
ERROR_ROWS = 10_000
_PROBLEM = pl.Schema(
    {
        "creator_id": pl.String(),
        "table": pl.String(),
        "line": pl.Int64(),
        "row": pl.Int64(),
        "column": pl.String(),
        "ids": pl.List(pl.String),
        "message": pl.String(),
    }
)


def finish(room: Room, stored: Stored, settings: Settings, telling: Callable[[], None]) -> None:
    """Work on a job until it is done, refused or failed.

    Args:
        room: Where it lies.
        stored: The job; it may have been worked on before.
        settings: How many processes and how much memory it may have, and which model is in service.
        telling: Called now and then.

    Raises:
        NotFoundError: It was removed.
    """
    work = _Work(room, stored, settings, telling)
    try:
        work.do()
    except RecordsError as error:
        work.refuse(error.problems, error.total)
    except NotFoundError:
        room.get(stored.job.id)  # raises where it is the job that is gone
        work.end("failed", problem="A file or model that it needs is not there any more.")
    except Exception as error:  # its message may quote a record
        said = str(error) if isinstance(error, BonafideError) else said_by_system(error)
        if said is None:
            raise
        work.end("failed", problem=f"{said}.")


class _Work:
    def __init__(self, room: Room, stored: Stored, settings: Settings, telling: Callable[[], None]) -> None:
        self.room = room
        self.stored = stored
        self.settings = settings
        self.telling = telling
        self.place = room.place(stored.job.id)

    @property
    def job(self) -> Job:
        """As it is now."""
        return self.stored.job

    def tell(self, **changes: object) -> None:
        """Replace what is known of the job."""
        self.stored = self.stored.model_copy(update={"job": self.job.model_copy(update=changes)})
        self.room.put(self.stored)

    def count(self, starts: int) -> None:
        """Remember how often the work was begun; `tell` writes it down."""
        self.stored = self.stored.model_copy(update={"starts": starts})

    def do(self) -> None:
        """Unpack, score, and sum up."""
        if self.stored.starts >= MOST_STARTS:
            self.end("failed", problem=TOO_HARD)
            return
        self.count(self.stored.starts + 1)
        self.tell(state="running", began_at=self.job.began_at or datetime.now(UTC))
        model = self._model()
        source = self._source()
        plan = bulk.plan(self.settings.job_memory, self.settings.job_workers or max(1, cores() // 2))
        size = replace(plan.size, creators=MOST_CREATORS)
        run = bulk.Run.open(self.place / RUN, source, model, asked_of(self.job), size)
        run.work(model, plan.workers, self._progress(run))
        self._sum_up(run)

    def refuse(self, problems: Iterable[Problem], total: int) -> None:
        """End it without a result, for what is wrong with its records."""
        self._write_errors(problems)
        told = f"{number_of(total, 'problem')} in the records; nothing was scored."
        self.end("refused", problem=told, errors=total)

    def end(self, state: str, **changes: object) -> None:
        """End it."""
        self.tell(state=state, finished_at=datetime.now(UTC), **changes)
        self.room.clear(self.job)

    def _model(self) -> bulk.Model:
        """The model that the job began with, or the one in service now."""
        if self.stored.bundle is None:
            bundle = load_fraud(model_in_service(self.settings))
            chosen = {"bundle": bundle.folder.resolve(), "profile": self.settings.profile}
            self.stored = self.stored.model_copy(update=chosen)
            self.tell(model_version=bundle.contract.version)
        assert self.stored.bundle is not None  # noqa: S101 - chosen above
        return bulk.Model(self.stored.bundle, profile=self.stored.profile)

    def _source(self) -> Path:
        """The records as NDJSON."""
        source = records_file(self.place, "ndjson")
        if self.job.kind == "parquet" and not source.exists():
            unpack(records_file(self.place, "parquet"), source, self.settings.job_bytes)
        return source

    def _progress(self, run: bulk.Run) -> Callable[[int, int], None]:
        began, before = time.monotonic(), run.done

        def tell(done: int, total: int) -> None:
            rate = (done - before) / max(time.monotonic() - began, 1e-3)
            left = (total - done) / rate if rate else None
            self.count(0)
            self.tell(progress=Progress(done=done, total=total, rate=rate, seconds_left=left))
            self.telling()

        self.tell(progress=Progress(done=before, total=run.cut.creators))
        return tell

    def _sum_up(self, run: bulk.Run) -> None:
        errors = run.uncounted + self._write_errors(run.each_problem())
        self.tell(left_out={table: tuple(names) for table, names in run.left_out().items()})
        if errors and not run.asked.skip:
            told = f"{number_of(errors, 'problem')} in the records; nothing is given."
            self.end("refused", problem=told, errors=errors)
            return
        bands = _bands(run)
        if not sum(bands.values()):
            self.refuse([Problem(CREATORS.name, NO_CREATORS)] if not errors else run.each_problem(), max(errors, 1))
        else:
            diff = self._diff(run)
            summary = Summary(
                **{name: bands.get(name, 0) for name in Summary.model_fields if name != "diff"}, diff=diff
            )
            self._record(run)
            self.end("done", errors=errors, summary=summary)

    def _record(self, run: bulk.Run) -> None:
        """Put what is about to be given into the ledger; after a kill it is put there again, and stored once."""
        assert self.stored.bundle is not None  # noqa: S101 - chosen before anything was scored
        bundle, now = load_fraud(self.stored.bundle), datetime.now(UTC)
        ledger = Ledger(self.settings.ledger_url, self.settings.home.resolve())
        with closing(ledger), closing(Recorder(ledger)) as recorder:
            for number, scores, signals in run.with_signals():
                recorder.record(_batch(f"{self.job.id}-{number}", now, bundle, scores, signals))
                self.telling()
            recorder.settle()

    def _write_errors(self, problems: Iterable[Problem]) -> int:
        """Write them for `/errors`; how many there are."""
        count = 0

        def frames() -> Iterator[pl.DataFrame]:
            nonlocal count
            rows: list[dict[str, object]] = []
            for problem in problems:
                count += 1
                rows.append(asdict(problem) | {"creator_id": next(iter(problem.ids), None), "ids": list(problem.ids)})
                if len(rows) == ERROR_ROWS:
                    yield pl.DataFrame(rows, schema=_PROBLEM)
                    rows = []
            yield pl.DataFrame(rows, schema=_PROBLEM)

        write_frames(frames(), self.place / ERRORS)
        return count

    def _diff(self, run: bulk.Run) -> DiffTold | None:
        """What changed against the job before, if that is still there."""
        before = self._previous()
        if before is None:
            return None
        old = bulk.Run.load(self.room.place(before.id) / RUN, asked_of(before))
        found = moves(old.frames, run.frames)
        write_frames([found.frame], self.place / DIFF)
        return DiffTold(
            previous=before.id,
            same_model=before.model_version == self.job.model_version,
            moved=found.count("moved"),
            new=found.count("new"),
            gone=found.count("gone"),
            same=found.same,
            transitions=tuple(
                TransitionTold.model_validate(asdict(one) | {"sentence": one.sentence}) for one in found.transitions
            ),
        )

    def _previous(self) -> Job | None:
        named = self.job.asked.previous
        if named is None:
            return self.room.last(self.job)
        try:
            return self.room.get(named).job
        except NotFoundError:
            return None


def asked_of(job: Job) -> bulk.Asked:
    """What a job asks of the engine."""
    return bulk.Asked(explain=job.asked.explain, skip=job.asked.on_error == "skip", signals=True)


def _batch(
    request_id: str, when: datetime, bundle: FraudBundle, scores: pl.DataFrame, signals: pl.DataFrame
) -> ScoredBatch:
    return ScoredBatch(
        request_id=request_id,
        scored_at=when,
        role=CHAMPION,
        model=FRAUD,
        model_version=bundle.contract.version,
        norms_version=bundle.context.version,
        input_hashes=signals[bulk.HASH].to_list(),
        signals=signals.drop(bulk.HASH),
        answers=scores,
    )


def model_in_service(settings: Settings) -> Path:
    """Folder of the fraud model that requests are answered with now.

    Raises:
        NotFoundError: There is none.
        RegistryError: The store of models cannot be reached, and the service began with none.
    """
    try:
        return wanted(settings).fraud
    except (NotFoundError, RegistryError):
        if settings.pinned is None:
            raise
        return settings.pinned.fraud


def _bands(run: bulk.Run) -> dict[str, int]:
    counts: dict[str, int] = {}
    for frame in run.frames(["band"]):
        for band, count in frame["band"].fill_null("unanswered").value_counts().iter_rows():
            counts[band] = counts.get(band, 0) + count
    return counts
