"""One small demo, run as the README says it, that every test of the command line looks at."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from bonafide import cli

REPOSITORY = Path(__file__).resolve().parents[2]
CREATORS = "400"
PATIENCE = 1_200  # seconds, on a busy machine


@dataclass(frozen=True)
class House:
    """A folder that looks like a checkout, with the demo's output in it."""

    folder: Path
    environment: Mapping[str, str]
    demo: subprocess.CompletedProcess[str]

    def shell(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a block of shell commands in the folder, stopping at the first that fails."""
        return run(["bash", "-euo", "pipefail", "-c", script], self.folder, self.environment)

    @property
    def home(self) -> Path:
        """What the commands wrote."""
        return self.folder / ".bonafide"


def run(command: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=dict(environment), capture_output=True, text=True, check=False, timeout=PATIENCE
    )


def _environment(folder: Path) -> dict[str, str]:
    """The caller's environment without settings of its own; commands are found in the folder's `.venv`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BONAFIDE_", "MLFLOW_", "MAKE"))}
    return kept | {
        "PATH": f"{folder / '.venv' / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY),
        "BONAFIDE_DEMO_CREATORS": CREATORS,
    }


@dataclass(frozen=True)
class Done:
    """How a command ended: exit code and what it said."""

    returncode: int | str | None
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run_in(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `bonafide` in this process, in a folder and with a home: a process of its own takes seconds to start."""

    def run(folder: Path, home: Path, *arguments: str) -> Done:
        monkeypatch.chdir(folder)
        monkeypatch.setenv("BONAFIDE_HOME", str(home))
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        monkeypatch.setattr(sys, "argv", ["bonafide", *arguments])
        monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            with pytest.raises(SystemExit) as ended:
                cli.main()
        told = capsys.readouterr()
        return Done(ended.value.code, told.out, told.err)

    return run


@pytest.fixture
def bonafide(run_in: Run, tmp_path: Path) -> Run:
    """Run a command in an empty folder, where nothing was ever trained."""
    return partial(run_in, tmp_path, tmp_path / "home")


@pytest.fixture
def trained(run_in: Run, house: House) -> Run:
    """Run a command where the demo was run."""
    return partial(run_in, house.folder, house.home)


@contextmanager
def demonstrated(folder: Path) -> Iterator[House]:
    """The folder, after `make demo` on few creators."""
    for name in ("Makefile", "README.md", "pyproject.toml", "requirements.lock"):
        shutil.copy(REPOSITORY / name, folder)
    shutil.copytree(REPOSITORY / "mlflow", folder / "mlflow")
    commands = folder / ".venv" / "bin"
    commands.mkdir(parents=True)
    for command in ("bonafide", "mlflow", "python"):
        (commands / command).symlink_to(Path(sys.executable).parent / command)
    (folder / ".venv" / ".installed").touch()
    environment = _environment(folder)
    done = run(["make", "demo"], folder, environment)
    assert done.returncode == 0, done.stderr
    yield House(folder, environment, done)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """What the demo leaves, for tests that put no other model into service and write elsewhere."""
    with demonstrated(tmp_path_factory.mktemp("checkout")) as house:
        yield house
