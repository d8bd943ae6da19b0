"""`bonafide drift`: what it writes, and how it ends."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import polars as pl
import pytest

from features import records
from tests.training.test_drift import creators
from training.drift import drift
from training.fraud_model.fitting import FittedFraud
from training.simulate import Simulation

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bonafide.conftest import Run


@pytest.fixture
def model(fitted_fraud: FittedFraud) -> str:
    return str(fitted_fraud.bundle.folder)


def test_the_same_creators_have_not_drifted(bonafide: Run, model: str, simulation: Simulation, tmp_path: Path) -> None:
    records.write(simulation.tables, tmp_path / "in")
    page = tmp_path / "drift.html"
    done = bonafide(
        "drift",
        "--reference",
        str(tmp_path / "in"),
        "--current",
        str(tmp_path / "in"),
        "--out",
        str(page),
        "--model",
        model,
    )
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert "No drift over a limit" in text
    assert not re.search(r"<script|https?://(?!www\.w3\.org)|src=", text)
    assert "score" in done.stdout
    assert "by slice" in done.stdout


def test_other_creators_are_over_a_limit_and_exit_with_4(
    bonafide: Run, model: str, simulation: Simulation, tmp_path: Path
) -> None:
    records.write(simulation.tables, tmp_path / "before")
    followed = simulation.tables.creators.with_columns(followers=pl.col("followers") * 50)
    now = records.Tables(**{**dict(simulation.tables.items()), "creators": followed})
    records.write(now, tmp_path / "now")
    page = tmp_path / "drift.html"
    done = bonafide(
        "drift",
        "--reference",
        str(tmp_path / "before"),
        "--current",
        str(tmp_path / "now"),
        "--out",
        str(page),
        "--model",
        model,
        "--json",
    )
    assert done.returncode == 4, done.stderr
    assert "over a limit" in done.stderr
    overall = json.loads(done.stdout)[0]["rows"]
    assert overall[0]["over"]
    assert "over a limit" in page.read_text()


def test_files_of_scores_are_compared_with_the_training(bonafide: Run, model: str, tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    creators(0, 400, score=3.0).select("platform", "probability").write_csv(scores)
    done = bonafide("drift", "--current", str(scores), "--out", str(tmp_path / "d.html"), "--model", model)
    assert done.returncode == 4, done.stderr
    assert "score (all)" in done.stderr
    assert "everyone" in done.stdout
    assert "by slice" not in done.stdout


def test_a_damaged_file_of_scores_is_named(bonafide: Run, model: str, tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("probability\n0.5\nsecret\n")
    done = bonafide("drift", "--current", "scores.csv", "--out", "d.html", "--model", model)
    assert done.returncode == 1, done.stderr
    assert "scores, row 1, column 'probability': scores.csv is no .csv file of scores" in done.stderr
    assert "secret" not in done.stderr


def test_what_to_compare_is_asked_for(bonafide: Run, tmp_path: Path) -> None:
    assert bonafide("drift", "--out", str(tmp_path / "d.html")).returncode == 2
    assert bonafide("drift", "--current", "x", "--ledger", "7", "--out", str(tmp_path / "d.html")).returncode == 2
    assert bonafide("drift", "--current", "x", "--out", str(tmp_path / "d.pdf")).returncode == 2


def test_a_ledger_without_scores_says_where_they_come_from(bonafide: Run, model: str, tmp_path: Path) -> None:
    done = bonafide("drift", "--ledger", "7", "--out", str(tmp_path / "d.html"), "--model", model)
    assert done.returncode == 2, done.stderr
    assert "the ledger has no score of the last 7 days; what a service or its jobs score is in it" in done.stderr


def test_names_in_the_page_are_escaped() -> None:
    from bonafide.drift_page import drift_html

    found = drift(creators(0, 100), creators(1, 100), ["signal_0"])
    page = drift_html(found, None, model="<b>m</b>", before="<i>", now="n")
    assert "<b>m" not in page
    assert "&lt;i&gt;" in page
