"""Processes are started before anything else is loaded, and end with the first."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from models.machine import processes
from tests.models.slowly import NUMBERS, SECONDS

if TYPE_CHECKING:
    from pathlib import Path


def test_what_starts_processes_needs_none_of_their_libraries() -> None:
    code = "import sys; from models.machine import plan, processes; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"features", "numpy", "polars", "pydantic"} & {*done.stdout.split()}


@pytest.mark.skipif(sys.platform != "linux", reason="others begin anew elsewhere")
@pytest.mark.parametrize(
    ("before", "copied"),
    [
        ("", True),
        ("import numpy", False),
        ("threading.Thread(target=time.sleep, args=(60,), daemon=True).start()", False),
    ],
)
def test_processes_are_copies_of_one_that_has_no_thread_and_no_library_that_may_have_some(
    before: str, *, copied: bool
) -> None:
    script = f"""
import threading, time
{before}
import psutil
from models.machine.processes import Processes
if __name__ == "__main__":
    with Processes(2) as processes:
        processes.start()
        first = psutil.Process()
        print(first.cmdline() in [one.cmdline() for one in first.children()])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(copied)


@pytest.mark.parametrize("libraries", [(), ("numpy",)])
@pytest.mark.parametrize("group", [False, True])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whoever_stops_the_first_process_waits_for_no_number_more(
    number: signal.Signals, libraries: tuple[str, ...], *, group: bool
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.models.slowly", *libraries],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    at_it: set[str] = set()
    while len(at_it) < 2:
        at_it.add(line := process.stdout.readline())
        assert line, process.stderr.read()  # type: ignore[union-attr]  # is a pipe
    begun = time.monotonic()
    (os.killpg if group else os.kill)(process.pid, number)
    _, said = process.communicate()  # which all processes have let go of then
    assert process.returncode != 0
    assert time.monotonic() - begun < NUMBERS * SECONDS / 4
    assert said == ""


def test_the_end_does_not_wait_for_a_process_that_was_killed_while_it_took_a_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = object.__new__(processes._Others)
    others.taken = multiprocessing.get_context("spawn").Value("q", 0)
    others.pool = ThreadPoolExecutor(1)  # type: ignore[assignment]  # with nothing to do
    has_it, over = threading.Event(), threading.Event()

    def hold() -> None:  # as one that was killed does: nobody gets it back
        others.taken.get_lock().acquire()
        has_it.set()
        over.wait()

    threading.Thread(target=hold, daemon=True).start()
    assert has_it.wait(300)
    monkeypatch.setattr(processes, "PATIENCE", 0.05)
    ending = threading.Thread(target=others.__exit__, daemon=True)
    ending.start()
    ending.join(300)
    assert not ending.is_alive()
    over.set()
    assert others.taken.get_obj().value == processes.ALL


def test_who_waits_for_a_process_that_was_killed_while_it_took_a_number_is_told() -> None:
    command = [sys.executable, "-m", "tests.models.killed"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    assert (done.stdout, done.stderr) == ("told", "")


def test_only_several_processes_are_given_what_they_share(tmp_path: Path) -> None:
    for workers in (1, 2):
        shared = tmp_path / f"{workers}"
        with processes.Processes(workers) as several:
            done = several.ready(partial(Noted, tmp_path / "noted", 1), shared.mkdir)
            assert [*done([workers])] == [workers]
    assert [shared.exists() for shared in (tmp_path / "1", tmp_path / "2")] == [False, True]


def test_the_process_that_starts_another_works_too_and_the_other_does_not_search_what_stays_for_cycles(
    tmp_path: Path,
) -> None:
    left_out = gc.get_freeze_count()
    with processes.Processes(2) as several:
        done = several.ready(partial(Noted, tmp_path / "noted", 2), (tmp_path / "shared").mkdir)
        assert sorted(done([5, 6])) == [5, 6]
    noted = {
        int(pid): int(count) for pid, count in (file.read_text().split() for file in (tmp_path / "noted").iterdir())
    }
    assert noted.pop(os.getpid()) == left_out
    [others] = noted.values()
    assert others > 10_000


class Noted:
    """Writes down which process it is and how many objects are left out of a search for cycles.

    Returns once as many numbers are being done `together`, so that each of them is another process's.
    """

    def __init__(self, folder: Path, together: int) -> None:
        self.folder = folder
        self.together = together
        folder.mkdir(exist_ok=True)

    def __call__(self, number: int) -> None:
        (self.folder / f"{number}.txt").write_text(f"{os.getpid()} {gc.get_freeze_count()}")
        begun = time.monotonic()
        while len([*self.folder.iterdir()]) < self.together:
            assert time.monotonic() - begun < 300, "the other process does nothing"
            time.sleep(0.01)
