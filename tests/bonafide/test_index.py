"""`bonafide index` on the command line."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bonafide.conftest import House, Run


@pytest.fixture
def examples(house: House) -> str:
    """Records of some creators."""
    return str(house.home / "demo" / "examples")


@pytest.fixture
def ids(examples: str) -> list[str]:
    """Their ids."""
    return pl.read_parquet(f"{examples}/creators.parquet")["creator_id"].to_list()


def facts(trained: Run, folder: Path) -> dict[str, object]:
    """What `info` says."""
    done = trained("index", "info", str(folder), "--json", "--check")
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_an_index_is_built_added_to_and_removed_from(
    trained: Run, examples: str, ids: list[str], house: House, tmp_path: Path
) -> None:
    folder, out = tmp_path / "index", str(tmp_path / "index")
    scores = str(house.home / "demo" / "scores.parquet")
    built = trained("index", "build", examples, "--out", out, "--scores", scores)
    assert built.returncode == 0, built.stderr
    assert built.stdout == ""
    assert f"{len(ids):,} creators" in built.stderr
    assert "Encoding" in built.stderr
    before = facts(trained, folder)
    assert before["creators"] == len(ids)
    removed = trained("index", "remove", *ids[:2], "--index", out)
    assert removed.returncode == 0, removed.stderr
    assert f"{len(ids) - 2} creators left" in removed.stderr
    assert facts(trained, folder)["creators"] == len(ids) - 2
    added = trained("index", "add", examples, "--index", out)
    assert added.returncode == 0, added.stderr
    after = facts(trained, folder)
    assert after["creators"] == len(ids)
    assert {after[name] == before[name] for name in ("fit", "fraud", "norms")} == {True}
    shown = trained("index", "info", out)
    for word in ("creators", str(before["fit"]), str(before["fraud"])):
        assert word in shown.stdout


def test_what_is_refused_is_said_plainly(trained: Run, examples: str, ids: list[str], tmp_path: Path) -> None:
    nowhere, out = str(tmp_path / "nowhere"), str(tmp_path / "index")
    for command in (["info", nowhere], ["remove", "x", "--index", nowhere], ["add", examples, "--index", nowhere]):
        done = trained("index", *command)
        assert done.returncode == 1
        assert "there is no index in" in done.stderr
    lost = trained("index", "build", examples, "--out", out, "--scores", nowhere)
    assert (lost.returncode, "there is no file" in lost.stderr) == (1, True)
    assert not (tmp_path / "index").exists()
    assert trained("index", "build", examples, "--out", out).returncode == 0
    unknown = trained("index", "remove", ids[0], "nobody", "--index", out)
    assert (unknown.returncode, "'nobody'" in unknown.stderr) == (1, True)
    shutil.copy(tmp_path / "index" / "index.json", tmp_path / "diary.txt")
    (tmp_path / "index" / "diary.txt").write_text("mine")
    mixed = trained("index", "build", examples, "--out", out)
    assert (mixed.returncode, "diary.txt" in mixed.stderr) == (2, True)


def test_creators_without_a_score_are_counted(trained: Run, examples: str, ids: list[str], tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    pl.DataFrame({"creator_id": ids[:3], "risk_score": [1.0, 50.0, None], "band": ["low", "review", None]}).write_csv(
        scores
    )
    done = trained("index", "build", examples, "--out", str(tmp_path / "index"), "--scores", str(scores))
    assert done.returncode == 0, done.stderr
    assert f"{len(ids) - 3} of {len(ids)} creators are not in the file of scores" in done.stderr
