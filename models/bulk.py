"""Scoring a corpus of any size: cut into parts, scored by several processes, put together in the order of the input.

What is finished lies in a folder of its own, so that a run that was killed goes on where it stopped. A creator's score
depends on nobody else, so the parts give what the whole would have given.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import threading
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from features.errors import Problem
from features.records import input_hashes
from features.records.check import DUPLICATE
from features.records.contract import CREATORS
from features.records.cutting import Size, cut
from features.records.parts import Cut, part_folder, read_part
from features.records.problems import Problems
from features.records.read import NO_CREATORS
from features.records.write import replace_file
from models.settings import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from models.fraud import FraudBundle

    Progress = Callable[[int, int], None]

FORMAT = 2
"""Of the folder; another one is begun anew."""
RUN, CUT, PARTS, SCORES = "run.json", "cut.json", "parts", "scores"
LINE, HASH = "#line", "#input_hash"
SIGNALS = "signals"
"""Ending of the files with the signals."""

MOST_NAMES = 20
"""Of fields that a table has too many."""
MOST_CREATORS = 2_000
"""Of a part: enough for Polars' fixed costs to vanish, few enough for a bar that moves."""
ROW_BYTES = 6_000
"""Memory that a row takes while it is scored and explained, at its highest."""
TEXT_FACTOR = 16
"""Bytes of memory for a byte of NDJSON, at its highest."""
PROCESS_BYTES = 420_000_000
"""Of a process with the libraries and a model, before any record."""
LEAST_ROWS = 10_000
THREADS = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS")


@dataclass(frozen=True)
class Model:
    """Where a process finds the model, and what is put in place of its own norms and cut-offs."""

    bundle: Path
    context: Path | None = None
    profile: str | None = None

    def load(self) -> FraudBundle:
        """The model."""
        from features import Context
        from models.fraud import FraudBundle

        bundle = FraudBundle.load(self.bundle)
        if self.profile is not None:
            bundle = bundle.with_profile(self.profile)
        return bundle if self.context is None else bundle.with_context(Context.load(self.context))


@dataclass(frozen=True)
class Asked:
    """What is asked of a run; see `models.reporting.score_frame`. `skip` leaves rows out that are refused.

    `signals` keeps those that the scores were made of, with the records' hashes, for `Run.with_signals`.
    """

    explain: bool = False
    as_of: date | None = None
    skip: bool = False
    signals: bool = False


@dataclass(frozen=True)
class Plan:
    """How a run is divided: processes, and the limits of a part."""

    workers: int
    size: Size


