"""Scores compared with those of an earlier run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import polars as pl
import pytest

from bonafide.output import write_frame
from bonafide.scored import is_scored, moves_between
from features import records
from models.reports.moves import MOVES
from models.scoring import score_frame

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bonafide.conftest import Run
    from training.fraud_model.fitting import FittedFraud
    from training.simulate import Simulation


@pytest.fixture(scope="module")
def scores(fitted_fraud: FittedFraud, simulation: Simulation) -> pl.DataFrame:
    return score_frame(fitted_fraud.bundle, simulation.tables.select(ids(simulation)), explain=True)


def ids(simulation: Simulation) -> list[str]:
    return simulation.tables.creators["creator_id"].head(12).to_list()


def moved(scores: pl.DataFrame) -> pl.DataFrame:
    """The first one in the next higher band, with twice the points of its first reason; the last one gone."""
    first = scores.head(1).to_dicts()[0]
    reasons = [first["reasons"][0] | {"points": first["reasons"][0]["points"] * 2 + 1}, *first["reasons"][1:]]
    other = first | {"band": "high" if first["band"] != "high" else "low", "risk_score": 77.5, "reasons": reasons}
    return pl.concat([pl.DataFrame([other], schema=scores.schema), scores[1:-1]])


@pytest.mark.parametrize("ending", ["parquet", "csv", "ndjson"])
def test_scores_of_every_kind_can_be_compared(ending: str, scores: pl.DataFrame, tmp_path: Path) -> None:
    before, after = tmp_path / f"before.{ending}", tmp_path / f"after.{ending}"
    write_frame(scores, before)
    write_frame(moved(scores), after)
    found = moves_between(before, after)
    assert found.frame["what"].to_list() == ["moved", "gone"]
    assert found.frame.schema == MOVES
    [reason] = found.frame["reasons"][0].to_list()
    told = scores["reasons"][0][0]
    assert (reason["signal"], reason["before"]) == (told["signal"], told["points"])
    assert found.transitions[0].sentence.startswith(f"1 moved from {scores['band'][0]} to {moved(scores)['band'][0]}")
    assert found.same == 10


def test_score_tells_what_changed(
    run_in: Run, fitted_fraud: FittedFraud, simulation: Simulation, scores: pl.DataFrame, tmp_path: Path
) -> None:
    records.write(simulation.tables.select(ids(simulation)), tmp_path / "in")
    write_frame(moved(scores), tmp_path / "before.parquet")
    given = ["--model", str(fitted_fraud.bundle.folder), "--explain", "--previous", "before.parquet"]
    done = run_in(tmp_path, tmp_path / "home", "score", "in", "--out", "after.csv", *given)
    assert done.returncode == 0, done.stderr
    assert f"1 moved from {moved(scores)['band'][0]} to {scores['band'][0]}, because of " in done.stderr
    assert "1 new, 0 gone, 10 in the band as before" in done.stderr
    lines = (tmp_path / "after.csv.moves.ndjson").read_text().splitlines()
    assert [orjson.loads(line)["what"] for line in lines] == ["moved", "new"]


@pytest.mark.parametrize("name", ["none.parquet", "other.csv", "out.csv", "text.txt"])
def test_what_cannot_be_compared_with_is_refused_before_any_work(run_in: Run, name: str, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("creator_id\na\n")
    (tmp_path / "out.csv").write_text("creator_id,band,risk_score\na,low,1.5\n")
    done = run_in(tmp_path, tmp_path / "home", "score", "in", "--out", "out.csv", "--previous", name)
    assert done.returncode == (1 if name == "none.parquet" else 2), done.stderr
    assert name in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "scored"),
    [
        ("scores.csv", "creator_id,probability\na,0.5\n", True),
        ("scores.ndjson", '{"creator_id": "a", "probability": 0.5}\n', True),
        ("records.ndjson", '{"creator_id": "a", "platform": "x"}\n', False),
        ("broken.ndjson", "{", False),
        ("empty.ndjson", "", False),
        ("scores.txt", "creator_id,probability\na,0.5\n", False),
    ],
)
def test_scores_are_told_from_records(name: str, content: str, scored: bool, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    assert is_scored(tmp_path / name) is scored
    assert not is_scored(tmp_path / "no-such-file.csv")


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("cut-short.parquet", b"PAR1", "scores: "),
        ("utf16.csv", "creator_id,band,risk_score\na,low,1\n".encode("utf-16"), "scores, row 0: "),
        ("text.csv", b"creator_id,band,risk_score\na,low,1\nb,low,secret\n", "scores, row 1, column 'risk_score': "),
        ("broken.ndjson", b'{"creator_id": "secret"', "scores, row 0: "),
        ("number.ndjson", b'{"creator_id": 7, "band": "low", "risk_score": 1}', "scores, row 0, column 'creator_id': "),
    ],
)
def test_a_damaged_file_of_scores_is_refused_by_name_and_row(
    bonafide: Run, name: str, content: bytes, place: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    done = bonafide("score", "in", "--out", "out.csv", "--previous", name)
    assert done.returncode == 1, done.stderr
    assert f"{place}{name} is no " in done.stderr
    assert "secret" not in done.stderr
