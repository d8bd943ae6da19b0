"""Services as a benchmark runs them: each a process of its own on a free port, waited for, and stopped at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).resolve().parent
BONAFIDE = (
    sys.executable,
    "-c",
    "import sys; from serving.launch import serve; serve('127.0.0.1', int(sys.argv[1]), int(sys.argv[2]))",
)
"""`bonafide serve` with the port and the workers behind it."""
PAGE = os.sysconf("SC_PAGE_SIZE")
STOPPED_WITHIN = 30.0


@dataclass(frozen=True)
class Service:
    """A service that is ready."""

    address: str
    process: subprocess.Popen[bytes]


@contextmanager
def running(
    command: Sequence[str], workers: int, environment: Mapping[str, str], log: Path, ready: str = "/readyz"
) -> Iterator[Service]:
    """Start a service, wait for it, and stop it afterwards.

    Args:
        command: What starts it; port and workers are appended.
        workers: Processes that answer.
        environment: Variables beside those of this process.
        log: Where its output goes.
        ready: Path that answers 200 once it is ready.
    """
    port = free_port()
    paths = os.pathsep.join([str(HERE), str(HERE.parent)])
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, str(port), str(workers)],
            env=os.environ | {"PYTHONPATH": paths} | environment,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}{ready}", process, log)
        yield Service(address, process)
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a service and all that it started; what is left of it then, by force.

    By SIGTERM, since whoever is started in the background of a shell ignores SIGINT.
    """
    with suppress(ProcessLookupError):  # it has ended by itself: its log says why
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOPPED_WITHIN)
    with suppress(ProcessLookupError):  # MLflow leaves its workers behind
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def of_bonafide(scratch: Path, model: Path) -> dict[str, str]:
    """The variables of a service of Bonafide that keeps to `scratch` and serves the fraud bundle of a folder."""
    return {"BONAFIDE_HOME": str(scratch / "home"), "BONAFIDE_FRAUD_MODEL": str(model.resolve())}


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    with httpx.Client(trust_env=False) as client:
        while True:
            assert process.poll() is None, log.read_text()[-3_000:]
            try:
                if client.get(address).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [one for child in children.read_text().split() for one in family(int(child))]
        except OSError:
            continue
    return found


def memory(pids: Sequence[int]) -> int:
    """Resident bytes of processes, as far as they are still there."""
    total = 0
    for pid in pids:
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        except (OSError, IndexError):
            continue
    return total


def command_of(pid: int) -> str:
    """The command line of a process; empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
