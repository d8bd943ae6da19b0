"""`bonafide convert`: the worked example of the documentation, and exports that are scored."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from features import records

if TYPE_CHECKING:
    from tests.bonafide.conftest import Run
    from training.fraud_model.fitting import FittedFraud

REPOSITORY = Path(__file__).resolve().parents[2]
GIVEN = REPOSITORY / "tests" / "features" / "exports" / "given"
DOCS = (REPOSITORY / "docs" / "convert.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found.group(1)


@pytest.fixture
def model(fitted_fraud: FittedFraud, fraud_folder: Path) -> str:
    return str(fraud_folder)


def test_the_worked_example_of_the_documentation_works(bonafide: Run, tmp_path: Path, model: str) -> None:
    (tmp_path / "sheet.csv").write_text(block("csv"))
    (tmp_path / "sheet.toml").write_text(block("toml"))
    commands = [shlex.split(line)[1:] for line in block("sh").splitlines()]
    done = bonafide(*commands[0])
    assert done.returncode == 0, done.stderr
    assert "1 creator, 6 posts; written to records" in done.stderr
    assert "Fields not read: Reach\n" in done.stderr
    posts = records.read(tmp_path / "records").posts
    assert posts["likes"].to_list() == [310, 290, 335, None, 301, 322]
    assert posts["sponsors"].drop_nulls().to_list() == [["Example Mill", "Example Tea"]]
    done = bonafide(*commands[1], "--model", model)
    assert done.returncode == 0, done.stderr
    assert pl.read_csv(tmp_path / "scores.csv")["creator_id"].to_list() == ["tom"]


@pytest.mark.parametrize(
    ("service", "files", "creators"),
    [
        ("modash", ["modash.json"], 1),
        ("hypeauditor", ["hypeauditor-instagram.json", "hypeauditor-youtube.json", "hypeauditor-tiktok.json"], 3),
        ("insightiq", ["insightiq.ndjson"], 2),
        ("instagram-graph", ["instagram-graph.json"], 1),
        ("youtube-data", ["youtube-channels.json", "youtube-videos.json", "youtube-comments.json"], 1),
    ],
)
def test_exports_are_converted_and_scored(
    service: str, files: list[str], creators: int, bonafide: Run, tmp_path: Path, model: str
) -> None:
    given = [str(GIVEN / name) for name in files]
    done = bonafide("convert", "--from", service, *given, "--out", "records", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["documents"], told["rows"]["creators"]) == (max(creators, len(files)), creators)
    assert told["fields"]
    assert bonafide("score", "records", "--out", "scores.csv", "--model", model).returncode == 0
    scores = pl.read_csv(tmp_path / "scores.csv")
    assert scores["state"].to_list().count("insufficient_data") == 0
    assert scores["probability"].null_count() == 0


def test_a_refused_export_leaves_nothing_behind(bonafide: Run, tmp_path: Path) -> None:
    done = bonafide("convert", "--from", "modash", str(GIVEN / "insightiq.ndjson"), "--out", "records")
    assert (done.returncode, list(tmp_path.iterdir())) == (1, [])
    assert "is not an export that the mapping modash knows" in done.stderr
    assert bonafide("convert", "--from", "modash", "none.json", "--out", "records").returncode == 1
    assert bonafide("convert", "--from", "klout", "none.json", "--out", "records").returncode == 1


def test_a_folder_of_something_else_is_left_alone(bonafide: Run, tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "thesis.txt").write_text("mine")
    done = bonafide("convert", "--from", "modash", str(GIVEN / "modash.json"), "--out", "records")
    assert done.returncode == 2
    assert [path.name for path in (tmp_path / "records").iterdir()] == ["thesis.txt"]
