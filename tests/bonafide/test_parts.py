"""Commands on a corpus that is larger than the memory they may take: parts give what the whole gives."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import polars as pl
import pytest

from bonafide import parts
from bonafide.parts import LARGE, folder_beside, is_large
from features import records
from features.errors import UsageError
from models.index import read_manifest
from models.machine.plan import MOST_CREATORS
from training.fit import fit_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bonafide.conftest import Run
    from training.fraud_model.fitting import FittedFraud
    from training.simulate import Simulation

IN_PARTS = ("--memory", "430MB", "--workers", "1")


@pytest.fixture(scope="module")
def corpus(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More rows than the smallest part holds."""
    folder = tmp_path_factory.mktemp("corpus") / "in"
    records.write(simulation.tables.select(simulation.tables.creators["creator_id"].head(50).to_list()), folder)
    return folder


@pytest.fixture(scope="module")
def fit(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fit model's folder."""
    return fit_bundle(simulation.tables, tmp_path_factory.mktemp("fit") / "bundle").bundle.folder


@pytest.fixture
def models(fit: Path, fitted_fraud: FittedFraud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both models in service."""
    monkeypatch.setenv("BONAFIDE_FRAUD_MODEL", str(fitted_fraud.bundle.folder))
    monkeypatch.setenv("BONAFIDE_FIT_MODEL", str(fit))


def bare(folder: Path, creators: int) -> Path:
    """So many creators of whom nothing is known."""
    folder.mkdir()
    names = [f"c{number}" for number in range(creators)]
    pl.DataFrame({"creator_id": names, "platform": "instagram"}).write_parquet(folder / "creators.parquet")
    return folder


def test_processes_for_a_large_corpus_are_started_before_any_library_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "posts.parquet").write_bytes(b"x" * (LARGE + 1))
    earlier = tmp_path / "scores.parquet"
    earlier.touch()
    script = f"""
import sys
from bonafide import cli
from models.machine.processes import WITH_THREADS, Processes

def start(self):
    print(WITH_THREADS & sys.modules.keys())
    raise SystemExit

Processes.start = start
sys.argv = [*"bonafide score --memory 2GB --workers 2 --out".split(), {str(earlier)!r}, {str(tmp_path / "in")!r}]
cli.main()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_corpus_is_large_by_its_bytes_of_parquet(tmp_path: Path) -> None:
    folder, lines = bare(tmp_path / "in", 1), tmp_path / "lines.ndjson"
    (folder / "gone.parquet").symlink_to(tmp_path / "gone")
    (folder / "notes.txt").write_bytes(bytes(LARGE + 1))
    lines.write_bytes(bytes(LARGE + 1))
    assert not any(map(is_large, (folder, lines, tmp_path / "nowhere")))
    (folder / "comments.parquet").write_bytes(bytes(LARGE))
    assert is_large(folder)


@pytest.mark.parametrize("creators", [MOST_CREATORS, MOST_CREATORS + 1])
@pytest.mark.usefixtures("models")
def test_processes_that_were_started_before_the_model_was_known_give_what_one_gives(
    creators: int, run_in: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bonafide.parts.LARGE", 0)
    source = str(bare(tmp_path / "in", creators))
    for workers in ("1", "2"):
        command = ("score", source, "--out", f"{workers}.parquet", "--memory", "2GB", "--workers", workers)
        done = run_in(tmp_path, tmp_path / "home", *command)
        assert done.returncode == 0, done.stderr
        assert ("Cutting" in done.stderr) == (creators > MOST_CREATORS)
    assert pl.read_parquet(tmp_path / "2.parquet").equals(pl.read_parquet(tmp_path / "1.parquet"))


@pytest.mark.usefixtures("models")
def test_a_wrong_model_is_told_by_a_command_that_has_started_processes(
    run_in: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bonafide.parts.LARGE", 0)
    source = str(bare(tmp_path / "in", MOST_CREATORS + 1))
    done = run_in(tmp_path, tmp_path / "home", "score", source, "--out", "out.csv", "--model", "nowhere")
    assert done.returncode == 1
    assert "nowhere" in done.stderr


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("creators", [3, MOST_CREATORS + 1])
def test_a_folder_without_a_context_is_told_as_that(creators: int, run_in: Run, tmp_path: Path) -> None:
    source = str(bare(tmp_path / "in", creators))
    done = run_in(tmp_path, tmp_path / "home", "score", source, "--out", "out.csv", "--context", source)
    assert done.returncode == 1, done.stderr
    assert "there is no context in it; build a context" in done.stderr


def test_scores_in_parts_are_those_of_the_whole_by_the_profile_of_the_settings(
    run_in: Run, fitted_fraud: FittedFraud, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BONAFIDE_PROFILE", "strict")
    command = ("score", str(corpus), "--model", str(fitted_fraud.bundle.folder))
    assert run_in(tmp_path, tmp_path / "home", *command, "--out", "once.parquet").returncode == 0
    done = run_in(tmp_path, tmp_path / "home", *command, "--out", "parts.parquet", *IN_PARTS)
    assert done.returncode == 0, done.stderr
    assert "Cutting" in done.stderr
    assert pl.read_parquet(tmp_path / "parts.parquet").equals(pl.read_parquet(tmp_path / "once.parquet"))
    assert not list(tmp_path.glob(".*"))


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("command", [("score", "--out", "out.parquet"), ("index", "build", "--out", "out.parquet")])
def test_two_commands_do_not_work_on_one_output_at_once(
    command: tuple[str, ...], run_in: Run, corpus: Path, tmp_path: Path
) -> None:
    """Each would take the other's parts for its own, by whatever model they were scored."""
    *words, option, out = command
    whole = [*words, str(corpus), option, out, *IN_PARTS]
    with folder_beside(tmp_path / out) as work:
        refused = run_in(tmp_path, tmp_path / "home", *whole)
        assert (refused.returncode, work.exists()) == (2, False)
        assert "another command" in refused.stderr
    assert run_in(tmp_path, tmp_path / "home", *whole).returncode == 0
    assert not list(tmp_path.glob(".*"))


def test_a_lock_that_was_removed_before_it_was_taken_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that had it has ended, and a third one has begun."""
    flock = parts.fcntl.flock

    def locked(handle: int, how: int) -> None:
        monkeypatch.undo()
        (tmp_path / ".out.csv.lock").unlink()
        third.enter_context(folder_beside(tmp_path / "out.csv"))
        flock(handle, how)

    with ExitStack() as third:
        monkeypatch.setattr(parts.fcntl, "flock", locked)
        with pytest.raises(UsageError, match="another command"), folder_beside(tmp_path / "out.csv"):
            pass


@pytest.mark.usefixtures("models")
def test_a_part_of_which_all_is_refused_is_told_or_left_out(run_in: Run, corpus: Path, tmp_path: Path) -> None:
    tables = records.read(corpus)
    records.write(tables, tmp_path / "in")
    wrong = tables.creators.with_row_index("n").with_columns(
        followers=pl.when(pl.col("n") < 40).then(-1).otherwise("followers")
    )
    wrong.drop("n").write_parquet(tmp_path / "in" / "creators.parquet")
    command = ("score", "in", "--explain", "--out", "scores.parquet", *IN_PARTS)
    refused = run_in(tmp_path, tmp_path / "home", *command)
    assert refused.returncode == 1
    assert "followers" in refused.stderr
    assert {one.name for one in tmp_path.iterdir()} <= {"in", "home"}
    skipped = run_in(tmp_path, tmp_path / "home", *command, "--on-error", "skip")
    assert skipped.returncode == 0, skipped.stderr
    kept = pl.read_parquet(tmp_path / "scores.parquet")
    assert kept["creator_id"].to_list() == tables.creators["creator_id"][40:].to_list()


@pytest.mark.usefixtures("models")
def test_an_index_is_built_in_parts_and_goes_on_where_it_was_stopped(
    run_in: Run, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("index", "build", str(corpus), "--out")
    assert run_in(tmp_path, tmp_path / "home", *command, "once").returncode == 0
    with monkeypatch.context() as broken:
        broken.setattr("models.index.building.write_manifest", lambda *_: 1 / 0)
        assert run_in(tmp_path, tmp_path / "home", *command, "parts", *IN_PARTS).returncode == 3
    assert not (tmp_path / "parts" / "index.json").exists()
    done = run_in(tmp_path, tmp_path / "home", *command, "parts", *IN_PARTS)
    assert done.returncode == 0, done.stderr
    told = re.search(r"Going on where it was stopped: (\d+) of (\d+) parts are done", done.stderr)
    assert told is not None
    assert int(told[1]) == int(told[2]) > 1
    assert read_manifest(tmp_path / "parts").version == read_manifest(tmp_path / "once").version
    assert not list(tmp_path.glob(".*.work"))


@pytest.mark.usefixtures("models")
def test_wrong_rows_of_a_large_corpus_are_told_and_nothing_is_built(run_in: Run, corpus: Path, tmp_path: Path) -> None:
    source = tmp_path / "in"
    tables = records.read(corpus)
    records.write(tables, source)
    tables.posts.with_columns(likes=pl.lit(-1, pl.Int64)).write_parquet(source / "posts.parquet")
    done = run_in(tmp_path, tmp_path / "home", "index", "build", str(source), "--out", "index", *IN_PARTS)
    assert done.returncode == 1
    assert "likes" in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["in"]
