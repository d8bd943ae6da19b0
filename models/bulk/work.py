"""A corpus on which something is done part by part; what is finished stays through a kill."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol

import orjson
import polars as pl

from features.disk import flush, flush_all, put_file
from features.errors import Problem
from features.records.check import DUPLICATE
from features.records.contract import CREATORS
from features.records.cutting import cut
from features.records.parts import Cut, Read, part_folder, read_part
from features.records.problems import Problems
from features.records.read import NO_CREATORS
from models.garbage import uncollected
from models.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from features.records.sizes import Size
    from models.processes import Done

    Progress = Callable[[int, int], None]
    Do = Callable[[Read, Path], pl.DataFrame]
    """Does it with a part's records and gives a row a creator, with `creator_id`; more goes to files at that path with
    endings of their own."""

FORMAT = 6
"""Of the folder; another one is begun anew."""
WORK, CUT, PARTS, MAKING, DONE, SHARED = "work.json", "cut.json", "parts", "making", "done", "shared"
PART = "part"
"""Name of the files with what was made of a part, before their endings."""
LINE = "#line"
MOST_NAMES = 20
"""Of fields that a table has too many."""


class Task(Protocol):
    """What is done with each part; it is sent to the processes that do it."""

    @property
    def skip(self) -> bool:
        """Whether rows that are refused are left out."""

    def identity(self) -> Mapping[str, object]:
        """What makes it the same task as before."""

    def share(self, folder: Path) -> None:
        """Write to that folder what several processes use together, and each would make for itself else."""

    def prepare(self, shared: Path) -> Do:
        """Load the models; `shared` is the folder of `share`, where nothing may be yet."""


@dataclass(frozen=True)
class Ready:
    """Processes that got ready for a task.

    Attributes:
        done: Does it with parts, each by its number.
        making: Where they put what they make, until the first process puts it in its place: a folder of this command's
            own. A process whose first one was killed goes on for a moment, and nothing of it gets into a later command.
    """

    done: Done
    making: Path


class Work:
    """A corpus that is being worked on in a folder of its own.

    Attributes:
        folder: Holds what is finished.
        cut: How the corpus was cut.
        skip: Whether rows that are refused are left out.
        resumed: Parts that were finished when it was opened.
    """

    def __init__(self, folder: Path, cut: Cut, *, skip: bool) -> None:
        self.folder = folder
        self.cut = cut
        self.skip = skip
        self.resumed = len(self._finished())

    def do(self, task: Task, workers: int, progress: Progress | None = None) -> None:
        """Do what is not finished yet.

        Args:
            task: That of `begin`.
            workers: Processes.
            progress: Called with the creators that are done and all of them.
        """
        with getting_ready(self.folder, task, workers) as ready:
            for _ in self.doing(ready, progress):
                pass

    def doing(self, ready: Ready, progress: Progress | None = None) -> Iterator[int]:
        """Do what is not finished yet; the parts in their order, each once it and all before it are finished.

        Args:
            ready: That of `getting_ready` for this work's folder and task.
            progress: Called with the creators that are done and all of them.
        """
        for rest in self.folder.glob(f"{MAKING}-*"):  # of a command that was killed
            shutil.rmtree(rest, ignore_errors=True)
        for folder in (self.folder / DONE, ready.making):
            folder.mkdir(exist_ok=True)
        finished, creators, following = self._finished(), self.done, 0
        left = [number for number in range(len(self.cut.parts)) if number not in finished]
        for number in ready.done(left):
            part_folder(ready.making, number).rename(part_folder(self.folder / DONE, number))
            finished.add(number)
            creators += self.cut.parts[number].creators
            if progress is not None:
                progress(creators, self.cut.creators)
            while following in finished:
                yield following
                following += 1
        yield from range(following, len(self.cut.parts))

    @property
    def done(self) -> int:
        """Creators of the parts that are finished."""
        return sum(self.cut.parts[number].creators for number in self._finished())

    def do_part(self, number: int, do: Do, making: Path) -> None:
        """Do it with one part, unless that is refused; what came of it is on the disk, in its folder in `making`."""
        problems = self._no_problems()
        folder = part_folder(making, number)
        folder.mkdir()
        place = folder / PART
        read = read_part(self.cut, self.folder / PARTS, number, problems, skip=self.skip)
        if problems.total and not self.skip:
            frame = read.tables.creators.select("creator_id")
        else:
            with uncollected():
                frame = do(read, place)
        facts = [asdict(one) for one in problems.in_order()]
        left_out = {table: sorted(names)[:MOST_NAMES] for table, names in read.left_out.items() if names}
        found = {"problems": facts, "total": problems.total, "unreadable": problems.unreadable, "left_out": left_out}
        place.with_suffix(".json").write_bytes(orjson.dumps(found))
        frame.hstack([read.lines.alias(LINE)]).write_parquet(place.with_suffix(".parquet"))
        flush_all((*folder.iterdir(), folder))

    def is_refused(self, number: int) -> bool:
        """Whether nothing was done with a finished part, since something is wrong with it and nothing is left out."""
        return not self.skip and bool(self._found(number)["total"])

    def problems(self) -> Problems:
        """Everything wrong with the corpus, once all parts are finished."""
        problems = self._no_problems()
        for problem in self.each_problem():
            problems.add(problem)
        problems.total += self.uncounted
        problems.unreadable = any(found["unreadable"] for found in self._founds())
        if not problems.total and not self.creators().height:
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

    def creators(self) -> pl.DataFrame:
        """The creators of the finished parts in their order: `creator_id`, and their lines as `LINE`."""
        files = [self.file(number, "parquet") for number in range(len(self.cut.parts))]
        return pl.concat([pl.read_parquet(file, columns=["creator_id", LINE], glob=False) for file in files])

    def file(self, number: int, ending: str) -> Path:
        """Where what was made of a finished part lies."""
        return part_folder(self.folder / DONE, number) / f"{PART}.{ending}"

    def remove(self) -> None:
        """Take the folder away."""
        _remove(self.folder)

    def later_lines(self) -> pl.Series:
        """Lines of an NDJSON file whose creator an earlier line has; within a table such rows stand in one part."""
        if not self.cut.by_line:
            return pl.Series(dtype=pl.Int64)
        creators = self.creators()
        return creators.filter(~creators["creator_id"].is_first_distinct())[LINE]

    def _no_problems(self) -> Problems:
        return Problems(most_alike=None) if self.skip else Problems()

    def _duplicates(self) -> Iterator[Problem]:
        later = self.later_lines()
        ids = dict(self.creators().select(LINE, "creator_id").iter_rows()) if later.len() else {}
        for line in later.to_list():
            yield Problem(CREATORS.name, DUPLICATE, ids=(ids[line],), line=line)

    def _founds(self) -> Iterator[dict[str, Any]]:
        """What `do_part` wrote of each part's problems."""
        return map(self._found, range(len(self.cut.parts)))

    def _found(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.file(number, "json").read_bytes())
        return found

    def _finished(self) -> set[int]:
        return {number for number in range(len(self.cut.parts)) if self.file(number, "parquet").is_file()}


