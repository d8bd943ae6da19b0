"""Where jobs lie: what a crash, another version or another process left there does not stop the others."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from features.errors import NotFoundError
from models.settings import Settings
from serving.jobs import erasing, keeper, room, runner
from serving.jobs.job import Asked, Job, Stored
from serving.jobs.keeper import Keeper
from serving.jobs.room import ABANDONED, ARRIVING, FACTS, LEAVING, Room, records_file
from serving.jobs.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = datetime(2025, 6, 1, 12, tzinfo=UTC)


def arrived(jobs: Room) -> tuple[Path, Stored]:
    """A job that has arrived and was not accepted yet."""
    place = jobs.arrive()
    records_file(place, "ndjson").write_bytes(b"{}")
    return place, Stored(job=Job(id=place.name, state="queued", asked=Asked(), kind="ndjson", bytes=2, accepted_at=AT))


def accepted(jobs: Room) -> str:
    place, stored = arrived(jobs)
    jobs.accept(place, stored)
    return stored.job.id


@pytest.mark.parametrize(
    "content", ["", "\0" * 80, '{"of": "a later version"}'], ids=["empty", "zeros", "of a later version"]
)
def test_a_job_that_cannot_be_read_stops_no_other(content: str, tmp_path: Path) -> None:
    jobs = Room(tmp_path / "jobs")
    damaged, sound = accepted(jobs), accepted(jobs)
    (jobs.place(damaged) / FACTS).write_text(content)
    with pytest.raises(NotFoundError):
        jobs.get(damaged)
    assert [one.job.id for one in jobs.all()] == [sound]
    assert jobs.states()["queued"] == 1
    jobs.tidy(AT)
    assert (jobs.place(damaged) / FACTS).read_text() == content


def test_the_last_job_of_a_name_is_the_newest_that_was_done_and_none_of_another_name(tmp_path: Path) -> None:
    jobs = Room(tmp_path / "jobs")

    def job(name: str | None, state: str, hour: int) -> Job:
        place, stored = arrived(jobs)
        changes = {"asked": Asked(name=name), "state": state, "accepted_at": AT + timedelta(hours=hour)}
        made = stored.job.model_copy(update=changes)
        jobs.accept(place, Stored(job=made))
        return made

    others = (
        ("weekly", "done", 1),
        ("weekly", "done", 3),
        ("weekly", "failed", 4),
        ("daily", "done", 5),
        (None, "done", 6),
    )
    of_hour = {hour: job(name, state, hour) for name, state, hour in others}
    assert jobs.last(job("weekly", "running", 7)) == of_hour[3]
    assert jobs.last(job("monthly", "running", 8)) is None
    assert jobs.last(job(None, "running", 9)) is None


def test_nobody_else_may_enter_the_folder(tmp_path: Path) -> None:
    jobs = Room(tmp_path / "home" / "jobs")
    accepted(jobs)
    assert jobs.folder.stat().st_mode & 0o777 == 0o700


def test_a_job_that_has_arrived_while_jobs_are_tidied_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Room(tmp_path / "jobs")
    place, stored = arrived(jobs)
    glob = Path.glob

    def listed_before(folder: Path, pattern: str) -> Iterator[Path]:
        found = [*glob(folder, pattern)]
        if folder.name == ARRIVING:
            jobs.accept(place, stored)
        return iter(found)

    monkeypatch.setattr(Path, "glob", listed_before)
    jobs.tidy(AT)
    assert jobs.get(stored.job.id) == stored


@pytest.mark.parametrize("becomes", ["running", "done"])
def test_a_job_that_was_begun_while_a_creator_was_taken_out_of_it_is_named(
    becomes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Room(tmp_path / "jobs")
    job_id = accepted(jobs)
    records_file(jobs.place(job_id), "ndjson").write_bytes(b'{"creator_id": "ana"}\n')
    blank = erasing._blank

    def begun(file: Path, creator: str) -> int:
        found = blank(file, creator)
        stored = jobs.get(job_id)
        jobs.put(stored.model_copy(update={"job": stored.job.model_copy(update={"state": becomes})}))
        return found

    monkeypatch.setattr(erasing, "_blank", begun)
    assert erasing.blank(jobs, "ana") == (1, [job_id] if becomes == "running" else [])


@pytest.mark.parametrize(
    ("named", "erased"),
    [
        (b"123", True),
        (b'"123"', True),
        (b'"1\\u00323"', True),
        (b"123.0", True),
        (b"12.3e1", True),
        (b'"123.0"', False),
        (b'" 123"', False),
        (b"1234", False),
        (b"12.3", False),
        (b"null", False),
        (b'["123"]', False),
        (b'"123", cut short', True),
    ],
)
def test_a_creator_is_taken_out_however_the_id_is_written(named: bytes, erased: bool, tmp_path: Path) -> None:
    jobs = Room(tmp_path / "jobs")
    records = records_file(jobs.place(accepted(jobs)), "ndjson")
    line = b'{"creator_id": ' + named + b', "platform": "x", "posts": [{"post_id": "123"}]}\n'
    records.write_bytes(line + b'{"creator_id": "other", "bio": "123"}\n')
    assert erasing.blank(jobs, "123") == (int(erased), [])
    assert records.read_bytes().startswith(b" " * (len(line) - 1) if erased else line)


def test_a_job_that_ends_while_a_creator_is_looked_for_in_it_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Room(tmp_path / "jobs")
    job_id = accepted(jobs)
    blank = erasing._blank

    def ended(file: Path, creator: str) -> int:
        jobs.remove(job_id)
        return blank(file, creator)

    monkeypatch.setattr(erasing, "_blank", ended)
    assert erasing.blank(jobs, "ana") == (0, [])


def test_a_job_that_is_removed_while_jobs_are_tidied_keeps_no_other_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, scandir = Room(tmp_path / "jobs"), os.scandir
    ids = [accepted(jobs) for _ in range(2)]
    for job_id in ids:
        stored = jobs.get(job_id)
        jobs.put(stored.model_copy(update={"job": stored.job.model_copy(update={"state": "done", "finished_at": AT})}))
    removed: list[str] = []

    def removed_before(path: Path) -> Iterator[os.DirEntry[str]]:
        if not removed and path.parent == jobs.folder and path.name in ids:
            removed.append(path.name)
            jobs.remove(path.name)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", removed_before)
    jobs.tidy(AT)
    [kept] = set(ids) - set(removed)
    assert jobs.ids() == [kept]
    assert not records_file(jobs.place(kept), "ndjson").exists()


def test_whoever_looks_whether_a_runner_works_keeps_none_from_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / runner.LOCK).open("wb") as own, (tmp_path / runner.LOCK).open("rb") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        looked = SimpleNamespace(sleep=lambda _seconds: fcntl.flock(looking, fcntl.LOCK_UN))
        monkeypatch.setattr(runner, "time", looked)
        assert runner._alone(own)
        with (tmp_path / runner.LOCK).open("wb") as second:
            assert not runner._alone(second)
        assert runner.running(tmp_path)
    assert not runner.running(tmp_path)


def test_what_a_killed_process_left_is_removed_and_what_still_arrives_is_not(tmp_path: Path) -> None:
    jobs = Room(tmp_path / "jobs")
    kept, (arriving, _), (abandoned, _) = accepted(jobs), arrived(jobs), arrived(jobs)
    leaving, nameless = jobs.folder / LEAVING / "gone", jobs.place("0" * 32)
    for folder in (leaving, nameless):
        folder.mkdir(parents=True)
    long_ago = time.time() - ABANDONED - 60
    for one in (*abandoned.iterdir(), abandoned):
        os.utime(one, (long_ago, long_ago))
    jobs.tidy(AT)
    assert [one.exists() for one in (arriving, abandoned, leaving, nameless)] == [True, False, False, False]
    assert jobs.ids() == [kept]


def test_a_job_does_not_suffer_from_what_cannot_be_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Room(tmp_path / "jobs")

    def failing(_before: datetime) -> NoReturn:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(jobs, "tidy", failing)
    Runner(jobs, Settings(home=tmp_path)).tidy()


def test_a_job_and_the_names_above_it_are_on_the_disk_before_it_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Room(tmp_path / "jobs")
    place, stored = arrived(jobs)
    flushed: list[Path] = []
    monkeypatch.setattr(room, "flush", flushed.append)
    jobs.accept(place, stored)
    content = {records_file(place, "ndjson"), place / FACTS, place}
    assert content <= set(flushed[:-2])
    assert flushed[-2:] == [jobs.folder, tmp_path]


def test_looking_after_jobs_goes_on_after_an_error_that_nobody_foresaw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    class Failing(Keeper):
        def look(self) -> None:
            looks.append(len(looks))
            if len(looks) < 3:
                raise RuntimeError("secret")
            self._stop.set()

    monkeypatch.setattr(keeper, "PAUSE", 0.0)
    monkeypatch.setattr(keeper.metrics, "jobs", lambda _states: None)
    looking: Any = Failing(tmp_path)
    looking._run()
    assert looks == [0, 1, 2]
