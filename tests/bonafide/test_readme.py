"""Every command of the README is run, in its order, in a folder that looks like a fresh checkout."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.ports import free_port
from tests.bonafide.conftest import PATIENCE, House, demonstrated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


README = Path(__file__).resolve().parents[2] / "README.md"
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
READY = {"bonafide serve": "/readyz", "mlflow server": "/health"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A folder of its own: the README trains and promotes."""
    with demonstrated(tmp_path_factory.mktemp("readme")) as house:
        yield house


@pytest.fixture(scope="module")
def ports() -> dict[str, str]:
    """Free ports in place of those that the README names."""
    return {"3000": str(free_port()), "5000": str(free_port())}


@pytest.fixture(scope="module")
def start(house: House) -> Iterator[Callable[[str], None]]:
    """Start a server that is stopped when the README is through."""
    with contextlib.ExitStack() as stack:

        def started(script: str) -> None:
            server = subprocess.Popen(
                ["bash", "-c", f"exec {script}"],
                cwd=house.folder,
                env=dict(house.environment),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            stack.callback(stop, server)
            await_answer(server, script)

        yield started


def stop(server: subprocess.Popen[bytes]) -> None:
    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def await_answer(server: subprocess.Popen[bytes], script: str) -> None:
    path = next(path for command, path in READY.items() if command in script)
    port = re.search(r"--port (\d+)", script)
    assert port is not None
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert server.poll() is None, f"{script} stopped with {server.returncode}"
        if answers(f"http://127.0.0.1:{port[1]}{path}"):
            return
        time.sleep(0.3)
    pytest.fail(f"{script} did not answer within {PATIENCE:.0f} s")


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - a loopback address of this test
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.mark.parametrize("block", BLOCKS, ids=[block.split("\n")[0][:50] for block in BLOCKS])
def test_the_readmes_commands_work(
    block: str, house: House, start: Callable[[str], None], ports: dict[str, str]
) -> None:
    for told, used in ports.items():
        block = block.replace(told, used)
    if block.strip() == "make demo":  # the fixture ran it
        assert house.demo.returncode == 0
    elif block.strip() == "make test":  # this is it; running it here would run it for ever
        assert "-m pytest" in house.shell("make --dry-run test").stdout
    elif any(block.startswith(command) for command in READY):
        start(block.strip())
    else:
        done = house.shell(block)
        assert done.returncode == 0, done.stderr
        for name in re.findall(r"--out (out/\S+)", block):
            assert (house.folder / name).exists()


def test_the_readme_has_commands_and_a_picture() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(BLOCKS) >= 8
    assert BLOCKS[:2] == ["make demo\n", "make test\n"]
    assert re.search(r"!\[[^\]]{20,}\]\(docs/report\.png\)", text)