def begin(folder: Path, source: Path, task: Task, size: Size) -> Cut:
    """How the corpus is cut: as it was where that folder's work is the same, else anew, with nothing finished.

    Args:
        folder: Of the work; it is begun anew where its input or task was another.
        source: A folder of tables or an NDJSON file.
        task: What is done with it.
        size: Limits of a part.

    Raises:
        RecordsError: A table cannot be read as a whole, or there are no creators.
        NotFoundError: There is no such path.
    """
    identity = orjson.dumps({"format": FORMAT, **_seen(source), "task": task.identity()})
    if _content(folder / WORK) != identity or _content(folder / CUT) is None:
        _remove(folder)
        made = cut(source, folder / PARTS, size)
        flush_all((folder / PARTS).rglob("*"))
        put_file(folder / CUT, made.to_json())
        put_file(folder / WORK, identity)
    return cut_in(folder)


def _remove(folder: Path) -> None:
    """Take a folder of work away; first what says that it is one, since a kill may leave the rest of it."""
    with suppress(OSError):
        (folder / WORK).unlink()
        flush(folder)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def getting_ready(folder: Path, task: Task, workers: int) -> Iterator[Ready]:
    """Processes that load the task's models, also while the corpus is still being cut, for `Work.doing` of that folder.

    Args:
        folder: Of the work.
        task: That of `begin`.
        workers: Processes.
    """
    with Processes(workers) as processes:
        yield ready(folder, task, processes)


def ready(folder: Path, task: Task, processes: Processes) -> Ready:
    """`getting_ready` by processes that may have been started already."""
    shared, making = shared_in_home() or folder / SHARED, folder / f"{MAKING}-{secrets.token_hex(8)}"
    done = processes.ready(partial(_Parts, folder, making, task, shared), partial(task.share, shared))
    return Ready(done, making)


def shared_in_home() -> Path | None:
    """Where what processes share is kept for later commands; None without a home that can be written to."""
    from models.settings import get_settings  # only who begins the work needs them

    home = get_settings().home.resolve()
    return home / SHARED if home.is_dir() and os.access(home, os.W_OK) else None


def cut_in(folder: Path) -> Cut:
    """How the work in that folder is cut, whatever became of its input; OSError where there is none."""
    return Cut.from_json((folder / CUT).read_bytes())


def _seen(source: Path) -> dict[str, object]:
    """The input as far as its files tell without being read."""
    files = sorted(source.iterdir()) if source.is_dir() else [source] if source.exists() else []
    seen = [(file.name, found.st_size, found.st_mtime_ns) for file in files if (found := file.stat())]
    return {"source": str(source.resolve()), "files": seen}


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


class _Parts:
    """What a process does with parts, each by its number: the models are there before the corpus is cut."""

    def __init__(self, folder: Path, making: Path, task: Task, shared: Path) -> None:
        self._folder, self._making, self._skip = folder, making, task.skip
        self._do = task.prepare(shared)

    def __call__(self, number: int) -> None:
        self._work.do_part(number, self._do, self._making)

    @cached_property
    def _work(self) -> Work:
        return Work(self._folder, cut_in(self._folder), skip=self._skip)
