"""A corpus on which something is done part by part; what is finished stays through a kill."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from features.disk import flush_all
from features.errors import Problem
from features.records.check import DUPLICATE
from features.records.contract import CREATORS
from features.records.parts import part_folder, read_part
from features.records.problems import Problems
from features.records.read import NO_CREATORS
from models.bulk.beginning import PARTS, remove
from models.machine.garbage import uncollected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from features.records.parts import Cut
    from models.bulk.task import Do
    from models.machine.processes import Done

    Progress = Callable[[int, int], None]

MAKING, DONE = "making", "done"
PART = "part"
"""Name of the files with what was made of a part, before their endings."""
LINE = "#line"
MOST_NAMES = 20
"""Of fields that a table has too many."""


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
        if problems.unreadable or (problems.total and not self.skip):
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
        """Whether nothing was done with a finished part: it cannot be read, or is wrong and nothing is left out."""
        found = self._found(number)
        return bool(found["unreadable"] or (found["total"] and not self.skip))

    def problems(self) -> Problems:
        """Everything wrong with the corpus, once all parts are finished."""
        problems = self._no_problems()
        for problem in self.each_problem():
            problems.add(problem)
        problems.total += self.uncounted
        problems.unreadable = any(found["unreadable"] for found in self._founds())
        if not problems.total and not any(map(self._height, range(len(self.cut.parts)))):
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
        remove(self.folder)

    def later_lines(self) -> pl.Series:
        """Lines of an NDJSON file whose creator an earlier line has; within a table such rows stand in one part."""
        return self._later()[LINE]

    def _later(self) -> pl.DataFrame:
        if not self.cut.by_line:
            return pl.DataFrame(schema={"creator_id": pl.String, LINE: pl.Int64})
        creators = self.creators()
        return creators.filter(~creators["creator_id"].is_first_distinct())

    def _no_problems(self) -> Problems:
        return Problems(most_alike=None) if self.skip else Problems()

    def _duplicates(self) -> Iterator[Problem]:
        for creator_id, line in self._later().iter_rows():
            yield Problem(CREATORS.name, DUPLICATE, ids=(creator_id,), line=line)

    def _founds(self) -> Iterator[dict[str, Any]]:
        """What `do_part` wrote of each part's problems."""
        return map(self._found, range(len(self.cut.parts)))

    def _found(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.file(number, "json").read_bytes())
        return found

    def _height(self, number: int) -> int:
        """Creators of a finished part that were not refused."""
        return pl.read_parquet(self.file(number, "parquet"), columns=[LINE], glob=False).height

    def _finished(self) -> set[int]:
        return {number for number in range(len(self.cut.parts)) if self.file(number, "parquet").is_file()}
