"""What the demo leaves and says."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from bonafide import demo, showcase
from features import records
from models.index import read_manifest

if TYPE_CHECKING:
    from tests.bonafide.conftest import House, Run


def test_it_ends_with_examples_a_report_and_what_to_open_next(house: House) -> None:
    told = house.demo.stdout + house.demo.stderr
    for words in ("Examples", "strongest reason", "AUC", "share bought", "MLflow:", "bonafide serve"):
        assert words in told
    named = re.search(r"A report: +(\S+\.html)", told)
    assert named is not None
    assert (house.folder / named[1]).read_text(encoding="utf-8").startswith("<!doctype html>")


def test_results_go_to_stdout_and_messages_to_stderr(house: House) -> None:
    assert "Examples" in house.demo.stdout
    assert "Simulating" in house.demo.stderr
    assert "Simulating" not in house.demo.stdout


def test_everything_lies_in_the_home(house: House) -> None:
    assert {path.name for path in (house.home / "demo").iterdir()} == {
        "audits",
        "context",
        "demo.json",
        "examples",
        "examples.ndjson",
        "labelled",
        "reports",
        "scores.parquet",
        "test",
    }
    written = {path.name for path in house.folder.iterdir()}
    assert written <= {
        "Makefile",
        "README.md",
        "pyproject.toml",
        "requirements.lock",
        "mlflow",
        ".venv",
        ".bonafide",
        "out",
    }
    assert not list((house.home / "demo").rglob(".*"))


def test_every_example_has_a_row_and_a_small_page(house: House) -> None:
    scores = pl.read_parquet(house.home / "demo" / "scores.parquet")
    pages = {path.stem: path.stat().st_size for path in (house.home / "demo" / "reports").iterdir()}
    assert set(scores["creator_id"]) == set(pages)
    assert len(pages) >= 8
    assert max(pages.values()) < 1_000_000


def test_the_examples_are_in_a_file_that_a_page_takes(house: House) -> None:
    folder = house.home / "demo"
    read = records.read(folder / "examples.ndjson", extra="refuse")
    assert records.input_hashes(read) == records.input_hashes(records.read(folder / "examples"))
    assert "demo/examples.ndjson" in house.demo.stderr


def test_an_example_is_the_one_in_the_middle_of_its_kind() -> None:
    creators = [f"c{k}" for k in range(5)]
    truth = pl.DataFrame(
        {
            "creator_id": creators,
            "fraud": True,
            "kinds": [["bought_likes", "pod"]] * 5,
            "dose": 0.5,
            "innocent": pl.Series([None] * 5, dtype=pl.String),
            "hidden": [[], [], [], ["posts", "comments"], []],
        }
    )
    scores = pl.DataFrame({"creator_id": creators, "probability": [0.9, 0.1, 0.7, 0.8, None]})
    assert showcase.chosen(truth, scores) == {"c2": ("many-bought-likes", "many bought likes (50 %), pod")}


def test_its_models_are_in_service(trained: Run) -> None:
    listed = trained("models", "list")
    for name in ("bonafide-fraud", "bonafide-fit"):
        assert re.search(rf"models:/{name}/1\s+champion", listed.stdout), listed.stdout


def test_its_test_creators_are_in_an_index_of_its_models(house: House) -> None:
    mark = json.loads((house.home / "demo" / "demo.json").read_text(encoding="utf-8"))
    manifest = read_manifest(house.home / "index")
    assert manifest.version == mark["index"]
    assert manifest.creators == pl.read_parquet(house.home / "demo" / "test" / "creators.parquet").height
    assert "bonafide similar --creator" in house.demo.stderr


def test_an_index_of_ones_own_is_not_replaced(tmp_path: Path, house: House) -> None:
    mark = json.loads((house.home / "demo" / "demo.json").read_text(encoding="utf-8"))
    own = tmp_path / "index"
    assert demo.may_build(own, {})
    own.mkdir()
    assert demo.may_build(own, {})
    shutil.copytree(house.home / "index", own, dirs_exist_ok=True)
    assert demo.may_build(own, mark)
    assert not demo.may_build(own, {})
    (own / "index.json").write_text("damaged")
    assert not demo.may_build(own, mark)


def test_a_folder_of_something_else_is_not_replaced(trained: Run, tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    done = trained("demo", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]