def plan(memory: int, workers: int) -> Plan:
    """As many processes as the memory allows, and parts that fit into what is left.

    Args:
        memory: Bytes that all processes may take together.
        workers: Processes at most.
    """
    most = max(1, min(workers, memory // (PROCESS_BYTES + LEAST_ROWS * ROW_BYTES) - 1))
    left = max(memory - (most + 1) * PROCESS_BYTES, 0) // most
    return Plan(most, Size(MOST_CREATORS, max(left // ROW_BYTES, LEAST_ROWS), max(left // TEXT_FACTOR, 1_000_000)))


class Run:
    """A corpus that is being scored in a folder of its own.

    Attributes:
        folder: Holds what is finished.
        cut: How the corpus was cut.
        asked: What is asked.
        resumed: Parts that were finished when it was opened.
    """

    def __init__(self, folder: Path, cut: Cut, asked: Asked) -> None:
        self.folder = folder
        self.cut = cut
        self.asked = asked
        self.resumed = len(self._finished())

    @classmethod
    def open(cls, folder: Path, source: Path, model: Model, asked: Asked, size: Size) -> Run:
        """Go on with the run of that folder where it is the same one, else begin it.

        Args:
            folder: Of the run; it is begun anew where its input, model or question was another.
            source: A folder of tables or an NDJSON file.
            model: The model.
            asked: What is asked.
            size: Limits of a part.

        Raises:
            RecordsError: A table cannot be read as a whole, or there are no creators.
            NotFoundError: There is no such path.
        """
        identity = orjson.dumps(_identity(source, model, asked))
        if _content(folder / RUN) != identity or _content(folder / CUT) is None:
            shutil.rmtree(folder, ignore_errors=True)
            made = cut(source, folder / PARTS, size)
            replace_file(folder / CUT, made.to_json())
            replace_file(folder / RUN, identity)
        return cls.load(folder, asked)

    @classmethod
    def load(cls, folder: Path, asked: Asked) -> Run:
        """The run of that folder as it lies there, whatever became of its input; OSError where there is none."""
        return cls(folder, Cut.from_json((folder / CUT).read_bytes()), asked)

    def work(self, model: Model, workers: int, progress: Progress | None = None) -> None:
        """Score what is not finished yet.

        Args:
            model: That of `open`.
            workers: Processes.
            progress: Called with the creators that are done and all of them.
        """
        finished = self._finished()
        left = [number for number in range(len(self.cut.parts)) if number not in finished]
        done = self.done
        for number in _scored(self, model, left, min(workers, len(left))):
            done += self.cut.parts[number].creators
            if progress is not None:
                progress(done, self.cut.creators)

    @property
    def done(self) -> int:
        """Creators of the parts that are finished."""
        return sum(self.cut.parts[number].creators for number in self._finished())

    def score_part(self, bundle: FraudBundle, number: int) -> None:
        """Score one part; its problems are written first, so that a part with scores is whole."""
        from models.reporting import score_with_signals

        problems = Problems(most_alike=None) if self.asked.skip else Problems()
        read = read_part(self.cut, self.folder / PARTS, number, problems, skip=self.asked.skip)
        scores, signals = score_with_signals(bundle, read.tables, explain=self.asked.explain, as_of=self.asked.as_of)
        if self.asked.signals:
            hashes = pl.Series(HASH, [*input_hashes(read.tables).values()], pl.String)
            signals.hstack([hashes]).write_parquet(self._file(number, SIGNALS))
        facts = [asdict(one) for one in problems.in_order()]
        left_out = {table: sorted(names)[:MOST_NAMES] for table, names in read.left_out.items() if names}
        found = {"problems": facts, "total": problems.total, "unreadable": problems.unreadable, "left_out": left_out}
        replace_file(self._file(number, "json"), orjson.dumps(found))
        part = self._file(number, "part")
        scores.hstack([read.lines.alias(LINE)]).write_parquet(part)
        part.replace(self._file(number, "parquet"))

    def problems(self) -> Problems:
        """Everything wrong with the corpus, once all parts are finished."""
        problems = Problems(most_alike=None) if self.asked.skip else Problems()
        for problem in self.each_problem():
            problems.add(problem)
        problems.total += self.uncounted
        problems.unreadable = any(found["unreadable"] for found in self._founds())
        if not problems.total and not self._creators().height:
            problems.add_unreadable(Problem(CREATORS.name, NO_CREATORS))
        return problems

    def each_problem(self) -> Iterator[Problem]:
        """What is wrong part by part, as far as it was kept, and the creators that stand on several lines."""
        whole: set[Problem] = set()
        for found in self._founds():
            for facts in found["problems"]:
                problem = Problem(**{**facts, "ids": tuple(facts["ids"])})
                if problem.row is problem.line is problem.record is None:  # of the table as a whole: told by every part
                    if problem in whole:
                        continue
                    whole.add(problem)
                yield problem
        yield from self._duplicates()

    def left_out(self) -> dict[str, list[str]]:
        """By table, fields of an NDJSON file that the contract does not have, the first in the alphabet."""
        names: dict[str, set[str]] = {}
        for found in self._founds():
            for table, fields in found["left_out"].items():
                names[table] = {*sorted({*fields, *names.get(table, ())})[:MOST_NAMES]}
        return {table: sorted(fields) for table, fields in names.items()}

    @property
    def uncounted(self) -> int:
        """How many further problems there are that were not kept."""
        return sum(found["total"] - len(found["problems"]) for found in self._founds())

    def frames(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The scores, part by part in the order of the input, as `models.reporting.score_frame` gives them.

        Args:
            columns: Only those of these that there are.
        """
        later = self._later_lines()
        for number in range(len(self.cut.parts)):
            file = self._file(number, "parquet")
            there = pl.read_parquet_schema(file)
            wanted = list(there) if columns is None else [LINE, *(name for name in columns if name in there)]
            scores = pl.read_parquet(file, columns=wanted)
            yield scores.filter(_earliest(later)).drop(LINE)

    def with_signals(self) -> Iterator[tuple[int, pl.DataFrame, pl.DataFrame]]:
        """Part by part its number, the scores without reasons, and row by row the signals and the records' hashes.

        Only of a run that was asked to keep them; a creator's later lines are left out, as of `frames`.
        """
        later = self._later_lines()
        for number in range(len(self.cut.parts)):
            file = self._file(number, "parquet")
            columns = [name for name in pl.read_parquet_schema(file) if name != "reasons"]
            scores, signals = pl.read_parquet(file, columns=columns), pl.read_parquet(self._file(number, SIGNALS))
            kept = scores.select(_earliest(later)).to_series()
            yield number, scores.filter(kept).drop(LINE), signals.filter(kept)

    def remove(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _creators(self) -> pl.DataFrame:
        """The creators that have a score, with their lines."""
        files = [self._file(number, "parquet") for number in range(len(self.cut.parts))]
        return pl.concat([pl.read_parquet(file, columns=["creator_id", LINE]) for file in files])

    def _later_lines(self) -> pl.Series:
        """Lines of an NDJSON file whose creator an earlier line has; within a table such rows stand in one part."""
        if not self.cut.by_line:
            return pl.Series(dtype=pl.Int64)
        creators = self._creators()
        return creators.filter(~creators["creator_id"].is_first_distinct())[LINE]

    def _duplicates(self) -> Iterator[Problem]:
        later = self._later_lines()
        ids = dict(self._creators().select(LINE, "creator_id").iter_rows()) if later.len() else {}
        for line in later.to_list():
            yield Problem(CREATORS.name, DUPLICATE, ids=(ids[line],), line=line)

    def _founds(self) -> Iterator[dict[str, Any]]:
        """What `score_part` wrote of each part's problems."""
        for number in range(len(self.cut.parts)):
            yield orjson.loads(self._file(number, "json").read_bytes())

    def _finished(self) -> set[int]:
        return {number for number in range(len(self.cut.parts)) if self._file(number, "parquet").is_file()}

    def _file(self, number: int, ending: str) -> Path:
        return part_folder(self.folder / SCORES, number).with_suffix(f".{ending}")


def _earliest(later: pl.Series) -> pl.Expr:
    """Whether a row's line is none of the later ones of a creator."""
    return ~pl.col(LINE).is_in(later.implode()).fill_null(value=False)


def _identity(source: Path, model: Model, asked: Asked) -> dict[str, object]:
    """What makes a run the same one as before."""
    files = sorted(source.iterdir()) if source.is_dir() else [source] if source.exists() else []
    seen = [(file.name, found.st_size, found.st_mtime_ns) for file in files if (found := file.stat())]
    bundle = model.load()
    return {
        "format": FORMAT,
        "source": str(source.resolve()),
        "files": seen,
        "model": bundle.contract.version,
        "norms": bundle.context.version,
        "profile": asdict(bundle.profile),
        "asked": asdict(asked),
    }


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _scored(run: Run, model: Model, parts: list[int], workers: int) -> Iterator[int]:
    """Score the parts, in this process where one is enough; their numbers as they are finished."""
    (run.folder / SCORES).mkdir(exist_ok=True)
    if workers > 1:
        yield from _scored_by_several(run, model, parts, workers)
    elif parts:
        bundle = model.load()
        for number in parts:
            run.score_part(bundle, number)
            yield number


def _scored_by_several(run: Run, model: Model, parts: list[int], workers: int) -> Iterator[int]:
    given = run.folder, run.cut, run.asked, model, os.getpid()
    with _threads_of_each(workers):
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin, given)
        try:
            for one in as_completed([pool.submit(_score, number) for number in parts]):
                yield one.result()
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _threads_of_each(workers: int) -> Iterator[None]:
    """Processes started meanwhile share the cores instead of each taking them all."""
    threads = str(max(1, cores() // workers))
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, threads))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class _Worker:
    """What a process of the pool works with, from its start on."""

    run: Run
    bundle: FraudBundle


def _begin(folder: Path, cut: Cut, asked: Asked, model: Model, parent: int) -> None:
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _Worker.run, _Worker.bundle = Run(folder, cut, asked), model.load()


def _score(number: int) -> int:
    _Worker.run.score_part(_Worker.bundle, number)
    return number


def _end_with(parent: int) -> None:
    """A process whose parent was killed would wait for work for ever."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
