"""A Bento: built, taken to an environment with nothing but its own locked requirements, and started there."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest

from bench.ports import free_port
from features import records
from models.reporting import reports
from serving.api import examples
from tests.serving.test_process import PATIENCE, wait_until_ready

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serving.champions.loaded import Loaded

REPOSITORY = Path(__file__).resolve().parents[2]
LONGEST = 1_800  # seconds: everything is installed anew
FIRST_START = 600  # seconds: nothing that was installed is compiled yet


def run(*command: str | Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        list(map(str, command)),
        cwd=REPOSITORY,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST,
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-4_000:]
    return done.stdout


@pytest.fixture(scope="module")
def bento(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a Bento that was built as docs/deploying.md says and unpacked as in a container."""
    folder = tmp_path_factory.mktemp("bento")
    folders = loaded.folders
    environment = {
        **os.environ,
        "BENTOML_HOME": str(folder / "bentoml"),
        "BONAFIDE_FRAUD_MODEL": str(folders.fraud),
        "BONAFIDE_FIT_MODEL": str(folders.fit),
    }
    (folder / "bentoml").mkdir()
    tag = run(sys.executable, "-m", "bonafide", "models", "pack", environment=environment).strip()
    again = run(sys.executable, "-m", "bonafide", "models", "pack", environment=environment).strip()
    assert tag == again
    assert loaded.fraud.contract.version in tag
    built = run(sys.executable, "-m", "bentoml", "build", "--output", "tag", environment=environment)
    name = re.search(r"bonafide:[a-z0-9]+", built)
    assert name is not None
    run(sys.executable, "-m", "bentoml", "export", name[0], folder / "exported.bento", environment=environment)
    with tarfile.open(folder / "exported.bento") as archive:
        archive.extractall(folder / "unpacked", filter="data")
    return folder / "unpacked"


@pytest.fixture(scope="module")
def clean(bento: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with what the Bento's own requirements say, and nothing else."""
    place = tmp_path_factory.mktemp("environment") / "venv"
    wanted = bento / "env" / "python" / "requirements.txt"
    uv = shutil.which("uv")
    if uv is not None:
        run(uv, "venv", "--python", sys.executable, place, environment=os.environ)
        run(uv, "pip", "install", "--python", place / "bin" / "python", "-r", wanted, environment=os.environ)
    else:
        run(sys.executable, "-m", "venv", place, environment=os.environ)
        pip = (place / "bin" / "python", "-m", "pip")
        run(*pip, "install", "--quiet", "--no-compile", "--no-deps", "-r", wanted, environment=os.environ)
        run(*pip, "check", environment=os.environ)
    return place


def test_a_bento_answers_from_a_clean_environment_as_the_registrys_model_does(
    bento: Path, clean: Path, loaded: Loaded, tmp_path: Path
) -> None:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("BONAFIDE_", "PYTHON", "BENTOML"))
    }
    environment = kept | {
        "BENTOML_HOME": str(tmp_path),
        "BENTOML_DO_NOT_TRACK": "true",
        "BONAFIDE_HOME": str(tmp_path / "home"),
        "BENTOML_CONFIG_OPTIONS": "services.bonafide.workers=1",
    }
    port, log = free_port(), tmp_path / "log.txt"
    with log.open("wb") as out:
        command = [clean / "bin" / "python", "-m", "bentoml", "serve", bento, "--port", str(port)]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=out, stderr=out)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False) as client:
            wait_until_ready(client, process, log, FIRST_START)
            answer = client.post("/v1/score", json=examples.SCORE).json()
            ranked = client.post("/v1/rank", json=examples.RANK)
        [expected] = reports(loaded.fraud, records.read([examples.CREATOR]))
        assert answer["probability"] == expected.probability
        assert answer["model"]["version"] == loaded.fraud.contract.version
        assert ranked.status_code == 200
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def test_a_bento_holds_the_packages_and_the_models_and_nothing_else(bento: Path, loaded: Loaded) -> None:
    assert {one.name for one in (bento / "src").iterdir()} == {
        "bentofile.yaml",
        *("bonafide", "features", "ledger", "models", "serving", "training"),
    }
    [models] = (bento / "models" / "bonafide").glob("*-*")
    contract = orjson.loads((models / "fraud" / "contract.json").read_bytes())
    assert contract["version"] == loaded.fraud.contract.version
    assert (models / "fit" / "contract.json").is_file()


def test_what_a_bento_installs_is_locked_like_everything_else_and_has_nothing_for_development() -> None:
    pins = {
        lock: dict(
            re.findall(r"^([a-z0-9][\w.-]*)(?:\[[^]]+\])?==(\S+)", (REPOSITORY / lock).read_text(), re.MULTILINE)
        )
        for lock in ("requirements.lock", "requirements.service.lock")
    }
    whole, served = pins["requirements.lock"], pins["requirements.service.lock"]
    assert served.items() <= whole.items()
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[\[>=]", one)[0] for one in project["dependencies"]}
    assert names <= served.keys()
    assert not served.keys() & {"pytest", "mypy", "ruff", "schemathesis", "playwright", "hypothesis"}
    assert "://" not in (REPOSITORY / "requirements.service.lock").read_text()
